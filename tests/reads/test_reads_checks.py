"""What is declared is checked: each mistake is made once and found, and what is served has none."""

from collections.abc import Callable
from enum import StrEnum
from types import FunctionType, SimpleNamespace
from typing import Any, Optional

import pytest
import strawberry
from sqlalchemy import Integer, cast, func, literal, select, true
from strawberry import ID

from app import reads
from app.domain.access import OPERATORS, PARTIES
from app.graphql.schema import engine
from app.reads import Connection, Node, column, many, one, page, public_id
from app.reads.nulls import never_null
from app.schema.money import Money, money
from app.schema.scalars import schema_config
from tests.reads import stalls as t


def schema_with(**fields: tuple[Any, Any]) -> strawberry.Schema:
    """A schema whose deals have these fields beside their id."""

    def made(name: str, annotations: dict[str, Any], values: dict[str, Any]) -> type:
        return type(name, (), {"__annotations__": annotations, "__doc__": "A thing.", **values})

    line: Any = reads.reads(t.lines, prefix="lin", through=("Deal", t.deals.c.id == t.lines.c.deal_id))(
        type("Line", (Node,), {"__annotations__": {"id": ID}, "__doc__": "A line.", "id": _id("lin", t.lines)})
    )
    trader: Any = reads.reads(t.traders, prefix="trd", visible=reads.public)(
        type("Trader", (Node,), {"__annotations__": {"id": ID}, "__doc__": "One.", "id": _id("trd", t.traders)})
    )
    person: Any = reads.reads(t.people, prefix="per", visible=reads.account_only(t.people.c.id))(
        type("Person", (Node,), {"__annotations__": {"id": ID}, "__doc__": "One.", "id": _id("per", t.people)})
    )
    part: Any = reads.reads(t.lines, part=True)(
        made("Part", {"text": str}, {"text": column(t.lines.c.text, "A text.")})
    )
    known = SimpleNamespace(line=line, trader=trader, person=person, part=part)
    annotations = {name: _resolved(annotation, known) for name, (annotation, _) in fields.items()}
    deal: Any = reads.reads(t.deals, prefix="del", visible=reads.party_to(t.deals.c))(
        type("Deal", (Node,), {"__annotations__": {"id": ID, **annotations}, "__doc__": "A deal.",
                               "id": _id("del", t.deals), **{name: value for name, (_, value) in fields.items()}})
    )  # fmt: skip
    query = strawberry.type(
        made("Query", {"deal": deal | None, "line": line | None}, {
            "deal": reads.lookup("A deal."), "line": reads.lookup("A line.")
        }), description="All.")  # fmt: skip
    return strawberry.Schema(query=query, types=[trader, person], config=schema_config())


def _id(prefix: str, table: Any) -> Any:
    return column(public_id(prefix, table.c.id), "Its id.")


def _resolved(annotation: Any, known: SimpleNamespace) -> Any:
    return annotation(known) if isinstance(annotation, FunctionType) else annotation


def of(container: Any, name: str) -> Callable[[SimpleNamespace], Any]:
    """The annotation of a field with objects of a type that is only made for the test."""

    def annotation(known: SimpleNamespace) -> Any:
        return container[getattr(known, name)] if container else getattr(known, name)

    return annotation


class Wrong(StrEnum):
    """An enum whose values are not its names."""

    A = "a"


WRONG_ENUM = strawberry.enum(Wrong, description="Wrong.")
OWN_LINES = t.lines.c.deal_id == t.deals.c.id

MISTAKES: dict[str, tuple[Any, Callable[[], Any], str]] = {
    "nullable column": (str, lambda: column(t.deals.c.number, "x"), "may be NULL"),
    "nullable part of an expression": (str, lambda: column(t.deals.c.status + t.deals.c.note, "x"), "may be NULL"),
    "nullable amount": (Money, lambda: money(t.deals.c.fee, t.deals.c.currency, "x"), "may be NULL"),
    "nullable currency": (
        Money | None, lambda: money(t.deals.c.total, t.deals.c.note, "x"), "currencyCode may be NULL",  # type: ignore[arg-type]
    ),
    "hidden but not nullable": (str, lambda: column(t.deals.c.status, "x", to=OPERATORS), "must be nullable"),
    "row-hidden, not nullable": (str, lambda: column(t.deals.c.status, "x", only=reads.signed_in), "must be nullable"),
    "BIGINT as Int": (int, lambda: column(t.deals.c.total, "x"), "BIGINT"),
    "text as Int": (int, lambda: column(t.deals.c.status, "x"), "does not fit"),
    "number as text": (str, lambda: column(cast(t.deals.c.total, Integer), "x"), "does not fit"),
    "raw key as ID": (ID, lambda: column(t.deals.c.seller_id, "x"), "does not fit"),
    "enum without as_enum": (Wrong, lambda: column(t.deals.c.status, "x"), "as_enum"),
    "enum stored by value": (Wrong, lambda: column(reads.as_enum(Wrong, t.deals.c.status), "x"), "by its name"),
    "another table's column": (str, lambda: column(t.traders.c.name, "x"), "other tables"),
    "a sub-select over another row": (
        bool, lambda: column(select(1).where(OWN_LINES).correlate(t.deals).exists(), "x"), "do not `correlate`",
    ),
    "no description": (str, lambda: column(t.deals.c.status, ""), "no description"),
    "a Python field": (str, lambda: strawberry.field(resolver=lambda: "x", description="x"), "none of the specifiers"),
    "list for one": (of(list, "line"), lambda: one(OWN_LINES, description="x"), "not a list"),
    "one for a list": (of(Optional, "line"), lambda: many(OWN_LINES, description="x"), "must be a list"),
    "list for a page": (
        of(list, "line"), lambda: page(OWN_LINES, t.lines.c.id, description="x"), "Connection",
    ),
    "page by a nullable column": (
        of(Connection, "line"), lambda: page(None, t.happenings.c.by_person, description="x"), "other tables",
    ),
    "page without a unique end": (
        of(Connection, "line"), lambda: page(OWN_LINES, t.lines.c.position, description="x"), "unique column",
    ),
    "page both ways": (
        of(Connection, "line"),
        lambda: page(OWN_LINES, t.lines.c.position.desc(), t.lines.c.id, description="x"),
        "one way",
    ),
    "join of other tables": (
        of(list, "line"), lambda: many(t.payouts.c.trader_id == t.deals.c.id, description="x"), "other tables",
    ),
    "reached part": (of(list, "part"), lambda: many(OWN_LINES, description="x"), "nothing says who may see"),
    "part of another table": (of(None, "part"), lambda: reads.same_row("x"), "same table"),
    "one that may be hidden": (
        of(None, "person"), lambda: one(t.people.c.id == t.deals.c.buyer_id, description="x"), "may be NULL",
    ),
    "one without a foreign key": (
        of(None, "trader"), lambda: one(t.traders.c.name == t.deals.c.status, description="x"), "may be NULL",
    ),
    "narrow that does not take its arguments": (
        of(list, "line"), lambda: many(OWN_LINES, narrow=truthy, description="x"), "Boolean value",
    ),
    "rule without an answer": (str | None, lambda: column(t.deals.c.status, "x", only=lambda _: None), "a condition"),  # type: ignore[arg-type,return-value]
    "lookup in a row": (str | None, lambda: reads.lookup("x"), "root type"),
}  # fmt: skip


def truthy(text: str | None = None) -> list[Any]:
    """Asks whether a place is true, which it cannot know."""
    return [t.lines.c.text == text] if text else []


@pytest.mark.parametrize("title", MISTAKES)
def test_a_mistake_is_named(title: str) -> None:
    annotation, value, message = MISTAKES[title]
    with pytest.raises((reads.DeclarationError, TypeError), match=message):
        reads.check(reads.install(schema_with(wrong=(annotation, value()))).catalog)


def test_what_is_served_has_no_mistake() -> None:
    reads.check(engine.catalog)


def test_a_right_declaration_has_none() -> None:
    total = money(t.deals.c.total, t.deals.c.currency, "x")
    seller = one(t.traders.c.id == t.deals.c.seller_id, description="x")
    right = reads.install(
        schema_with(
            total=(Money, total), seller=(of(None, "trader"), seller), status=(str, column(t.deals.c.status, "x"))
        )
    )
    reads.check(right.catalog)
    assert right.catalog.audiences()["Deal", "status"] == PARTIES


def test_a_type_without_a_rule_is_refused() -> None:
    with pytest.raises(reads.DeclarationError, match="who may see"):
        reads.reads(t.deals)
    with pytest.raises(reads.DeclarationError, match="who may see"):
        reads.reads(t.deals, part=True, visible=reads.public)


NEVER = {
    "column": t.deals.c.status,
    "coalesce": func.coalesce(t.deals.c.note, "x"),
    "count": reads.count_of(OWN_LINES),
    "sum": reads.sum_of(t.lines.c.amount, OWN_LINES),
    "comparison": t.deals.c.note.is_(None),
    "claimed": reads.never_null(t.deals.c.number),
    "public id": public_id("del", t.deals.c.id),
    "true": true(),
}
PERHAPS = {
    "column": t.deals.c.number,
    "sum": select(func.sum(t.lines.c.amount)).where(OWN_LINES).scalar_subquery(),
    "row of another table": select(t.lines.c.text).where(OWN_LINES).limit(1).scalar_subquery(),
    "coalesce over no row": select(func.coalesce(t.lines.c.text, "x")).where(OWN_LINES).scalar_subquery(),
    "jsonb": t.lines.c.attributes[0]["name"].astext,
    "comparison": t.deals.c.note == literal("x"),
    "public id": public_id("per", t.deals.c.buyer_id),
    "unknown function": func.nullif(t.deals.c.status, "x"),
    "viewer": reads.VIEWER_SELLER,
}


@pytest.mark.parametrize("title", NEVER)
def test_what_is_never_null_is_proved(title: str) -> None:
    assert never_null(NEVER[title])


@pytest.mark.parametrize("title", PERHAPS)
def test_what_may_be_null_is_not_proved(title: str) -> None:
    assert not never_null(PERHAPS[title])
