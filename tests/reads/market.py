"""A small market of the engine's own: tables, declarations and root fields that use all of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import BigInteger, Integer, and_, case, cast, false, func, literal, not_, or_, select, true
from strawberry import ID

from app import reads
from app.domain.access import OPERATORS, SELLER_FINANCE, SELLER_SIDE, Role, Viewer
from app.domain.money import Money as Amount
from app.reads import Connection, Node, Standing, as_enum, column, many, one, page, public_id, ref
from app.schema.money import Money, money, money_of
from app.schema.scalars import schema_config
from tests.reads import stalls as t


@unique
class Status(StrEnum):
    """Where a deal stands."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PAID = "PAID"
    CLOSED = "CLOSED"


DealStatus = strawberry.enum(
    Status,
    name="DealStatus",
    description="Where a deal stands.",
)
for _value in DealStatus.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = f"The deal is {_value.name.lower()}."

own_trader = reads.seller_only(t.traders.c.id)


@reads.reads(t.payouts, prefix="pay", visible=reads.seller_only(t.payouts.c.trader_id))
class Payout(Node):
    """Money a trader took out."""

    id: ID = column(public_id("pay", t.payouts.c.id), "The payout's id.")
    amount: Money = money(t.payouts.c.amount, t.payouts.c.currency, "What was taken out.")


@reads.reads(t.people, prefix="per", visible=reads.account_only(t.people.c.id))
class Person(Node):
    """Somebody with an account."""

    id: ID = column(public_id("per", t.people.c.id), "The person's id.")
    name: str = column(t.people.c.name, "The person's name.")
    email: str | None = column(t.people.c.email, "The person's address.", to=OPERATORS)


@reads.reads(t.traders, prefix="trd", visible=reads.public)
class Trader(Node):
    """A company that sells."""

    id: ID = column(public_id("trd", t.traders.c.id), "The trader's id.")
    name: str = column(t.traders.c.name, "The trader's name.")
    rating: Decimal | None = column(t.traders.c.rating, "How others rate the trader.")
    quota: Money | None = money(
        t.traders.c.quota, literal("USD"), "What is insured.", to=SELLER_FINANCE, only=own_trader
    )
    payouts: list[Payout] = many(
        t.payouts.c.trader_id == t.traders.c.id,
        t.payouts.c.amount.desc(),
        t.payouts.c.id,
        description="Money taken out.",
    )


Party = Annotated[Trader | Person, strawberry.union("Party", description="Who did something.")]


attribute = reads.element("attribute")


@reads.reads(attribute, part=True)
class Attribute:
    """A property of a line, in words."""

    name: str | None = column(attribute.c.value["name"].astext, "What is said of the line.")
    value: str | None = column(attribute.c.value["value"].astext, "What is said.")


@reads.reads(t.lines, prefix="lin", through=("Deal", t.deals.c.id == t.lines.c.deal_id))
class Line(Node):
    """A line of a deal."""

    id: ID = column(public_id("lin", t.lines.c.id), "The line's id.")
    position: int = column(t.lines.c.position, "Where the line stands, from 1.")
    text: str = column(t.lines.c.text, "What is sold.")
    tags: list[str] = column(t.lines.c.tags, "Words to find the line by.")
    quantity: Decimal = column(t.lines.c.quantity, "How much of it.")
    attributes: list[Attribute] = reads.elements(t.lines.c.attributes, "What else is said of it.")
    amount: int = column(cast(t.lines.c.amount, Integer), "The amount in minor units.")
    deal: "Deal | None" = one(t.deals.c.id == t.lines.c.deal_id, description="The deal it belongs to.")


@reads.reads(t.happenings, through=("Deal", t.deals.c.id == t.happenings.c.deal_id), interface=True)
class Happening(Node):
    """Something that happened to a deal."""

    id: ID = column(public_id("hap", t.happenings.c.id), "The happening's id.")
    at: datetime = column(t.happenings.c.at, "When it happened.")
    by: Party | None = one(
        {Trader: t.traders.c.id == t.happenings.c.by_trader, Person: t.people.c.id == t.happenings.c.by_person},
        description="Who did it.",
    )


@reads.reads(t.happenings, through=("Deal", t.deals.c.id == t.happenings.c.deal_id), when=t.happenings.c.kind == "PAID")
class Paid(Happening):
    """Money came in."""

    amount: Money | None = money(
        cast(t.happenings.c.data["minor"].astext, BigInteger), literal("USD"), "How much came in."
    )


@reads.reads(
    t.happenings, through=("Deal", t.deals.c.id == t.happenings.c.deal_id), when=t.happenings.c.kind == "NOTED"
)
class Noted(Happening):
    """A note was made."""

    text: str | None = column(t.happenings.c.data["text"].astext, "The note.")


@reads.reads(t.happenings, through=("Deal", t.deals.c.id == t.happenings.c.deal_id))
class Other(Happening):
    """Something else happened."""

    kind: str = column(t.happenings.c.kind, "What it was.")


@reads.reads(t.deals, part=True)
class Funds:
    """The money of a deal."""

    total: Money = money(t.deals.c.total, t.deals.c.currency, "What was agreed.")
    lines_total: Money = money(
        reads.sum_of(t.lines.c.amount, t.lines.c.deal_id == t.deals.c.id),
        t.deals.c.currency,
        "What the lines add up to.",
    )
    lines: list[Line] = many(t.lines.c.deal_id == t.deals.c.id, t.lines.c.position, description="The lines behind it.")


@strawberry.type(description="A step that is or is not possible.")
class Step:
    """A step that is or is not possible."""

    name: str = strawberry.field(description="The step.")
    possible: bool = strawberry.field(description="Whether it can be taken now.")
    costs: Money | None = strawberry.field(description="What it costs.")
    since: datetime = strawberry.field(description="The moment this was judged.")


@dataclass(frozen=True)
class LineFact:
    """What the steps read of a line."""

    position: int
    quantity: Decimal


@dataclass(frozen=True)
class DealFacts:
    """What the steps read of a deal."""

    status: Status
    due: date | None
    paid_at: datetime | None
    lines: list[LineFact]
    first: LineFact | None


def steps(facts: DealFacts, viewer: Viewer | None, now: datetime) -> list[Step]:
    """The steps of a deal, judged in Python."""
    weight = sum((line.quantity for line in facts.lines), Decimal(0))
    can_pay = facts.status is Status.OPEN and viewer is not None and viewer.role is Role.BUYER
    late = facts.due is not None and facts.due < now.date() and facts.paid_at is None
    cost = money_of(Amount(len(facts.lines) * 100, "USD")) if facts.first else None
    return [
        Step(name="PAY", possible=can_pay, costs=cost, since=now),
        Step(name=f"SHIP {weight}", possible=late, costs=None, since=now),
    ]


@reads.reads(t.deals, prefix="del", visible=reads.party_to(t.deals.c))
class Deal(Node):
    """A deal between a trader and a person."""

    id: ID = column(public_id("del", t.deals.c.id), "The deal's id.")
    number: str | None = column(t.deals.c.number, "The deal's number.")
    status: Status = column(as_enum(Status, t.deals.c.status), "Where the deal stands.")
    headline: str = column(
        case((t.deals.c.urgent, literal("URGENT ")), else_=literal(""))
        + func.coalesce(t.deals.c.note, t.deals.c.status),
        "The deal in a word.",
    )
    note: str | None = column(t.deals.c.note, "A note between the parties.", to=SELLER_SIDE)
    urgent: bool = column(t.deals.c.urgent, "Whether it is urgent.")
    due: date | None = column(t.deals.c.due, "The day it is due.")
    paid_at: datetime | None = column(t.deals.c.paid_at, "When it was paid.")
    created_at: datetime = column(t.deals.c.created_at, "When it was made.")
    fee: Money | None = money(t.deals.c.fee, t.deals.c.currency, "What it costs the trader.", to=SELLER_SIDE)
    funds: Funds = reads.same_row("The deal's money.")
    due_funds: Funds | None = reads.same_row("The deal's money while it is owed.", when=t.deals.c.paid_at.is_(None))
    line_count: int = column(reads.count_of(t.lines.c.deal_id == t.deals.c.id), "How many lines it has.")
    lines: list[Line] = many(t.lines.c.deal_id == t.deals.c.id, t.lines.c.position, description="The deal's lines.")
    paged_lines: Connection[Line] = page(
        t.lines.c.deal_id == t.deals.c.id,
        t.lines.c.position,
        t.lines.c.id,
        description="The same page by page.",
        default=2,
    )
    other_lines: Connection[Line] = page(
        t.lines.c.deal_id != t.deals.c.id, t.lines.c.id, description="The lines of other deals.", default=3
    )
    seller: Trader = one(t.traders.c.id == t.deals.c.seller_id, description="The trader.")
    buyer: Person | None = one(t.people.c.id == t.deals.c.buyer_id, description="The person.")
    happenings: Connection[Happening] = page(
        t.happenings.c.deal_id == t.deals.c.id, t.happenings.c.id.desc(), description="What happened, newest first."
    )
    last_happening: Happening | None = one(
        t.happenings.c.deal_id == t.deals.c.id, t.happenings.c.id.desc(), description="What happened last."
    )
    earlier: "list[Deal]" = many(
        lambda parent, child: (child.seller_id == parent.seller_id) & (child.created_at < parent.created_at),
        t.deals.c.created_at.desc(),
        t.deals.c.id,
        description="The trader's deals before this one.",
    )
    steps: list[Step] = reads.computed(
        steps,
        reads.record(
            DealFacts,
            status=as_enum(Status, t.deals.c.status),
            due=t.deals.c.due,
            paid_at=t.deals.c.paid_at,
            lines=reads.rows(
                LineFact,
                t.lines.c.deal_id == t.deals.c.id,
                t.lines.c.position,
                position=t.lines.c.position,
                quantity=t.lines.c.quantity,
            ),
            first=reads.row(
                LineFact,
                t.lines.c.deal_id == t.deals.c.id,
                t.lines.c.position,
                position=t.lines.c.position,
                quantity=t.lines.c.quantity,
            ),
        ),
        reads.viewer,
        reads.now,
        description="What can be done now.",
    )


counted = reads.tally("counted")


@reads.reads(counted, part=True)
class DealCount:
    """How many deals stand somewhere."""

    status: Status = column(as_enum(Status, counted.c.sort), "Where they stand.")
    count: int = column(
        cast(func.least(counted.c.found, counted.c.ceiling), Integer), "How many, as far as was counted."
    )
    more: bool = column(counted.c.found > counted.c.ceiling, "Whether there are more.")


COUNTED = {status: t.deals.c.status == status.value for status in Status}
CEILING = cast(select(func.count()).select_from(t.traders).scalar_subquery(), Integer)


@reads.reads(reads.NOTHING, part=True)
class Me:
    """Whoever asks."""

    deals: Connection[Deal] = page(None, t.deals.c.created_at, t.deals.c.id, description="My deals, oldest first.")
    due_counts: "list[DealCount]" = reads.tallies(
        "Deal", t.deals.c.due.is_not(None), COUNTED, ceiling=literal(1), description="How many of mine are due."
    )
    person: Person | None = one(t.people.c.id == reads.VIEWER_ACCOUNT, description="Me.")
    trader: Trader | None = one(t.traders.c.id == reads.VIEWER_SELLER, description="My company.")


@unique
class Sort(StrEnum):
    """In which order deals are listed."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    LARGEST = "LARGEST"
    DUE = "DUE"


DealSort = strawberry.enum(Sort, name="DealSort", description="In which order deals are listed.")
for _value in DealSort.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = f"{_value.name.capitalize()} first."

# what is not due comes last, where the day is later than all others
NEVER_DUE = literal(date(9999, 1, 1))
SORTS = {
    Sort.NEWEST: (t.deals.c.created_at.desc(), t.deals.c.id.desc()),
    Sort.OLDEST: (t.deals.c.created_at, t.deals.c.id),
    Sort.LARGEST: (t.deals.c.currency.desc(), t.deals.c.total.desc(), t.deals.c.id.desc()),
    Sort.DUE: (func.coalesce(t.deals.c.due, NEVER_DUE), t.deals.c.id),
}


@strawberry.input(description="Which deals to list.")
class DealFilter:
    """Which deals to list."""

    status: Status | None = strawberry.field(default=strawberry.UNSET, description="Only these.")
    numbers: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Only these numbers.")
    since: datetime | None = strawberry.field(default=strawberry.UNSET, description="Made at or after.")
    urgent: bool | None = strawberry.field(default=strawberry.UNSET, description="Urgent or not.")
    seller_id: ID | None = strawberry.field(default=strawberry.UNSET, description="Only this trader's.")
    noted: bool | None = strawberry.field(
        default=strawberry.UNSET, description="With a note that one sees, or without."
    )
    any_of: "list[DealFilter] | None" = strawberry.field(default=strawberry.UNSET, description="One of these holds.")
    none_of: "DealFilter | None" = strawberry.field(default=strawberry.UNSET, description="This does not hold.")


def narrow_deals(
    filter: Annotated[DealFilter | None, strawberry.argument(description="Which deals to list.")] = None,
) -> list[Any]:
    """The conditions of a filter, as whoever looks sees the deals."""
    return [] if filter is None else [lambda standing: and_(true(), *_conditions(filter, standing))]


def _conditions(filter: DealFilter, standing: Standing) -> list[Any]:
    conditions: list[Any] = []
    if filter.noted is not None and filter.noted is not strawberry.UNSET:
        seen = t.deals.c.note.is_not(None) if standing.role in SELLER_SIDE else false()
        conditions.append(seen if filter.noted else not_(seen))
    if filter.any_of is not None and filter.any_of is not strawberry.UNSET:
        conditions.append(or_(false(), *(and_(true(), *_conditions(each, standing)) for each in filter.any_of)))
    if filter.none_of:
        held = and_(true(), *_conditions(filter.none_of, standing))
        conditions.append(not_(func.coalesce(held, literal(False))))
    if filter.status:
        conditions.append(t.deals.c.status == filter.status.value)
    if filter.numbers is not None and filter.numbers is not strawberry.UNSET:
        conditions.append(t.deals.c.number.in_(filter.numbers))
    if filter.since is not None and filter.since is not strawberry.UNSET:
        conditions.append(t.deals.c.created_at >= filter.since)
    if filter.urgent is not None and filter.urgent is not strawberry.UNSET:
        conditions.append(t.deals.c.urgent == literal(filter.urgent))
    if filter.seller_id is not None and filter.seller_id is not strawberry.UNSET:
        conditions.append(t.deals.c.seller_id == reads.key_of("trd", filter.seller_id))
    return conditions


@strawberry.type(description="What was done to a deal.")
class Touched:
    """What was done to a deal."""

    deal: Deal | None = strawberry.field(description="The deal as it now is.")
    others: list[Deal | None] = strawberry.field(description="Deals beside it.")
    note: str = strawberry.field(description="What was done.")


def touch(id: Annotated[ID, strawberry.argument(description="The deal's id.")]) -> Touched:
    """Refs in an ordinary object."""
    key = reads.key_of("del", id)
    found = None if key is None else ref(Deal, key)
    return Touched(deal=found, others=[found, None, ref(Deal, UUID(int=5))], note="seen")


def say_word() -> str:
    """Nothing is read for it."""
    return "word"


def told(viewer: Viewer | None, now: datetime) -> str:
    """What somebody is told who asks for no row."""
    return f"{'nobody' if viewer is None else viewer.role} at {now:%H:%M}"


@strawberry.type(description="What can be asked.")
class Query:
    """What can be asked."""

    deal: Deal | None = reads.lookup("A deal by its id.")
    deal_by_number: Deal | None = reads.lookup(
        "A deal by its number.", by=t.deals.c.number, argument="number", about="The deal's number."
    )
    deals: Connection[Deal] = page(None, sorts=SORTS, narrow=narrow_deals, description="Deals, in some order.")
    deal_counts: list[DealCount] = reads.tallies(
        "Deal",
        None,
        COUNTED,
        t.deals.c.created_at,
        ceiling=CEILING,
        narrow=narrow_deals,
        description="How many stand where.",
    )
    all_lines: Connection[Line] = page(None, t.lines.c.id, description="Every line one may see.", largest=50)
    happenings: list[Happening] = many(None, t.happenings.c.id, description="All that happened to one's deals.")
    traders: list[Trader] = many(None, t.traders.c.name, t.traders.c.id, description="All traders.")
    people: list[Person] | None = many(None, t.people.c.email, t.people.c.id, description="Everybody.", to=OPERATORS)
    me: Me | None = reads.alone("Whoever asks.")
    node: Node | None = reads.lookup("Any object by its id.")
    nodes: list[Node | None] = reads.lookups("Any objects by their ids.")
    touched: Touched = strawberry.field(resolver=touch, description="How a deal went, told by Python.")
    told: str = reads.computed(told, reads.viewer, reads.now, description="Who asks, and when.")
    word: str = strawberry.field(resolver=say_word, description="A word from Python.")


async def watch(id: Annotated[ID, strawberry.argument(description="The deal's id.")]) -> AsyncIterator[Touched]:
    """Two messages about one deal."""
    yield touch(id)
    yield touch(id)


@strawberry.type(description="What can be followed.")
class Subscription:
    """What can be followed."""

    watched: AsyncIterator[Touched] = strawberry.subscription(resolver=watch, description="A deal, again and again.")


@strawberry.type(description="What can be done.")
class Mutation:
    """What can be done."""

    touch: Touched = strawberry.mutation(resolver=touch, description="Look at a deal.")


def build() -> strawberry.Schema:
    """The market's schema."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Paid, Noted, Other, Payout],
        config=schema_config(),
    )
