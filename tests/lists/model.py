"""What a list of orders answers, worked out order by order in plain Python from the rows themselves."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.access import Actor, By, Role, Seen, party_of
from app.domain.money import DECIMALS
from app.domain.records import DeadlineKind
from app.domain.trade import Trade
from tests.lists.world import World

Filter = Mapping[str, Any]
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
AGREED_UPON = {
    "TO_CONFIRM": {"PENDING_CONFIRMATION"},
    "TO_PAY": {"PENDING_PAYMENT"},
    "TO_DISPATCH": {"PENDING_DISPATCH", "PARTIALLY_DISPATCHED"},
    "TO_RECEIVE": {"DISPATCHED"},
    "FINISHED": {"COMPLETED", "CLOSED"},
}
TABS = ("ALL", "TO_CONFIRM", "TO_PAY", "TO_DISPATCH", "TO_RECEIVE", "AFTER_SALES", "FINISHED")


class Model:
    """The lists of one viewer."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.world = world
        self.actor = actor
        self.seller_side = actor.role in (Role.OWNER, Role.FINANCE, Role.SALES)

    def listed(self, filter: Filter | None, sort: str) -> list[str]:
        """The ids of the orders that pass a filter, in an order."""
        orders = [trade for trade in self.world.orders if self._sees(trade) and self.passes(filter or {}, trade)]
        by, _, way = sort.rpartition("_")
        orders.sort(key=KEYS[by], reverse=way == "DESC")
        return [f"ord_{trade.order.id.hex}" for trade in orders]

    def tabs(self, filter: Filter | None, ceiling: int) -> list[dict[str, Any]]:
        """How many orders are under each tab, as far as is counted."""
        counts = [len(self.listed({"and": [filter or {}, {"tab": tab}]}, "CREATED_ASC")) for tab in TABS]
        return [
            {"tab": tab, "count": min(count, ceiling), "atLeast": count > ceiling}
            for tab, count in zip(TABS, counts, strict=True)
        ]

    def passes(self, filter: Filter, trade: Trade) -> bool:
        """Whether everything that a filter says is so."""
        return all(self._holds(name, value, trade) for name, value in filter.items() if value is not None)

    def _sees(self, trade: Trade) -> bool:
        order = trade.order
        draft = order.status.value == "DRAFT"
        seen = Seen(order.seller_id, order.buyer_id, order.salesperson_id, order.drafted_by, draft)
        return party_of(self.actor.viewer, seen) is not None

    def _holds(self, name: str, value: Any, trade: Trade) -> bool:
        method: Callable[[Any, Trade], bool] = getattr(self, f"_{name}")
        return method(value, trade)

    # --- filters of filters -----------------------------------------------------------------------------------------

    def _and(self, filters: list[Filter], trade: Trade) -> bool:
        return all(self.passes(each, trade) for each in filters)

    def _or(self, filters: list[Filter], trade: Trade) -> bool:
        return any(self.passes(each, trade) for each in filters)

    def _not(self, filter: Filter, trade: Trade) -> bool:
        return not self.passes(filter, trade)

    # --- conditions -------------------------------------------------------------------------------------------------

    def _text(self, text: str, trade: Trade) -> bool:
        return all(self._has(token.casefold(), trade) for token in text.split())

    def _has(self, token: str, trade: Trade) -> bool:
        """Whether a word, an e-mail, a number or a piece of Chinese is found somewhere."""
        texts = self._texts(trade)
        if "@" in token:
            return token == self._email(trade)
        pieces = [
            run[at : at + 2] for run in re.findall("[\u4e00-\u9fff]+", token) for at in range(max(len(run) - 1, 1))
        ]
        words = re.findall(r"[^\W\u4e00-\u9fff]+", token)
        chinese = all(any(piece in text for text in texts) for piece in pieces)
        return chinese and all(any(word in _words(text) for text in texts) for word in words)

    def _email(self, trade: Trade) -> str:
        order, email = trade.order, trade.contact.email or ""
        hidden = self.seller_side and order.drafted_by is By.BUYER and order.confirmed_at is None
        return "" if hidden else email

    def _texts(self, trade: Trade) -> list[str]:
        """Everything of an order that a word of it can be found in, lower-cased."""
        order = trade.order
        found = [item.description for item in trade.items] + [self._email(trade)]
        if order.number is not None:
            found += [order.number, order.number[-6:]]
        if order.buyer_id is not None:
            found += [self.world.names[order.buyer_id], f"buy_{order.buyer_id.hex}"]
        if self.seller_side:
            found += order.labels
        return [text.casefold() for text in found]

    def _tab(self, tab: str, trade: Trade) -> bool:
        if tab == "AFTER_SALES":
            review = any(claim.status.value == "UNDER_REVIEW" for claim in trade.claims)
            return review or any(dispute.resolved_at is None for dispute in trade.disputes)
        return tab == "ALL" or trade.order.status.value in AGREED_UPON[tab]

    def _status(self, wanted: list[str], trade: Trade) -> bool:
        return trade.order.status.value in wanted

    def _salesperson(self, wanted: list[str], trade: Trade) -> bool:
        account = trade.order.salesperson_id
        if account is None or self.actor.role is Role.BUYER:
            return False
        return f"mem_{self.world.members[account].hex}" in wanted

    def _destination(self, wanted: list[str], trade: Trade) -> bool:
        return trade.contact.country in wanted

    def _created(self, range: Mapping[str, Any], trade: Trade) -> bool:
        return _within(trade.order.created_at, range.get("from"), range.get("before"))

    def _amount(self, range: Mapping[str, Any], trade: Trade) -> bool:
        order = trade.order
        amount = Decimal(order.total) / 10 ** DECIMALS[order.currency]
        least, most = range.get("least"), range.get("most")
        fits = (least is None or amount >= Decimal(least)) and (most is None or amount <= Decimal(most))
        return order.currency == range["currencyCode"] and fits

    def _buyerCountry(self, wanted: list[str], trade: Trade) -> bool:
        buyer = trade.order.buyer_id
        return buyer is not None and self.world.countries[buyer] in wanted

    def _draftedBy(self, side: str, trade: Trade) -> bool:
        return trade.order.drafted_by.value == side

    def _type(self, wanted: list[str], trade: Trade) -> bool:
        return trade.order.type.value in wanted

    def _leadSource(self, wanted: list[str], trade: Trade) -> bool:
        return self.actor.role is not Role.BUYER and trade.order.lead_source in wanted

    def _transportMode(self, wanted: list[str], trade: Trade) -> bool:
        return trade.order.transport_mode in wanted

    def _currency(self, wanted: list[str], trade: Trade) -> bool:
        return trade.order.currency in wanted

    def _exportMethod(self, wanted: list[str], trade: Trade) -> bool:
        return trade.order.export_method in wanted

    def _discounted(self, wanted: bool, trade: Trade) -> bool:
        return (trade.order.store_coupon + trade.order.coupon > 0) is wanted

    def _services(self, wanted: list[str], trade: Trade) -> bool:
        order = trade.order
        has = {"ON_TIME_DISPATCH": order.dispatch_guaranteed, "ON_TIME_DELIVERY": order.delivery_guaranteed}
        has["LOAN_ELIGIBLE"] = self.actor.role is not Role.BUYER and _lent_on(trade)
        return all(has[each] for each in wanted)

    def _overdue(self, wanted: bool, trade: Trade) -> bool:
        return (trade.order.overdue_at is not None) is wanted

    def _claimStatus(self, wanted: list[str], trade: Trade) -> bool:
        return any(claim.status.value in wanted for claim in trade.claims)

    def _seller(self, wanted: list[str], trade: Trade) -> bool:
        return f"sel_{trade.order.seller_id.hex}" in wanted


def _lent_on(trade: Trade) -> bool:
    """Whether its money is in escrow, and nobody has anything to say against the seller's having it."""
    order = trade.order
    late = order.overdue_at is not None or order.delivery_overdue_at is not None
    disputed = any(dispute.resolved_at is None for dispute in trade.disputes)
    return order.status.value in AGREED_UPON["TO_DISPATCH"] | AGREED_UPON["TO_RECEIVE"] and not late and not disputed


def _within(at: datetime, since: str | None, before: str | None) -> bool:
    return (since is None or at >= datetime.fromisoformat(since)) and (
        before is None or at < datetime.fromisoformat(before)
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\u4e00-\u9fff]+", text)


def _due(trade: Trade) -> datetime:
    """The dispatch deadline that counts; without one later than every other."""
    counts = [
        clock.due_at
        for clock in trade.deadlines
        if clock.kind is DeadlineKind.DISPATCH and clock.status.value in ("RUNNING", "MET", "LAPSED")
    ]
    return counts[0] if counts else NEVER


KEYS: dict[str, Callable[[Trade], Any]] = {
    "CREATED": lambda trade: (trade.order.created_at, trade.order.id),
    "AMOUNT": lambda trade: (trade.order.currency, trade.order.total, trade.order.id),
    "DISPATCH_DUE": lambda trade: (_due(trade), trade.order.id),
    "CHANGED": lambda trade: (trade.order.updated_at, trade.order.id),
}
