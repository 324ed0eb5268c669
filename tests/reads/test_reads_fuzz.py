"""Generated operations over the product's own schema: the plan and graphql-core answer the same, for everybody."""

import pytest
from graphql import SelectionSetNode, Visitor, parse, visit

from app.graphql.limits import Limits
from app.graphql.schema import engine
from app.reads.holes import filled
from tests.figures import Recorder
from tests.reads import faults
from tests.reads.bazaar import Bazaar
from tests.reads.comparing import Different, Pair
from tests.reads.edges import EDGES
from tests.reads.fuzzing import Fuzz
from tests.sizes import LONG, size

CASES = size("operations planned and not")
# how much of everything that can be asked must have been answered
COVERED = 0.95 if LONG else 0.45
# and how many of the fields that may be null and of the lists that may be empty were so
VACANT = 0.98 if LONG else 0.6
PLANNED = 0.9
# a document that comes to what is missing may say the same more often than clients may
ROOMY = Limits(aliases=500, directives=500, repeats=1_000)


async def test_a_plan_answers_what_graphql_core_answers(fair: Bazaar, figures: Recorder) -> None:
    fuzz = await Fuzz.of(fair, Pair(engine.operations, fair.context, limits=ROOMY), "one")
    await fuzz.run(CASES)
    for name, value in fuzz.figures().items():
        figures(name, value)
    assert fuzz.coverage.share >= COVERED, fuzz.coverage.missing
    assert fuzz.coverage.vacant >= VACANT, (fuzz.coverage.never_null(), fuzz.coverage.never_empty())
    assert not fuzz.coverage.wrongly_given(), "what stands in the tables and was null or empty after all"
    assert fuzz.planned >= PLANNED, fuzz.outcomes


async def test_at_the_edges_of_what_graphql_allows_both_answer_the_same(fair: Bazaar) -> None:
    pair = Pair(engine.operations, fair.context)
    for document in EDGES:
        for viewer in ("operator", "buyer", "sales", "nobody"):
            await pair.compare(document, viewer)


@pytest.mark.parametrize("name", faults.FAULTS)
async def test_a_planted_fault_is_found(fair: Bazaar, name: str) -> None:
    plans = faults.Spoilt(engine.operations, faults.FAULTS[name]())
    fuzz = await Fuzz.of(fair, Pair(plans, fair.context), "faults")
    fuzz.tries, fuzz.spoilt = 0, faults.SPOILT.get(name, fuzz.spoilt)
    with pytest.raises(Different, match="planned and by graphql-core"):
        await fuzz.run(800)


async def test_a_difference_is_told_in_its_smallest_form(fair: Bazaar) -> None:
    plans = faults.Spoilt(engine.operations, faults.FAULTS["null for an empty list"]())
    fuzz = await Fuzz.of(fair, Pair(plans, fair.context), "faults")
    with pytest.raises(Different) as found:
        await fuzz.run(800)
    counted: list[int] = []

    class Counter(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
            counted.append(len(node.selections))

    visit(parse(found.value.__notes__[-1].partition("\n\n")[0]), Counter())
    assert set(counted) == {1}


async def test_a_hole_filled_with_its_neighbours_value_is_found(fair: Bazaar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "app.reads.operations.filled",
        lambda data, holes, moment: filled(data, tuple(map(faults.Sticky, holes)), moment),  # type: ignore[arg-type]
    )
    fuzz = await Fuzz.of(fair, Pair(engine.operations, fair.context), "faults")
    fuzz.tries = 0
    with pytest.raises(Different, match="planned and by graphql-core"):
        await fuzz.run(800)
