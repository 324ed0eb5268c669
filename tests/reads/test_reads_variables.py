"""Variables are coerced as graphql-core does it, whichever of the two did."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse
from hypothesis import given
from hypothesis import strategies as st

from app.domain.order_lists import OrderTab
from app.graphql import variables
from app.graphql.schema import schema
from app.graphql.variables import Variables
from app.reads.selection import say

GRAPHQL = schema._schema
COERCE = Variables(GRAPHQL, 10)
TYPES = ("OrderFilter", "[OrderFilter!]!", "[OrderStatus!]", "OrderSort!", "ID!", "Int", "Boolean", "DateTime", "[Int]")
NAMES = ("text", "tab", "status", "created", "from", "before", "and", "or", "not", "amount", "overdue", "destination")
LEAVES = st.sampled_from(
    ["", "手机", "ALL", "DISPATCHED", "2026-01-02T03:04:05Z", "US", "mem_1", 0, 1, 2**40, 1.5, True, False, None]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=3),
        "tab": st.sampled_from(["ALL", "TO_PAY", "NO_SUCH"]),
        "status": st.lists(st.sampled_from(["DISPATCHED", "DRAFT", None]), max_size=3) | st.just("DRAFT"),
        "created": st.fixed_dictionaries({}, optional={"from": st.just("2026-01-02T03:04:05Z"), "before": LEAVES}),
        "amount": st.fixed_dictionaries({"least": LEAVES}, optional={"currencyCode": st.just("USD")}),
        "not": VALUES,
    },
)


def both(type_: str, values: dict[str, Any], default: str = "") -> tuple[Any, Any]:
    """What each makes of the variable `a`, its keys in order."""
    (operation,) = parse(f"query Q($a: {type_}{default}) {{ viewer {{ role }} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    found = get_variable_values(GRAPHQL, definitions, values)
    ours = COERCE.taken(definitions).coerced(values)
    return repr(ours and ours.values), repr(None if isinstance(found, list) else found.coerced)


@given(st.sampled_from(TYPES), VALUES | FILTERS | st.lists(FILTERS, max_size=2))
def test_any_value_is_coerced_as_by_graphql_core(type_: str, value: Any) -> None:
    """Right or wrong, of whatever type, nested or not."""
    ours, theirs = both(type_, {"a": value})
    assert ours == theirs


@given(st.sampled_from(TYPES), VALUES | FILTERS | st.lists(FILTERS, max_size=2))
def test_the_shape_that_is_said_on_the_way_is_that_of_the_values(type_: str, value: Any) -> None:
    """So a plan is found again whoever coerced its variables."""
    (operation,) = parse(f"query Q($a: {type_}, $b: Int) {{ viewer {{ role }} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    coerced = COERCE.taken(operation.variable_definitions or ()).coerced({"a": value})
    if coerced is not None and coerced.shape is not None:
        said: list[Any] = []
        say(coerced.values, said)
        assert repr(coerced.shape) == repr(tuple(said))


def test_a_shape_tells_nulls_lengths_and_names_apart() -> None:
    """Whatever a plan may depend on."""
    values: list[Any] = [None, True, 1, "1", 1.0, [], [1], [[1]], [[], 1], {}, {"a": 1}, {"a": [1]}, [{"a": 1}], [None]]
    values += [{"a": {"b": 1}}, {"a": {}, "b": 1}, [True], [[True]], [1, 1], [[1], 1], [1, [1]], OrderTab.ALL]
    shapes = []
    for value in values:
        said: list[Any] = []
        say(value, said)
        shapes.append(tuple(said))
    assert len(set(shapes)) == len(values)


@pytest.mark.parametrize("type_", ["Int", "Int!", "OrderFilter"])
def test_what_is_not_given_is_left_out_defaulted_or_refused(type_: str) -> None:
    """As graphql-core has it."""
    ours, theirs = both(type_, {})
    assert ours == theirs
    ours, theirs = both("Int", {}, " = 3")
    assert ours == theirs == "{'a': 3}"


def test_a_plain_filter_is_not_walked_by_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """What clients send costs what its values cost; a filter in itself is plain as well."""
    monkeypatch.setattr(variables, "get_variable_values", None)
    (operation,) = parse("query Q($a: OrderFilter!) { viewer { role } }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    plain = {"not": {"text": "手机"}, "or": [{"created": {"from": "2026-01-02T03:04:05Z"}}, {"status": ["DRAFT"]}]}
    coerced = COERCE.taken(operation.variable_definitions or ()).coerced({"a": plain})
    assert coerced is not None
    assert coerced.values["a"]["not"] == {"text": "手机"}
