"""Lists of orders: their orders, their tabs with counts, and a filter as conditions on the orders (DSK-1, DSK-2)."""

import math
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Annotated, Any

import strawberry
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry import UNSET

from app import reads
from app.db import tables as t
from app.domain import finding
from app.domain.access import SELLER_ROLES, SELLER_SIDE
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import DECIMALS
from app.domain.order_lists import (
    CONDITIONS_MOST,
    DEPTH_MOST,
    LENT_ON,
    STATUSES,
    ListChange,
    OrderService,
    OrderSort,
    OrderTab,
)
from app.domain.remedies import ClaimStatus
from app.reads import as_enum, column
from app.reads.binds import Slot, derived, several
from app.reads.visibility import Rule, Standing
from app.schema.enums import described
from app.schema.order_filter import AmountRange, InstantRange, OrderFilter

described(
    ListChange,
    "OrderListChange",
    "What became of an order for those who follow a list of orders.",
    """
    ENTER: It came to the list: it is new, it passes the filter now, or the viewer sees it now.
    UPDATE: It is still on the list, and something about it is different.
    LEAVE: It is gone from the list: it was deleted, passes the filter no more, or the viewer sees it no more.
    """,
)
described(
    OrderSort,
    "OrderSort",
    "In which order orders are listed. Amounts of two currencies are not compared: the currency comes first.",
    """
    CREATED_DESC: Newest first.
    CREATED_ASC: Oldest first.
    AMOUNT_DESC: Largest agreed total first, currency by currency.
    AMOUNT_ASC: Smallest agreed total first, currency by currency.
    DISPATCH_DUE_ASC: Nearest dispatch deadline first; orders without one come last.
    DISPATCH_DUE_DESC: Farthest dispatch deadline first; orders without one come before them.
    CHANGED_DESC: Changed last first.
    CHANGED_ASC: Unchanged longest first.
    """,
)

o, w = t.orders.c, t.order_words.c
_BY: dict[str, tuple[ColumnElement[Any], ...]] = {
    "CREATED": (o.created_at, o.id),
    "AMOUNT": (o.currency, o.total, o.id),
    "DISPATCH_DUE": (t.DISPATCH_DUE, o.id),
    "CHANGED": (o.updated_at, o.id),
}


def _order(sort: OrderSort) -> tuple[ColumnElement[Any], ...]:
    by, _, way = sort.value.rpartition("_")
    return tuple(key.desc() for key in _BY[by]) if way == "DESC" else _BY[by]


SORTS = {sort: _order(sort) for sort in OrderSort}


def _under(tab: OrderTab) -> ColumnElement[bool]:
    if tab is OrderTab.AFTER_SALES:
        return or_(o.disputed, o.claim_status == ClaimStatus.UNDER_REVIEW.value)
    return true() if tab is OrderTab.ALL else o.status.in_([status.value for status in STATUSES[tab]])


TABS = {tab: _under(tab) for tab in OrderTab}
DISCOUNTED = or_(o.store_coupon > 0, o.coupon > 0)
LOAN_ELIGIBLE = and_(
    o.status.in_([status.value for status in LENT_ON]),
    o.overdue_at.is_(None),
    o.delivery_overdue_at.is_(None),
    not_(o.disputed),
)
SERVICES = {
    OrderService.ON_TIME_DISPATCH: o.dispatch_guaranteed,
    OrderService.ON_TIME_DELIVERY: o.delivery_guaranteed,
    OrderService.LOAN_ELIGIBLE: LOAN_ELIGIBLE,
}


def narrow_orders(
    filter: Annotated[
        OrderFilter | None, strawberry.argument(description="Which of them to list; all if left out.")
    ] = None,
) -> list[Rule]:
    """The orders that a filter leaves, as whoever looks sees them (DSK-2)."""
    if filter is None:
        return []
    if sum(1 for _ in _parts(filter, 1)) > CONDITIONS_MOST:
        raise Refusal(
            ErrorCode.TOO_MANY,
            f"A filter has at most {CONDITIONS_MOST} conditions.",
            ("filter",),
            {"most": str(CONDITIONS_MOST)},
        )
    return [partial(_holds, filter)]


def _given(value: Any) -> bool:
    return value is not None and value is not UNSET


def _parts(filter: OrderFilter, depth: int) -> Iterator[str]:
    """The names of the conditions that are given, those of the filters in it included."""
    if depth > DEPTH_MOST:
        raise Refusal(
            ErrorCode.TOO_MANY,
            f"Filters are nested at most {DEPTH_MOST} deep.",
            ("filter",),
            {"most": str(DEPTH_MOST)},
        )
    for name, value in vars(filter).items():
        if not _given(value):
            continue
        yield name
        if name in ("and_", "or_", "not_"):
            for each in [value] if name == "not_" else value:
                yield from _parts(each, depth + 1)


def _holds(filter: OrderFilter, standing: Standing) -> ColumnElement[bool]:
    """The condition that everything given in a filter holds."""
    conditions = [CONDITIONS[name](value, standing) for name, value in vars(filter).items() if _given(value)]
    return and_(true(), *conditions)


def _not(filter: OrderFilter, standing: Standing) -> ColumnElement[bool]:
    # what is not known of an order does not hold, and so its opposite does
    return not_(func.coalesce(_holds(filter, standing), literal(False)))


def _all(filters: Iterable[OrderFilter], standing: Standing) -> ColumnElement[bool]:
    return and_(true(), *(_holds(each, standing) for each in filters))


def _any(filters: Iterable[OrderFilter], standing: Standing) -> ColumnElement[bool]:
    return or_(false(), *(_holds(each, standing) for each in filters))


def _text(text: Any, standing: Standing) -> ColumnElement[bool]:
    if standing.role in SELLER_ROLES:
        kept, asked = w.seller_words, derived(text, ARRAY(Text), _sellers_words, reads.VIEWER_SELLER)
    else:
        kept, asked = w.words, derived(text, ARRAY(Text), lambda said: list(finding.asked(said)))
    return select(1).where(w.order_id == o.id, kept.contains(asked)).exists()


def _sellers_words(text: str, seller_id: Any) -> list[str]:
    return [finding.seller_word(seller_id, word) for word in finding.asked(text)]


def _created(range: InstantRange, standing: Standing) -> ColumnElement[bool]:
    since = [o.created_at >= range.from_] if _given(range.from_) else []
    until = [o.created_at < range.before] if _given(range.before) else []
    return and_(true(), *since, *until)


def _amount(range: AmountRange, standing: Standing) -> ColumnElement[bool]:
    currency: Any = range.currency_code
    conditions = [o.currency == currency]
    for end, compare, whole in ((range.least, o.total.__ge__, math.ceil), (range.most, o.total.__le__, math.floor)):
        if _given(end):
            slot: Any = end
            conditions.append(compare(derived(slot, BigInteger(), partial(_minor, whole), currency)))
    return and_(*conditions)


def _minor(whole: Callable[[Fraction], int], amount: Decimal, currency: str) -> int:
    """The minor units of an end of a range, rounded into it; never more than an order could have."""
    minor = whole(Fraction(amount) * 10 ** DECIMALS[currency])
    return max(min(minor, 2**62), -(2**62))


def _salesperson(ids: list[Any], standing: Standing) -> ColumnElement[bool]:
    if standing.role not in SELLER_SIDE:
        return false()
    m, keys = t.members.c, [reads.key_of("mem", id) for id in ids]
    accounts = select(m.account_id).where(_among(m.id, keys)).scalar_subquery()
    # by one account an index has the orders in their order, by an array it has not
    return o.salesperson_id == (accounts if len(keys) == 1 else any_(func.array(accounts)))


def _lead_source(values: list[Any], standing: Standing) -> ColumnElement[bool]:
    return _among(o.lead_source, values) if standing.role in SELLER_SIDE else false()


def _services(services: list[OrderService], standing: Standing) -> ColumnElement[bool]:
    if OrderService.LOAN_ELIGIBLE in services and standing.role not in SELLER_SIDE:
        return false()
    return and_(true(), *(SERVICES[each] for each in services))


def _among(kept: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    """The condition that a column is one of some values: of filled places, or of names that the planner may know."""
    if len(values) > 1 and all(isinstance(each, Slot) for each in values):
        return kept == any_(several(values, kept.type))
    return kept.in_([getattr(each, "value", each) for each in values])


def _one_of(kept: ColumnElement[Any]) -> Any:
    return lambda values, standing: _among(kept, values)


def _claim_status(values: list[ClaimStatus], standing: Standing) -> ColumnElement[bool]:
    # nothing is found by what is not shown
    return o.claim_status.in_([each.value for each in values]) if standing.claims else false()


def _flag(condition: ColumnElement[bool]) -> Any:
    return lambda wanted, standing: condition if wanted else not_(condition)


CONDITIONS: dict[str, Any] = {
    "text": _text,
    "tab": lambda tab, standing: TABS[tab],
    "status": _one_of(o.status),
    "salesperson": _salesperson,
    "destination": _one_of(o.destination),
    "created": _created,
    "amount": _amount,
    "buyer_country": _one_of(o.buyer_country),
    "drafted_by": lambda side, standing: o.drafted_by == side.value,
    "type": _one_of(o.type),
    "lead_source": _lead_source,
    "transport_mode": _one_of(o.transport_mode),
    "currency": _one_of(o.currency),
    "export_method": _one_of(o.export_method),
    "discounted": _flag(DISCOUNTED),
    "services": _services,
    "overdue": _flag(o.overdue_at.is_not(None)),
    "claim_status": _claim_status,
    "seller": lambda ids, standing: _among(o.seller_id, [reads.key_of("sel", each) for each in ids]),
    "and_": _all,
    "or_": _any,
    "not_": _not,
}

counted = reads.tally("counted")


@reads.reads(counted, part=True)
class OrderTabCount:
    """How many orders are under a tab."""

    tab: OrderTab = column(as_enum(OrderTab, counted.c.sort), "The tab.")
    count: int = column(
        cast(func.least(counted.c.found, counted.c.ceiling), Integer), "How many orders, as far as was counted."
    )
    at_least: bool = column(
        counted.c.found > counted.c.ceiling, "Whether there are more than `count`, where counting stops."
    )


_in_force = (
    select(t.policies.c.document["count_ceiling"].as_integer())
    .where(t.policies.c.effective_at <= reads.NOW)
    .order_by(t.policies.c.effective_at.desc())
    .limit(1)
)
CEILING: ColumnElement[int] = cast(_in_force.scalar_subquery(), BigInteger)
