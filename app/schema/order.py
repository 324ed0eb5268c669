"""The order as clients see it, with what happened to it and the money that arrived for it."""

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, cast, false, literal, or_, select, true
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import BUYER_SIDE, SELLER_FINANCE, SELLER_SIDE, By, Role, Scope
from app.domain.disclosure import WITH_LEDGER
from app.domain.exports import Acknowledgement
from app.domain.freight import DeliveryCondition
from app.domain.happenings import KINDS_FOR, SCOPED, EventKind, Subject
from app.domain.lifecycle import Stage
from app.domain.policy import PaymentMethod
from app.domain.records import CloseReason, LeadSource, OrderType, Status
from app.domain.remedies import DisputeStatus
from app.reads import Connection, Node, as_enum, column, computed, many, one, page, public_id
from app.reads.visibility import Standing
from app.schema.actions import STEP_FACTS, ActionState, available_actions
from app.schema.amendments import Amendment
from app.schema.attachments import Attachment, Consignment
from app.schema.claims import CHECK, Claim, ClaimCheck, Waiver, claim_check
from app.schema.contract import Contract
from app.schema.coupons import Recovery
from app.schema.desk import PrivateNote
from app.schema.disputes import Dispute
from app.schema.explanations import FIGURES, Explanation, explained
from app.schema.exports import EXPORT, ExportRequirements, acknowledgements, export_requirements
from app.schema.forecast import FORECAST, ScheduledTransition, what_happens_next
from app.schema.freight import TRANSIT, DeliveryEstimate, Transit, conditions, estimate
from app.schema.fulfilment import SHOWN, Deadline, Milestone, Review, Shipment
from app.schema.funds import FundsCard
from app.schema.log import narrow_log
from app.schema.money import Money, money
from app.schema.order_lists import LOAN_ELIGIBLE
from app.schema.papers import ProformaInvoice
from app.schema.people import Buyer, Member, Seller
from app.schema.postings import ORDER, Posting
from app.schema.protection import COURSE, Protection, panel
from app.schema.stages import StageFacts, StageStamp, stage, stages

fact = reads.element("fact")
change = reads.element("change")


@reads.reads(fact, part=True)
class EventFact:
    """A fact that an event rests on."""

    name: str | None = column(fact.c.value["name"].astext, "What it is about.")
    value: str | None = column(fact.c.value["value"].astext, "The fact.")


@reads.reads(change, part=True)
class EventChange:
    """Something that an event made different."""

    field: str | None = column(change.c.value["field"].astext, "What is different.")
    before: str | None = column(change.c.value["before"].astext, "What it was; null: nothing.")
    after: str | None = column(change.c.value["after"].astext, "What it is now; null: nothing.")


def _may_read(standing: Standing) -> list[tuple[bool, Scope]]:
    return [(standing.shipments, Scope.SHIPMENTS_READ), (standing.claims, Scope.CLAIMS_READ)]


def visible_events(standing: Standing) -> ColumnElement[bool]:
    """An event is seen by the sides it carries, cut by what their role may hear of (section 13)."""
    if standing.role is None or not standing.reads:
        return false()
    untold = sorted(str(kind) for may, scope in _may_read(standing) if not may for kind in SCOPED[scope])
    told = t.events.c.kind.not_in(untold) if untold else true()
    if standing.role is Role.OPERATOR:
        return told
    heard = and_(t.events.c.kind.in_(sorted(KINDS_FOR[standing.role])), told)
    if standing.role is Role.BUYER:
        return and_(t.events.c.buyer_id == standing.account_id, heard)
    own = and_(t.events.c.seller_id == standing.seller_id, heard)
    if standing.sees_all:
        return own
    assigned = (
        select(1).where(t.orders.c.id == t.events.c.order_id, t.orders.c.salesperson_id == standing.account_id).exists()
    )
    return and_(own, or_(t.events.c.salesperson_id == standing.account_id, assigned))


@reads.reads(t.events, visible=visible_events)
class Event:
    """Something that happened: to an order, a seller or the policy."""

    kind: EventKind = column(as_enum(EventKind, t.events.c.kind), "What happened.")
    subject: Subject = column(as_enum(Subject, t.events.c.subject), "What it happened to.")
    version: int = column(
        cast(t.events.c.version, Integer), "The version of its subject that it made; without gaps per subject."
    )
    at: datetime = column(t.events.c.at, "When it happened.")
    due_at: datetime | None = column(t.events.c.due_at, "The deadline it is about.")
    detected_at: datetime | None = column(
        t.events.c.detected_at, "When a lapse was noticed; later than `dueAt` after a downtime."
    )
    by: By = column(as_enum(By, t.events.c.by), "What kind of actor did it.")
    member: Member | None = one(
        t.members.c.account_id == t.events.c.by_account_id,
        description="Which member of the seller did it; null for the acts of others.",
        to=SELLER_SIDE,
    )
    changes: list[EventChange] = reads.elements(
        reads.never_null(t.events.c.data["changes"]), "What is different since."
    )
    facts: list[EventFact] = reads.elements(reads.never_null(t.events.c.data["facts"]), "What it rests on.")
    order: "Order | None" = one(
        t.orders.c.id == t.events.c.order_id, description="The order it happened to, as it is now."
    )
    seller: Seller | None = one(t.sellers.c.id == t.events.c.seller_id, description="The seller it concerns.")


@reads.reads(t.receipts, prefix="rcp", through=("Order", t.orders.c.id == t.receipts.c.order_id))
class Receipt(Node):
    """Money that arrived for an order. Amount = unassociated + counted + held + returned + payment fee."""

    id: ID = column(public_id("rcp", t.receipts.c.id), "The receipt's id.")
    method: PaymentMethod = column(as_enum(PaymentMethod, t.receipts.c.method), "How it was paid.")
    provider: str = column(t.receipts.c.provider, "Who stated that it arrived.")
    reference: str = column(t.receipts.c.reference, "The provider's reference; it counts once.")
    amount: Money = money(t.receipts.c.amount, t.receipts.c.currency, "What arrived.")
    unassociated: Money = money(t.receipts.c.unassociated, t.receipts.c.currency, "What waits to be associated.")
    counted: Money = money(t.receipts.c.counted, t.receipts.c.currency, "What counts for the order.")
    held: Money = money(t.receipts.c.held, t.receipts.c.currency, "What does not count and is held.")
    returned: Money = money(t.receipts.c.returned, t.receipts.c.currency, "What went back to its payer.")
    payment_fee: Money = money(t.receipts.c.payment_fee, t.receipts.c.currency, "The buyer's payment fee in it.")
    payer: str | None = column(t.receipts.c.payer, "Who paid, as the provider says.")
    value_date: datetime = column(t.receipts.c.value_date, "When it was paid, as the provider says.")
    recorded_at: datetime = column(t.receipts.c.recorded_at, "When it was recorded.")
    associated_at: datetime | None = column(t.receipts.c.associated_at, "When it was associated.")
    order: "Order | None" = one(t.orders.c.id == t.receipts.c.order_id, description="The order it is for.")


@reads.reads(t.orders, prefix="ord", visible=reads.visible_orders)
class Order(Node):
    """An assured order."""

    id: ID = column(public_id("ord", t.orders.c.id), "The order's id.")
    number: str | None = column(t.orders.c.number, "Twenty digits, time-ordered; null until it is submitted.")
    version: int = column(
        cast(t.orders.c.version, Integer), "How often it has changed: what `expectedVersion` is compared with."
    )
    status: Status = column(as_enum(Status, t.orders.c.status), "Where it stands.")
    awaiting: By | None = column(as_enum(By, t.orders.c.awaiting), "Whose confirmation is awaited.")
    stage: Stage = computed(
        stage,
        as_enum(Status, t.orders.c.status),
        as_enum(Status, t.orders.c.closed_in),
        description="The stage shown to people; a closed order keeps the one it closed in.",
    )
    stages: list[StageStamp] = computed(
        stages,
        reads.record(
            StageFacts,
            status=as_enum(Status, t.orders.c.status),
            closed_in=as_enum(Status, t.orders.c.closed_in),
            created_at=t.orders.c.created_at,
            confirmed_at=t.orders.c.confirmed_at,
            first_paid_at=t.orders.c.first_paid_at,
            dispatched_at=t.orders.c.dispatched_at,
            completed_at=t.orders.c.completed_at,
        ),
        description="The five stages, with when each was reached.",
    )
    type: OrderType = column(as_enum(OrderType, t.orders.c.type), "Who began it.")
    drafted_by: By = column(as_enum(By, t.orders.c.drafted_by), "Which side drafted it.")
    seller: Seller = one(t.sellers.c.id == t.orders.c.seller_id, description="The seller.")
    buyer: Buyer | None = one(t.accounts.c.id == t.orders.c.buyer_id, description="The buyer, once matched.")
    salesperson: Member | None = one(
        t.members.c.account_id == t.orders.c.salesperson_id,
        description="Who of the seller looks after it.",
        to=SELLER_SIDE,
    )
    seller_reference: str | None = column(t.orders.c.seller_reference, "The seller's own number of it.", to=SELLER_SIDE)
    buyer_reference: str | None = column(t.orders.c.buyer_reference, "The buyer's own number of it.", to=BUYER_SIDE)
    lead_source: LeadSource | None = column(
        as_enum(LeadSource, t.orders.c.lead_source),
        "Where its seller met the buyer, as the seller says; null: nobody said (DSK-2).",
        to=SELLER_SIDE,
    )
    labels: list[str] | None = column(
        t.orders.c.labels,
        "The words that its seller's members find it by, in the order they came (DSK-3).",
        to=SELLER_SIDE,
    )
    private_notes: list[PrivateNote] | None = many(
        t.private_notes.c.order_id == t.orders.c.id,
        t.private_notes.c.id,
        description="What its seller's members wrote down about it, oldest first (DSK-3).",
        to=SELLER_SIDE,
    )
    link: str | None = column(t.orders.c.link, "The secret of its order link, for the buyer.", to=SELLER_SIDE)
    contract: Contract = reads.same_row("What is agreed.")
    proforma_invoice: ProformaInvoice = reads.same_row("The contract as a paper to print (ORD-12).")
    funds: FundsCard = reads.same_row("Its money.")
    receipts: list[Receipt] = many(
        t.receipts.c.order_id == t.orders.c.id, t.receipts.c.id, description="Money that arrived for it."
    )
    postings: Connection[Posting] | None = page(
        t.postings.c.order_id == t.orders.c.id,
        *ORDER,
        description="What the viewer's side is to book of it, oldest first; null for whom it is hidden. New rows come "
        "after every cursor, with an event of the order.",
        to=WITH_LEDGER,
    )
    overdue: bool = column(
        t.orders.c.overdue_at.is_not(None),
        "Whether the dispatch deadline passed unmet; dispatching late leaves it, only an amendment clears it.",
    )
    overdue_since: datetime | None = column(
        t.orders.c.overdue_at, "The last good second of the dispatch deadline that passed."
    )
    dispatched_late: bool = column(
        and_(t.orders.c.overdue_at.is_not(None), t.orders.c.dispatched_at.is_not(None)),
        "Whether everything was dispatched, but late.",
    )
    dispatch_guaranteed: bool = column(
        t.orders.c.dispatch_guaranteed,
        "Whether dispatch on time is guaranteed: the seller had joined when it was offered.",
    )
    delivery_guaranteed: bool = column(
        t.orders.c.delivery_guaranteed, "Whether delivery on time is guaranteed, as judged when it was agreed (DLV-3)."
    )
    delivery_guarantee_failed: list[DeliveryCondition] = computed(
        conditions,
        t.orders.c.delivery_failed,
        description="Which conditions of that guarantee failed when it was agreed; none before.",
    )
    loan_eligible: bool | None = column(
        LOAN_ELIGIBLE,
        "Whether the seller may borrow on it: its money is in escrow, nothing of it is overdue and no dispute is open. "
        "Whether a lender lends is the lender's to say (DSK-2).",
        to=SELLER_SIDE,
    )
    transit: Transit = reads.same_row("What it keeps of its lane, as it was when the order was agreed.")
    promised_at: datetime | None = column(
        t.orders.c.promised_at,
        "The last good second of the promised date of delivery; fixed when the dispatch clock starts, and moved by "
        "amendments only (DLV-4).",
    )
    delivery_overdue: bool = column(
        t.orders.c.delivery_overdue_at.is_not(None),
        "Whether the promised date passed without delivery; proof that it was in time clears it.",
    )
    delivery_overdue_since: datetime | None = column(
        t.orders.c.delivery_overdue_at, "The last good second of the promised date that passed."
    )
    estimated_delivery: DeliveryEstimate | None = computed(
        estimate, TRANSIT, description="When it should arrive, from its actual dispatch; no promise (DLV-4)."
    )
    quota_occupied: Money | None = money(
        t.orders.c.quota_occupied,
        literal("USD"),
        "What it occupies of the seller's quota.",
        to=SELLER_FINANCE,
    )
    penalty_points: int | None = column(
        t.orders.c.penalty_points,
        "What being overdue costs the seller; 0 while enrolled, when waived, and when the overdue was cleared (ENR-3).",
        to=SELLER_FINANCE,
    )
    milestones: list[Milestone] = many(
        t.milestones.c.order_id == t.orders.c.id,
        t.milestones.c.on_date,
        t.milestones.c.id,
        description="What its seller reported of the production, day by day (SHP-7).",
    )
    shipments: list[Shipment] = many(
        t.shipments.c.order_id == t.orders.c.id, t.shipments.c.position, description="What was dispatched."
    )
    consignments: list[Consignment] = many(
        t.consignments.c.order_id == t.orders.c.id,
        t.consignments.c.id,
        description="The consignment orders at the agent's through which its goods are exported.",
    )
    export_requirements: ExportRequirements | None = computed(
        export_requirements,
        EXPORT,
        description="What its export method asks of it, met or missing, and how its money is withdrawn (FEE-3); null "
        "until a method is chosen.",
    )
    acknowledged: list[Acknowledgement] = computed(
        acknowledgements, t.orders.c.acknowledged, description="What its seller said to know when offering it (ORD-6)."
    )
    campaign: str | None = column(
        t.orders.c.campaign, "The campaign whose place it holds, beyond the limit of easy dispatch.", to=SELLER_SIDE
    )
    attachments: list[Attachment] = many(
        t.attachments.c.order_id == t.orders.c.id,
        t.attachments.c.id,
        description="Its files: the contract, proofs and evidence.",
    )
    deadlines: list[Deadline] = many(
        SHOWN,
        t.deadlines.c.due_at,
        t.deadlines.c.id,
        description="Its deadlines, with what became of each.",
    )
    amendments: list[Amendment] = many(
        t.amendments.c.order_id == t.orders.c.id, t.amendments.c.id, description="Proposed changes of its terms."
    )
    disputed: bool = column(
        reads.count_of(
            and_(t.disputes.c.order_id == t.orders.c.id, t.disputes.c.status != DisputeStatus.RESOLVED.value)
        )
        > 0,
        "Whether a dispute is open; receipt then waits.",
    )
    disputes: list[Dispute] = many(
        t.disputes.c.order_id == t.orders.c.id, t.disputes.c.id, description="The buyer's applications for a refund."
    )
    protection: Protection = computed(
        panel, COURSE, reads.now, description="How the buyer is protected, part by part (DSP-4)."
    )
    claim: Claim | None = one(t.claims.c.order_id == t.orders.c.id, description="The claim for its broken promise.")
    claim_check: ClaimCheck | None = computed(
        claim_check,
        CHECK,
        reads.viewer,
        reads.now,
        description="Why a claim can or cannot be filed now, what it would bring, and when that changes (CLM-9); null "
        "for a token that may not read claims.",
        only=reads.of_claims,
    )
    waivers: list[Waiver] | None = many(
        t.waivers.c.order_id == t.orders.c.id,
        t.waivers.c.id,
        description="Waivers granted for it (CLM-8).",
        to=SELLER_FINANCE,
    )
    recoveries: list[Recovery] | None = many(
        t.recoveries.c.order_id == t.orders.c.id,
        t.recoveries.c.id,
        description="What its seller owes because of it (COU-5).",
        to=SELLER_FINANCE,
    )
    review: Review | None = one(t.reviews.c.order_id == t.orders.c.id, description="The buyer's review.")
    log: Connection[Event] = page(
        t.events.c.order_id == t.orders.c.id,
        t.events.c.id,
        description="Every act on it by anyone, time included, oldest first (ORD-13).",
        narrow=narrow_log,
    )
    available_actions: list[ActionState] = computed(
        available_actions,
        STEP_FACTS,
        reads.viewer,
        reads.now,
        description="Every step that the viewer's role takes, whether it can be taken now, and if not, why.",
    )
    what_happens_next: list[ScheduledTransition] = computed(
        what_happens_next,
        FORECAST,
        reads.viewer,
        reads.now,
        description="Everything that time will do to it if nobody acts, in its order: when, by which rule, what would "
        "cancel it, and what it will cost whom. What waits for somebody comes last.",
    )
    explanations: list[Explanation] = computed(
        explained,
        FIGURES,
        reads.viewer,
        description="How its amounts and its promised date come about: rule, policy version, inputs and arithmetic.",
    )
    created_at: datetime = column(t.orders.c.created_at, "When its draft was begun.")
    updated_at: datetime = column(t.orders.c.updated_at, "When it last changed.")
    submitted_at: datetime | None = column(t.orders.c.submitted_at, "When it was last offered.")
    confirmed_at: datetime | None = column(t.orders.c.confirmed_at, "When the buyer confirmed it.")
    first_paid_at: datetime | None = column(t.orders.c.first_paid_at, "When the first instalment was complete.")
    fully_paid_at: datetime | None = column(t.orders.c.fully_paid_at, "When every instalment was complete.")
    dispatched_at: datetime | None = column(t.orders.c.dispatched_at, "When everything was dispatched.")
    delivered_at: datetime | None = column(t.orders.c.delivered_at, "When everything was delivered, as carriers say.")
    completed_at: datetime | None = column(t.orders.c.completed_at, "When the goods were received.")
    received_by: By | None = column(
        as_enum(By, t.orders.c.received_by), "Who said that they were received: the buyer, or time."
    )
    closed_at: datetime | None = column(t.orders.c.closed_at, "When it was closed.")
    close_reason: CloseReason | None = column(as_enum(CloseReason, t.orders.c.close_reason), "Why it was closed.")
    close_note: str | None = column(t.orders.c.close_note, "What was said when it was closed.")
