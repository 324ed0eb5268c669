"""Trades for tests, brought to any state by the domain's own functions, with ids and instants that repeat."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from app.domain import amendments, drafts, fulfilment, funds, orders
from app.domain.access import Actor, By, Role
from app.domain.conditions import State
from app.domain.contract import CONTACT_FIELDS, Line
from app.domain.fees import in_usd
from app.domain.fulfilment import Parcel, Report
from app.domain.funds import Arrival
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.lifecycle import Who
from app.domain.payments import next_instalment
from app.domain.policy import FIRST_POLICY, ExportMethod, PaymentMethod, TransportMode, policy_from
from app.domain.records import (
    DispatchTerm,
    GuaranteeMethod,
    Incoterm,
    Membership,
    PaymentTerms,
    Receipt,
    Seller,
    ServiceStatus,
    TrackingKind,
)
from app.domain.trade import Act, Trade
from tests.domain.named import settle

START = datetime(2024, 5, 6, 17, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Counting:
    """A mint whose ids and numbers follow one another."""

    def __init__(self) -> None:
        self._next = count(1)

    def id(self) -> UUID:
        """The next id."""
        return UUID(int=next(self._next))

    def order_number(self, now: datetime) -> str:
        """A number of 20 digits that rises with time."""
        return f"{now:%Y%m%d%H%M%S}{next(self._next) % 10**6:06}"

    def account_number(self) -> str:
        """The next account number."""
        return f"{next(self._next):010}"

    def link(self) -> str:
        """The next secret."""
        return f"link-{next(self._next)}"

    def secret(self) -> str:
        """The next secret of a token."""
        return f"secret-{next(self._next)}"

    def chance(self) -> float:
        """The middle."""
        return 0.5


MINT = Counting()
SELLER = Seller(
    id=UUID(int=0xA0),
    name="Ningbo Carbon Works",
    country="CN",
    membership=Membership.PAID,
    service=ServiceStatus.ACTIVE,
    quota_limit=100_000_00,
    sales_see_all=True,
    version=1,
    created_at=START,
)
BUYER_EMAIL = "buyer.one@example.com"
ACTORS: Mapping[Who, Actor] = {
    who: Actor(
        UUID(int=0xB0 + at), email, True, Role(who), SELLER.id if who in (Who.OWNER, Who.SALES, Who.FINANCE) else None
    )
    for at, (who, email) in enumerate(
        {
            Who.BUYER: BUYER_EMAIL,
            Who.OWNER: "owner@ningbo.example",
            Who.SALES: "sales@ningbo.example",
            Who.FINANCE: "finance@ningbo.example",
            Who.OPERATOR: "desk@platform.example",
        }.items()
    )
}
BUYER_ID = ACTORS[Who.BUYER].account_id
SALES_ID = ACTORS[Who.SALES].account_id
POLICY = policy_from(UUID(int=0xC0), START - 30 * DAY, FIRST_POLICY)
RATES: Mapping[tuple[str, str], Decimal] = {
    pair: Decimal(rate)
    for pair, rate in {
        ("EUR", "USD"): "1.0825",
        ("USD", "EUR"): "0.9238",
        ("JPY", "USD"): "0.0066945607",
        ("USD", "JPY"): "149.375",
        ("KWD", "USD"): "3.2515",
        ("USD", "KWD"): "0.30755",
        ("CNY", "USD"): "0.1384",
        ("USD", "CNY"): "7.225",
    }.items()
}
CURRENCIES = ("USD", "JPY", "KWD")

CONTACT: Mapping[str, Any] = {
    "recipient": "Ada Buyer",
    "email": BUYER_EMAIL,
    "phone": "+1 415 555 0100",
    "lines": ("1 Market Street",),
    "city": "San Francisco",
    "postal_code": "94105",
    "country": "US",
}
# The agreed totals, fees and deposits of the rule book's examples: 551.23, 55,125 and 551.230
_AMOUNTS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "USD": ("41.50", "10.74", "25.00", "3.99", "0.00", "165.37"),
    "JPY": ("4150", "1074", "2500", "397", "0", "16538"),
    "KWD": ("41.500", "10.740", "25.000", "3.990", "0.000", "165.369"),
}


def act(who: Who, at: datetime = START) -> Act:
    """An act of somebody at an instant."""
    actor = ACTORS.get(who)
    return Act(actor.by if actor else By(who), at, MINT, actor)


def line(price: str, quantity: str = "1", **more: Any) -> Line:
    """A line of a contract."""
    return Line("Carbon fibre phone case", Decimal(quantity), "piece", Decimal(price), **more)


def terms(currency: str = "USD", **changes: Any) -> dict[str, Any]:
    """A whole contract, worth 551.23 where the currency has decimals, 30 % of it first; `changes` replace terms."""
    case, cover, shipping, discount, coupon, deposit = _AMOUNTS.get(currency, _AMOUNTS["USD"])
    return {
        **CONTACT,
        "items": (line(case, "12"), line(cover, "3")),
        "currency": currency,
        "shipping_fee": Decimal(shipping),
        "shipping_discount": Decimal(discount),
        "store_coupon": Decimal(coupon),
        "payment_terms": PaymentTerms.DEPOSIT_BALANCE,
        "deposit": Decimal(deposit),
        "dispatch_term": DispatchTerm.DAYS_AFTER_DEPOSIT,
        "dispatch_days": 7,
        "transport_mode": TransportMode.AIR,
        "carrier": "DHL",
        "incoterm": Incoterm.DAP,
        "incoterm_place": "San Francisco",
        "export_method": ExportMethod.EASY_DISPATCH,
        "guarantee_method": GuaranteeMethod.UNTIL_RECEIPT,
        **changes,
    }


def one_line(price: str, currency: str = "USD", **changes: Any) -> dict[str, Any]:
    """A contract of one line and nothing beside it, paid at once: the agreed total is its price."""
    nothing = dict.fromkeys(("shipping_fee", "shipping_discount", "store_coupon"), Decimal(0))
    whole = {"items": (line(price),), "payment_terms": PaymentTerms.FULL, "deposit": None}
    return terms(currency, **{**nothing, **whole, **changes})


def drafted(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """A seller's draft with a whole contract and its buyer matched; `beside`: another seller, policy, rates, facts."""
    seller, policy = beside.pop("seller", SELLER), beside.pop("policy", POLICY)
    patch = terms() if written is None else written
    trade = drafts.draft(act(Who.OWNER, at), seller, policy, beside.pop("rates", RATES), patch)
    facts = {"registered_buyer": BUYER_ID, "buyer_country": "US", "salespeople": frozenset({SALES_ID})}
    trade = replace(trade, **{**facts, **beside})
    return drafts.match_buyer(trade, act(Who.OWNER, at))


def submitted(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """A seller's offer that waits for the buyer."""
    return orders.submit(drafted(written, at, **beside), act(Who.OWNER, at))


def confirmed(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """An agreed order that waits for money."""
    return occupying(orders.confirm(submitted(written, at, **beside), act(Who.BUYER, at)))


def occupying(trade: Trade) -> Trade:
    """The trade loaded anew, as far as the seller's quota goes: what the order occupies is in use."""
    return replace(trade, quota_in_use=trade.order.quota_occupied)


def paid(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """An order with its first instalment in."""
    return pay(confirmed(written, at, **beside), at=at)


def dispatched(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """An order with everything on its way."""
    return send(paid(written, at, **beside), at=at)


def completed(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """An order whose goods the buyer has received."""
    return fulfilment.confirm_receipt(dispatched(written, at, **beside), act(Who.BUYER, at))


def request_draft(at: datetime = START) -> Trade:
    """A buyer's draft of a request, with lines in words."""
    words = {**CONTACT, "items": (Line("A phone case of carbon fibre", Decimal(12), "piece"),)}
    trade = drafts.draft(act(Who.BUYER, at), SELLER, POLICY, RATES, words)
    return replace(trade, registered_buyer=BUYER_ID, buyer_country="US", salespeople=frozenset({SALES_ID}))


def requested(at: datetime = START) -> Trade:
    """A buyer's request that waits for the seller."""
    return orders.submit(request_draft(at), act(Who.BUYER, at))


def completing(trade: Trade, at: datetime = START) -> Trade:
    """The request with all that a seller adds to it."""
    added = {name: value for name, value in terms().items() if name not in CONTACT_FIELDS}
    return drafts.edit(trade, act(Who.OWNER, at), added)


def answered_request(at: datetime = START) -> Trade:
    """A buyer's request, completed by the seller, that waits for the buyer."""
    return orders.submit(completing(requested(at), at), act(Who.OWNER, at))


def pay(
    trade: Trade,
    amount: int | None = None,
    at: datetime = START,
    method: PaymentMethod = PaymentMethod.VISA,
    currency: str | None = None,
    reference: str | None = None,
) -> Trade:
    """Money arrives: by default online, and as much as the next instalment misses."""
    following = next_instalment(trade.instalments)
    arrival = Arrival(
        method=method,
        provider="demo",
        reference=reference or f"ref-{MINT.id().int}",
        amount=following.missing if amount is None and following else amount or 0,
        currency=currency or trade.order.currency,
        payer="A. Buyer",
        value_date=at,
    )
    return funds.arrive(trade, act(Who.PROVIDER, at), arrival)


def transfer(trade: Trade, amount: int | None = None, at: datetime = START, currency: str | None = None) -> Trade:
    """A bank transfer lands."""
    return pay(trade, amount, at, PaymentMethod.TT, currency)


def last_receipt(trade: Trade) -> Receipt:
    """The receipt that came last."""
    return trade.receipts[-1]


def associate(trade: Trade, at: datetime = START, who: Who = Who.FINANCE) -> Trade:
    """The last transfer is associated."""
    return funds.associate(trade, act(who, at), last_receipt(trade).id)


def send(trade: Trade, quantity: int | None = None, at: datetime = START, mode: TransportMode | None = None) -> Trade:
    """Some of the first line leaves, or all that is left."""
    quantities = None if quantity is None else {trade.items[0].id: Decimal(quantity)}
    parcel = Parcel("DHL", f"JD{len(trade.shipments)}", mode, None, quantities)
    return fulfilment.dispatch(trade, act(Who.SALES, at), parcel)


def report(trade: Trade, kind: TrackingKind, at: datetime = START, shipment: int = -1) -> Trade:
    """The carrier reports something of a shipment."""
    said = Report(kind, at, "carrier", f"scan-{MINT.id().int}", "Oakland")
    return fulfilment.track(trade, act(Who.TRACKING, at), trade.shipments[shipment].id, said)


def propose(trade: Trade, at: datetime = START, **changes: Any) -> Trade:
    """The seller proposes an amendment: by default ten days instead of seven."""
    return amendments.propose(trade, act(Who.OWNER, at), changes or {"dispatch_days": 10}, "The mould broke.")


def answer(trade: Trade, at: datetime = START, accept: bool = True) -> Trade:
    """The buyer answers the open amendment."""
    return amendments.answer(trade, act(Who.BUYER, at), accept)


def offering(trade: Trade, doer: Act, purpose: AttachmentPurpose) -> tuple[Trade, Attachment]:
    """The trade as it is loaded for a step that is given an uploaded file of the actor's, and the file."""
    file = Attachment(
        id=MINT.id(),
        purpose=purpose,
        order_id=None,
        seller_id=None,
        about=None,
        by=doer.by,
        uploaded_by=doer.account_id or UUID(int=0),
        name="paper.pdf",
        media_type="application/pdf",
        size=1_000,
        sha256="0" * 64,
        uploaded_at=doer.now,
    )
    return trade.put("attachments", file), file


def later(trade: Trade, at: datetime) -> Trade:
    """The trade as whoever looks at this instant finds it: what had run out is settled."""
    return settle(trade, act(Who.TIME, at))


def usd(trade: Trade) -> int:
    """The agreed total in USD cents."""
    return in_usd(trade.order.total, trade.order.currency, trade.rates)


_MAKE: Mapping[State, Callable[[], Trade]] = {
    State.DRAFT: drafted,
    State.CONF_SELLER: requested,
    State.CONF_BUYER: submitted,
    State.PAYMENT: confirmed,
    State.DISPATCH: paid,
    State.PARTLY: lambda: send(paid(), quantity=5),
    State.DISPATCHED: dispatched,
    State.COMPLETED: completed,
    State.CLOSED: lambda: orders.cancel(confirmed(), act(Who.BUYER), "Ordered twice."),
}


def at_state(state: State) -> Trade:
    """A trade in a state, by the shortest way."""
    return _MAKE[state]()
