"""How a test takes each step of the lifecycle: the domain's function, plausible arguments, and what must come first."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from app.domain import (
    amendments,
    attachments,
    claims,
    consignments,
    corrections,
    disputes,
    drafts,
    fulfilment,
    funds,
    guarantees,
    labels,
    leads,
    milestones,
    notes,
    orders,
    payments,
    reviews,
    waivers,
)
from app.domain.conditions import State
from app.domain.corrections import Shift
from app.domain.fulfilment import Parcel, Report
from app.domain.funds import Arrival
from app.domain.goods import AttachmentPurpose
from app.domain.ledger import AccountKind
from app.domain.lifecycle import TABLE, Step, Who
from app.domain.money import Money
from app.domain.policy import PaymentMethod
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, LeadSource, Status, TrackingKind
from app.domain.remedies import DisputeAnswer, DisputeReason
from app.domain.steps import associable
from app.domain.trade import Act, Trade
from tests.domain import build, disputing, promising
from tests.domain.build import MINT, SALES_ID, act, at_state, drafted, request_draft, requested, submitted

Take = Callable[[Trade, Act], Trade]
NOTHING = UUID(int=0)


def _arrive(trade: Trade, doer: Act, method: PaymentMethod) -> Trade:
    reference = f"taken-{MINT.id().int}"
    return funds.arrive(trade, doer, Arrival(method, "demo", reference, 100, trade.order.currency, None, doer.now))


def _start_payment(trade: Trade, doer: Act) -> Trade:
    return payments.start(trade, doer, None, PaymentMethod.VISA, "demo", f"started-{MINT.id().int}")[0]


def _associate(trade: Trade, doer: Act) -> Trade:
    waiting = (receipt.id for receipt in trade.receipts if associable(trade, receipt))
    return funds.associate(trade, doer, next(waiting, NOTHING))


def _undo(trade: Trade, doer: Act) -> Trade:
    associated = (receipt.id for receipt in trade.receipts if receipt.counted and receipt.associated_at)
    return funds.undo_association(trade, doer, next(associated, NOTHING))


def _refund(trade: Trade, doer: Act) -> Trade:
    held = (receipt.id for receipt in trade.receipts if receipt.held)
    return funds.refund_held(trade, doer, next(held, NOTHING))


def _correct(trade: Trade, doer: Act) -> Trade:
    at_carrier = (row.id for row in trade.shipments if not row.delivered_at)
    shipment = next(at_carrier, trade.shipments[0].id if trade.shipments else NOTHING)
    return fulfilment.correct(trade, doer, shipment, None, f"JD-{MINT.id().int}", None)


def _track(trade: Trade, doer: Act) -> Trade:
    shipment = trade.shipments[-1].id if trade.shipments else NOTHING
    report = Report(TrackingKind.DELIVERED, doer.now, "carrier", f"scan-{MINT.id().int}")
    return fulfilment.track(trade, doer, shipment, report)


def _deadline(trade: Trade, kind: DeadlineKind, at: datetime) -> Deadline:
    running = trade.deadline(kind)
    made = Deadline(MINT.id(), trade.order.id, kind, None, at, at, "a test", {}, DeadlineStatus.RUNNING, None, None)
    return running or made


def _receive_automatically(trade: Trade, doer: Act) -> Trade:
    return fulfilment.receive_automatically(trade, _deadline(trade, DeadlineKind.AUTO_RECEIPT, doer.now), doer)


def _raise_overdue(trade: Trade, doer: Act) -> Trade:
    return fulfilment.raise_overdue(trade, _deadline(trade, DeadlineKind.DISPATCH, doer.now), doer)


def _disputed(trade: Trade) -> UUID:
    return trade.disputes[-1].id if trade.disputes else NOTHING


def _open_dispute(trade: Trade, doer: Act) -> Trade:
    return disputes.apply_for_refund(trade, doer, DisputeReason.QUALITY, disputing.money(trade, 1), None)


def _raise_delivery_overdue(trade: Trade, doer: Act) -> Trade:
    return guarantees.raise_delivery_overdue(trade, _deadline(trade, DeadlineKind.DELIVERY, doer.now), doer)


def _cancel_unpaid(trade: Trade, doer: Act) -> Trade:
    return orders.cancel_unpaid(trade, _deadline(trade, DeadlineKind.UNPAID_DISCOUNT, doer.now), doer)


def _attach_proof(trade: Trade, doer: Act) -> Trade:
    trade, file = build.offering(trade, doer, AttachmentPurpose.PROOF)
    shipment = trade.shipments[-1].id if trade.shipments else NOTHING
    return attachments.attach_proofs(trade, doer, shipment, [file.id])


def _add_milestone(trade: Trade, doer: Act) -> Trade:
    trade, file = build.offering(trade, doer, AttachmentPurpose.PRODUCTION)
    return milestones.add(trade, doer, doer.now.date(), "The moulds are made.", [file.id])


def _attach_evidence(trade: Trade, doer: Act) -> Trade:
    trade, file = build.offering(trade, doer, AttachmentPurpose.EVIDENCE)
    return attachments.attach_evidence(trade, doer, [file.id])


TAKE: Mapping[Step, Take] = {
    Step.EDIT: lambda trade, doer: drafts.edit(trade, doer, {"notes": "Handle with care."}),
    Step.MATCH_BUYER: drafts.match_buyer,
    Step.DELETE: drafts.delete,
    Step.SUBMIT: orders.submit,
    Step.REVISE: orders.revise,
    Step.CONFIRM: orders.confirm,
    Step.CANCEL: lambda trade, doer: orders.cancel(trade, doer, "Ordered twice."),
    Step.DECLINE: lambda trade, doer: orders.decline(trade, doer, "Too dear."),
    Step.START_PAYMENT: _start_payment,
    Step.RECORD_RECEIPT: lambda trade, doer: _arrive(trade, doer, PaymentMethod.VISA),
    Step.RECORD_TRANSFER: lambda trade, doer: _arrive(trade, doer, PaymentMethod.TT),
    Step.ASSOCIATE: _associate,
    Step.UNDO_ASSOCIATION: _undo,
    Step.REFUND_HELD: _refund,
    Step.PROPOSE_AMENDMENT: lambda trade, doer: amendments.propose(trade, doer, {"dispatch_days": 10}, None),
    Step.WITHDRAW_AMENDMENT: amendments.withdraw,
    Step.ANSWER_AMENDMENT: lambda trade, doer: amendments.answer(trade, doer, True),
    Step.ADD_MILESTONE: _add_milestone,
    Step.DISPATCH: lambda trade, doer: fulfilment.dispatch(trade, doer, Parcel("DHL", "JD0001")),
    Step.CORRECT_SHIPMENT: _correct,
    Step.RECORD_TRACKING: _track,
    Step.CONFIRM_RECEIPT: fulfilment.confirm_receipt,
    Step.RECEIVE_AUTOMATICALLY: _receive_automatically,
    Step.RAISE_OVERDUE: _raise_overdue,
    Step.RAISE_DELIVERY_OVERDUE: _raise_delivery_overdue,
    Step.CANCEL_UNPAID: _cancel_unpaid,
    Step.FILE_CLAIM: lambda trade, doer: claims.file(trade, doer, None, None),
    Step.DECIDE_CLAIM: lambda trade, doer: claims.decide(trade, doer, True, None, "The facts are plain.", None),
    Step.UNDO_CLAIM_DECISION: lambda trade, doer: claims.undo_decision(trade, doer, "Of another order."),
    Step.WAIVE: lambda trade, doer: waivers.grant(trade, doer, True, "The port was closed."),
    Step.CORRECT_LEDGER: lambda trade, doer: corrections.correct(
        trade, doer, [Shift(AccountKind.SUBSIDY, AccountKind.SELLER, Money(1_00, "USD"))], "Charged twice."
    ),
    Step.WITHDRAW_WAIVER: lambda trade, doer: waivers.withdraw(trade, doer, "It was open after all."),
    Step.OPEN_DISPUTE: _open_dispute,
    Step.ANSWER_DISPUTE: lambda trade, doer: disputes.answer_request(
        trade, doer, _disputed(trade), DisputeAnswer.REJECT, None, None
    ),
    Step.ANSWER_OFFER: lambda trade, doer: disputes.answer_offer(
        trade, doer, _disputed(trade), DisputeAnswer.ACCEPT, None, None
    ),
    Step.WITHDRAW_DISPUTE: lambda trade, doer: disputes.withdraw(trade, doer, _disputed(trade)),
    Step.ESCALATE_DISPUTE: lambda trade, doer: disputes.escalate(trade, doer, _disputed(trade)),
    Step.DECIDE_DISPUTE: lambda trade, doer: disputes.decide(
        trade, doer, _disputed(trade), disputing.money(trade, 50), "The pictures show it."
    ),
    Step.REOPEN_DISPUTE: lambda trade, doer: disputes.reopen(trade, doer, _disputed(trade), "Of another order."),
    Step.REVIEW: lambda trade, doer: reviews.review(trade, doer, 5, 4, 5, "Well packed."),
    Step.REPLY: lambda trade, doer: reviews.reply(trade, doer, "Thank you."),
    Step.ASSIGN: lambda trade, doer: orders.assign(trade, doer, SALES_ID),
    Step.LABEL: lambda trade, doer: labels.label(trade, doer, [f"label {MINT.id().int}"], []),
    Step.NOTE: lambda trade, doer: notes.add(trade, doer, "Calls on Mondays."),
    Step.SET_REFERENCE: lambda trade, doer: orders.set_reference(trade, doer, f"ERP-{MINT.id().int}"),
    Step.SET_LEAD_SOURCE: lambda trade, doer: leads.set_source(
        trade, doer, LeadSource.RFQ if trade.order.lead_source is not LeadSource.RFQ else LeadSource.CHAT
    ),
    Step.LINK_CONSIGNMENT: lambda trade, doer: consignments.link(trade, doer, f"YDT-{MINT.id().int}", None),
    Step.ATTACH_PROOF: _attach_proof,
    Step.ATTACH_EVIDENCE: _attach_evidence,
}


def _associated(trade: Trade) -> Trade:
    return build.associate(build.transfer(trade, 100))


# What makes a step's conditions hold; the other steps need nothing
_PREPARE: Mapping[Step, Callable[[Trade], Trade]] = {
    Step.ASSOCIATE: lambda trade: build.transfer(trade, 100),
    Step.UNDO_ASSOCIATION: _associated,
    Step.REFUND_HELD: lambda trade: build.pay(trade, 100, currency="CHF"),
    Step.WITHDRAW_AMENDMENT: build.propose,
    Step.ANSWER_AMENDMENT: build.propose,
    Step.REPLY: lambda trade: reviews.review(trade, act(Who.BUYER), 5, 4, 5, None),
    Step.OPEN_DISPUTE: disputing.in_money,
    Step.ANSWER_DISPUTE: disputing.asked,
    Step.ANSWER_OFFER: lambda trade: disputing.offered(disputing.asked(trade)),
    Step.WITHDRAW_DISPUTE: disputing.asked,
    Step.ESCALATE_DISPUTE: disputing.asked,
    Step.DECIDE_DISPUTE: lambda trade: disputing.escalated(disputing.asked(trade)),
    Step.REOPEN_DISPUTE: disputing.rejected,
}
# What stands on orders of their own, of sellers who promised
_BROKEN: Mapping[Step, Callable[[Trade], Trade]] = {
    Step.FILE_CLAIM: lambda trade: trade,
    Step.DECIDE_CLAIM: promising.claimed,
    Step.UNDO_CLAIM_DECISION: lambda trade: promising.approved(promising.claimed(trade)),
    Step.WAIVE: lambda trade: trade,
    Step.WITHDRAW_WAIVER: promising.waived,
}
_MONEY_STEPS = (Step.RECORD_RECEIPT, Step.RECORD_TRANSFER, Step.REFUND_HELD)


def closed_under_way() -> Trade:
    """An order that closed with goods on their way, as a full refund will leave it; no step leads there yet."""
    return build.dispatched().change(status=Status.CLOSED, closed_at=build.START, closed_in=Status.DISPATCHED)


def numbered_draft(who: Who) -> Trade:
    """An offer its drafter took back: the buyer's own, or else the seller's."""
    if who is Who.BUYER:
        return orders.revise(requested(), act(Who.BUYER))
    return orders.revise(submitted(), act(Who.OWNER))


def ready(step: Step, state: State, who: Who) -> Trade:
    """A trade in a state on which somebody can take a step, where anybody can."""
    if state is State.DRAFT and step in _MONEY_STEPS:
        trade = numbered_draft(who)
    elif state is State.DRAFT:
        trade = request_draft() if who is Who.BUYER else drafted()
    elif state is State.CONF_SELLER and step is Step.SUBMIT:
        trade = build.completing(at_state(state))
    elif state is State.CLOSED and step is Step.RECORD_TRACKING:
        trade = closed_under_way()
    elif step in _BROKEN and state in promising.PROMISED:
        trade = _BROKEN[step](promising.broken(state))
    elif step is Step.WAIVE and state is State.CLOSED:
        trade = disputing.refunded(promising.compensated())
    else:
        trade = at_state(state)
    return _PREPARE[step](trade) if step in _PREPARE and state in TABLE[step] else trade
