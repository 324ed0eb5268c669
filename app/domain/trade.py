"""A trade: one order with all that belongs to it, and what has been decided about it but not yet written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from app.domain.access import Actor, By, Role, Seen
from app.domain.errors import Refusal
from app.domain.goods import Attachment, Consignment, Lane, Product
from app.domain.happenings import Change, EventKind, Happening
from app.domain.ledger import Account, AccountKind, Entry, EntryKind, Move, sealed
from app.domain.partial import changed, partial
from app.domain.policy import Policy
from app.domain.records import (
    Amendment,
    AmendmentStatus,
    Buyer,
    CollectionAccount,
    Contact,
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    Instalment,
    Invitation,
    Item,
    Milestone,
    Note,
    Order,
    Payment,
    Receipt,
    Review,
    Seller,
    Shipment,
    ShipmentItem,
    Status,
    TrackingEvent,
)
from app.domain.remedies import (
    Claim,
    Collection,
    Coupon,
    Dispute,
    DisputeStatus,
    DisputeStep,
    Recovery,
    Waiver,
)

# Told by an order's events whatever else they tell, as before and after, so that its past can be told from them
TOLD: Mapping[str, str] = {
    "status": "status",
    "awaiting": "awaiting",
    "overdue_at": "overdueSince",
    "delivery_overdue_at": "deliveryOverdueSince",
}


def told_text(value: datetime | str | None) -> str | None:
    """How an event writes a value of these columns."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else str(value)


class Mint(Protocol):
    """Makes what must be fresh: ids and numbers nobody can guess."""

    def id(self) -> UUID:
        """A new time-ordered id."""

    def order_number(self, now: datetime) -> str:
        """A new order number: 20 digits, time-ordered, with an unguessable tail (ORD-7)."""

    def account_number(self) -> str:
        """A new collection account number."""

    def link(self) -> str:
        """A new secret for an order link."""

    def secret(self) -> str:
        """A new secret for an access token."""

    def chance(self) -> float:
        """A number from 0 to 1 that nobody chose."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when: the clock is read once, after the lock, and passed in here."""

    by: By
    now: datetime
    mint: Mint
    actor: Actor | None = None

    @property
    def account_id(self) -> UUID | None:
        """The acting account; None for time, providers and carriers."""
        return None if self.actor is None else self.actor.account_id

    @property
    def role(self) -> Role | None:
        """The acting account's role."""
        return None if self.actor is None else self.actor.role


@partial
@dataclass(frozen=True)
class Trade:
    """An order, its rows, the facts it is judged by, and the events and entries decided but not yet written.

    `registered_buyer` is the account the contract's e-mail belongs to, `buyer_country` that of the matched buyer,
    `buyers` both accounts as lists tell of them,
    `salespeople` the seller's members an order can be assigned to, `quota_in_use` what of the seller's quota is
    occupied in USD cents (loaded only where it is judged), `rates` and `policy` those pinned, else those in force;
    `policy_now` is the one in force whatever is pinned.
    `products` are those of its lines with the lanes each is bound to, `lane` the one it names, `lanes` also those that
    a change of its terms names, `campaign_orders` how many of the seller's hold a place in each campaign. `coupons` are
    the locked ones it has to do with: applied to it,
    issued for it, or asked for. `recoveries` is what the seller owes, oldest first, and `balances` what stands on the
    seller's account by currency, both locked and loaded only where money may move between them.
    """

    order: Order
    contact: Contact
    seller: Seller
    policy: Policy
    rates: Mapping[tuple[str, str], Decimal]
    policy_now: Policy | None = None
    registered_buyer: UUID | None = None
    buyer_country: str | None = None
    buyers: Mapping[UUID, Buyer] = field(default_factory=dict)
    salespeople: frozenset[UUID] = frozenset()
    new_seller: bool = False
    quota_in_use: int = 0
    campaign_orders: Mapping[str, int] = field(default_factory=dict)
    products: Mapping[UUID, Product] = field(default_factory=dict)
    product_lanes: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    lane: Lane | None = None
    lanes: Mapping[UUID, Lane] = field(default_factory=dict)
    balances: Mapping[str, int] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    collection_accounts: tuple[CollectionAccount, ...] = ()
    payments: tuple[Payment, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    shipment_items: tuple[ShipmentItem, ...] = ()
    tracking_events: tuple[TrackingEvent, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    reviews: tuple[Review, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    claims: tuple[Claim, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    dispute_steps: tuple[DisputeStep, ...] = ()
    consignments: tuple[Consignment, ...] = ()
    notes: tuple[Note, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    collections: tuple[Collection, ...] = ()
    happenings: tuple[Happening, ...] = ()
    coupon_happenings: tuple[tuple[UUID, Happening], ...] = ()
    posted: tuple[Entry, ...] = ()
    untold: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seen(self) -> Seen:
        """The facts on which visibility of this order rests."""
        order = self.order
        return Seen(
            order.seller_id, order.buyer_id, order.salesperson_id, order.drafted_by, order.status is Status.DRAFT
        )

    @property
    def amendment(self) -> Amendment | None:
        """The one open amendment (ORD-10)."""
        return next((a for a in self.amendments if a.status is AmendmentStatus.PROPOSED), None)

    @property
    def claim(self) -> Claim | None:
        """The one claim (CLM-4)."""
        return self.claims[0] if self.claims else None

    @property
    def waiver(self) -> Waiver | None:
        """The waiver that stands (CLM-8)."""
        return next((waiver for waiver in self.waivers if waiver.withdrawn_at is None), None)

    @property
    def dispute(self) -> Dispute | None:
        """The one open dispute (DSP-1)."""
        return next((dispute for dispute in self.disputes if dispute.status is not DisputeStatus.RESOLVED), None)

    @property
    def applied_coupon(self) -> Coupon | None:
        """The platform coupon applied to this order (COU-1)."""
        return next((coupon for coupon in self.coupons if coupon.id == self.order.coupon_id), None)

    @property
    def issued_coupon(self) -> Coupon | None:
        """The coupon that compensates this order's broken promise."""
        issued = None if self.claim is None else self.claim.coupon_id
        return next((coupon for coupon in self.coupons if coupon.id == issued), None)

    def deadline(self, kind: DeadlineKind, about: str | None = None) -> Deadline | None:
        """The running deadline of a kind."""
        return next(
            (
                d
                for d in self.deadlines
                if d.kind is kind and d.status is DeadlineStatus.RUNNING and about in (None, d.about)
            ),
            None,
        )

    def change(self, **columns: Any) -> "Trade":
        """The trade with other columns in its order; the next event tells of those in TOLD (ORD-13)."""
        untold = {name: getattr(self.order, name) for name in TOLD if name in columns} | dict(self.untold)
        return changed(self, {"order": changed(self.order, columns), "untold": untold})

    def put(self, collection: str, *records: Any) -> "Trade":
        """The trade with these records in a collection, in place of those with the same id."""
        rows = {row.id: row for row in getattr(self, collection)} | {record.id: record for record in records}
        return changed(self, {collection: tuple(rows.values())})

    def record(
        self,
        kind: EventKind,
        act: Act,
        changes: Iterable[Change] = (),
        facts: Mapping[str, str] | None = None,
        due_at: datetime | None = None,
        detected_at: datetime | None = None,
    ) -> "Trade":
        """The trade one version on, with an event that says what happened."""
        order = self.order
        version = order.version + 1
        # a draft is its drafter's alone; only that an offer was taken back concerns the other side
        private = order.status is Status.DRAFT and kind is not EventKind.ORDER_REVISED
        for_seller = not private or order.drafted_by is By.SELLER
        for_buyer = not private or order.drafted_by is By.BUYER
        happening = Happening(
            kind=kind,
            version=version,
            at=act.now,
            by=act.by,
            by_account_id=act.account_id,
            seller_id=order.seller_id if for_seller else None,
            salesperson_id=order.salesperson_id if for_seller else None,
            buyer_id=order.buyer_id if for_buyer else None,
            due_at=due_at,
            detected_at=detected_at,
            changes=(*changes, *self._turns()),
            facts=dict(facts or {}),
        )
        told = changed(order, {"version": version, "updated_at": act.now})
        return changed(self, {"order": told, "happenings": (*self.happenings, happening), "untold": {}})

    def _turns(self) -> Iterable[Change]:
        """What has changed of the columns in TOLD since the last event."""
        for name, before in self.untold.items():
            after = getattr(self.order, name)
            if before != after:
                yield Change(TOLD[name], told_text(before), told_text(after))

    def record_coupon(
        self, coupon: Coupon, kind: EventKind, act: Act, facts: Mapping[str, str] | None = None
    ) -> "Trade":
        """The trade with this coupon one version on, and the event that says what happened to it."""
        coupon, happening = coupon_event(coupon, kind, act, facts)
        trade = self.put("coupons", coupon)
        return changed(trade, {"coupon_happenings": (*trade.coupon_happenings, (coupon.id, happening))})

    def account(self, kind: AccountKind) -> Account:
        """One of this order's own accounts."""
        return Account(kind, self.order.id)

    def post(self, kind: EntryKind, act: Act, cause: UUID | None, *moves: Move) -> "Trade":
        """The trade with one more ledger entry; moves of nothing are left out, and an entry without moves too."""
        moved = tuple(move for move in moves if move.amount)
        if not moved:
            return self
        entry = sealed(
            Entry(
                id=act.mint.id(),
                order_id=self.order.id,
                seller_id=self.order.seller_id,
                sequence=self.order.entries + 1,
                kind=kind,
                cause=cause,
                at=act.now,
                moves=moved,
                previous_hash=self.order.entry_hash,
            )
        )
        trade = self.change(entries=entry.sequence, entry_hash=entry.hash)
        return changed(trade, {"posted": (*self.posted, entry)})


def coupon_event(
    coupon: Coupon,
    kind: EventKind,
    act: Act,
    facts: Mapping[str, str] | None = None,
    due_at: datetime | None = None,
    detected_at: datetime | None = None,
) -> tuple[Coupon, Happening]:
    """A coupon one version on, with the event that tells its owner why."""
    happening = Happening(
        kind=kind,
        version=coupon.version + 1,
        at=act.now,
        by=act.by,
        by_account_id=act.account_id,
        seller_id=None,
        salesperson_id=None,
        buyer_id=coupon.buyer_id,
        due_at=due_at,
        detected_at=detected_at,
        facts=dict(facts or {}),
    )
    return replace(coupon, version=happening.version), happening


class Kept(Refusal):
    """A refusal that still leaves something written: the trade to keep goes with it."""

    def __init__(self, refusal: Refusal, trade: Trade) -> None:
        super().__init__(refusal.code, refusal.message, refusal.field, refusal.params)
        self.trade = trade
