"""Section 13: what the code shows to whom is what the tables kept by hand say, a row for each field and event type."""

from collections import defaultdict
from pathlib import Path

from sqlalchemy import false

from app.domain.access import Role
from app.domain.happenings import AUDIENCE, EventKind
from app.graphql.schema import engine
from app.reads.visibility import Standing

HERE = Path(__file__).resolve().parent
ROLES = ["BUYER", "OWNER", "FINANCE", "SALES", "OPERATOR"]


def _rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text().splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def _audiences() -> dict[str, frozenset[str]]:
    """Kind of information, or type of event → who sees it."""
    table = {}
    for name, *roles in _rows("visibility.txt"):
        assert [hidden if role == "." else role for role, hidden in zip(roles, ROLES, strict=True)] == ROLES, name
        table[name] = frozenset(role for role in roles if role != ".")
    return table


def _kinds() -> dict[tuple[str, str], str]:
    kinds: dict[tuple[str, str], str] = {}
    for type_, kind, *fields in _rows("visibility_fields.txt"):
        for field in fields:
            assert (type_, field) not in kinds, f"{type_}.{field} has two rows"
            kinds[type_, field] = kind
    return kinds


def _shown() -> dict[tuple[str, str], frozenset[str]]:
    """To whom the code shows each field: its own audience, cut by whoever can see an object of its type at all."""
    rows: dict[str, frozenset[str]] = defaultdict(lambda: frozenset(ROLES))
    for name, entity in engine.catalog.entities.items():
        rule = entity.reads.visible
        if rule is not None:
            rows[name] = frozenset(str(role) for role in Role if not rule(Standing(role, True, True)).compare(false()))
    return {
        (type_, field): frozenset(str(role) for role in audience) & rows[type_]
        for (type_, field), audience in engine.catalog.audiences().items()
    }


def test_every_field_has_its_row_and_is_shown_to_whom_the_row_says() -> None:
    """Section 13, PAY-1: field by field, the fee of the funds card among them."""
    kinds, audiences, shown = _kinds(), _audiences(), _shown()
    assert set(kinds) == set(shown)
    # the desk as a whole is the operators': its fields need no audience of their own
    wrong = {
        f"{type_}.{field}": (sorted(shown[type_, field]), sorted(audiences[kind]))
        for (type_, field), kind in kinds.items()
        if kind != "row" and type_ != "Desk" and shown[type_, field] != audiences[kind]
    }
    assert wrong == {}


def test_every_event_type_has_its_row_and_is_heard_by_whom_the_row_says() -> None:
    """Section 13, event by event; section 17's are those of the code."""
    audiences = _audiences()
    assert {kind.value for kind in EventKind} == {name for name in audiences if name.isupper()}
    wrong = {
        kind.value: (sorted(audience), sorted(audiences[kind.value]))
        for kind, audience in AUDIENCE.items()
        if {str(role) for role in audience} != audiences[kind.value]
    }
    assert wrong == {}
