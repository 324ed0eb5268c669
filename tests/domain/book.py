"""The expected lifecycle, read from the file that is kept by hand, and how a table of the code is compared with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.conditions import State
from app.domain.lifecycle import Cell, Step, Who

TEXT = (Path(__file__).parent.parent / "lifecycle.txt").read_text()
LETTERS: Mapping[str, frozenset[Who]] = {
    "B": frozenset({Who.BUYER}),
    "S": frozenset({Who.OWNER, Who.SALES}),
    "So": frozenset({Who.OWNER}),
    "Ss": frozenset({Who.SALES}),
    "Sf": frozenset({Who.FINANCE}),
    "O": frozenset({Who.OPERATOR}),
    "P": frozenset({Who.PROVIDER}),
    "I": frozenset({Who.TRACKING}),
    "T": frozenset({Who.TIME}),
}


@dataclass(frozen=True)
class Expected:
    """A cell of the file: to where the step leads for each who may take it, and on which conditions."""

    outcomes: Mapping[Who, frozenset[State]]
    when: frozenset[str]


def _cell(text: str) -> Expected:
    body, _, conditions = text.partition("?")
    outcomes: dict[Who, frozenset[State]] = {}
    for group in body.split(";"):
        parties, _, states = group.partition(">")
        to = frozenset(State(state) for state in states.split("/") if state)
        for letter in parties.split(","):
            outcomes |= dict.fromkeys(LETTERS[letter], to)
    return Expected(outcomes, frozenset(conditions.split("&")) - {""})


def _rows() -> dict[Step, dict[State, Expected]]:
    header, *rows = (line.split() for line in TEXT.splitlines() if line and not line.startswith("#"))
    states = [State(name) for name in header[1:]]
    assert set(states) == set(State)
    book: dict[Step, dict[State, Expected]] = {}
    for name, *cells in rows:
        named = zip(states, cells, strict=True)
        book[Step(name)] = {state: _cell(text) for state, text in named if text != "."}
    return book


def _outcomes() -> dict[tuple[Step, State, State], str]:
    _, _, listed = TEXT.partition("# Where several statuses may follow")
    rows = [line.strip("# ").split(maxsplit=3) for line in listed.splitlines()[1:] if line.strip("# ")]
    return {(Step(step), State(start), State(end)): why for step, start, end, why in rows}


BOOK = _rows()
OUTCOMES = _outcomes()


def differences(table: Mapping[Step, Mapping[State, Cell]]) -> list[str]:
    """Every cell in which a table of the code and the book differ."""
    found = []
    for step in Step:
        for state in State:
            ours, theirs = table.get(step, {}).get(state), BOOK.get(step, {}).get(state)
            if _said(ours) != (theirs and (set(theirs.outcomes), theirs.when, _union(theirs))):
                found.append(f"{step} in {state}: the code says {ours}, the book {theirs}")
    return found


def _said(cell: Cell | None) -> tuple[set[Who], frozenset[str], frozenset[State]] | None:
    return (
        cell
        if cell is None
        else (set(cell.who), frozenset(condition.name for condition in cell.when), frozenset(cell.to))
    )


def _union(expected: Expected) -> frozenset[State]:
    return frozenset().union(*expected.outcomes.values())
