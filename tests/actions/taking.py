"""How a test takes each step of the lifecycle through its action: plausible arguments, and what must come first."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.actions import claims, consignments, desk, disputes, files, fulfilment, members, orders, payments
from app.actions.work import Call
from app.db import tables as t
from app.domain.access import By
from app.domain.conditions import State
from app.domain.contract import CONTACT_FIELDS
from app.domain.corrections import Shift
from app.domain.fulfilment import Parcel, Report
from app.domain.funds import Arrival
from app.domain.goods import AttachmentPurpose
from app.domain.ledger import AccountKind
from app.domain.lifecycle import Step, Who
from app.domain.members import Handover
from app.domain.money import Money
from app.domain.policy import PaymentMethod
from app.domain.records import LeadSource, TrackingKind
from app.domain.remedies import DisputeAnswer, DisputeReason
from tests.actions import promising
from tests.domain.build import CONTACT, terms
from tests.market import PROVIDER, Market, by, confirmed, drafted, order_row, pay, submitted, uploaded

NOTHING = UUID(int=0)
REQUEST = {**CONTACT, "items": terms()["items"]}
Take = Callable[[Market, Call, UUID], Awaitable[object]]


def call_of(market: Market, who: Who) -> Call:
    """A call of somebody in this market, or of a source without an account."""
    actors = {
        Who.BUYER: market.buyer,
        Who.OWNER: market.seller.owner,
        Who.SALES: market.seller.sales,
        Who.FINANCE: market.seller.finance,
        Who.OPERATOR: market.operator,
    }
    actor = actors.get(who)
    return Call(By(who)) if actor is None else by(actor)


# --- steps ------------------------------------------------------------------------------------------------------


def arrival(market: Market, method: PaymentMethod, amount: int, currency: str = "USD") -> Arrival:
    """Money under a fresh reference."""
    means = market.means
    return Arrival(method, "demonstration", means.mint.id().hex, amount, currency, "A buyer", means.clock.now())


def _arrive(method: PaymentMethod) -> Take:
    return lambda market, call, order_id: payments.arrive(market.means, call, order_id, arrival(market, method, 1))


async def receipt_where(market: Market, order_id: UUID, condition: str) -> UUID:
    """A receipt of the order for which this holds, or the id of none."""
    query = text(f"SELECT id FROM receipts WHERE order_id = :order AND {condition} ORDER BY id LIMIT 1")
    async with market.means.engine.connect() as connection:
        return (await connection.execute(query, {"order": order_id})).scalar() or NOTHING


def _on_receipt(act: Callable[..., Awaitable[UUID]], condition: str) -> Take:
    async def take(market: Market, call: Call, order_id: UUID) -> UUID:
        return await act(market.means, call, order_id, await receipt_where(market, order_id, condition))

    return take


async def last_shipment(market: Market, order_id: UUID) -> UUID:
    """The shipment that left last, or the id of none."""
    shipments = t.shipments.c
    query = select(shipments.id).where(shipments.order_id == order_id).order_by(shipments.position.desc()).limit(1)
    async with market.means.engine.connect() as connection:
        return (await connection.execute(query)).scalar() or NOTHING


async def _correct(market: Market, call: Call, order_id: UUID) -> UUID:
    shipment_id = await last_shipment(market, order_id)
    return await fulfilment.correct(market.means, call, shipment_id, None, market.means.mint.id().hex, None)


async def _track(market: Market, call: Call, order_id: UUID) -> UUID:
    now = market.means.clock.now()
    report = Report(TrackingKind.IN_TRANSIT, now, "carrier", market.means.mint.id().hex, "Oakland")
    return await fulfilment.track(market.means, call, await last_shipment(market, order_id), report)


async def _disputed(market: Market, order_id: UUID) -> UUID:
    """The dispute of the order that was opened last, or the id of none."""
    disputes_ = t.disputes.c
    query = select(disputes_.id).where(disputes_.order_id == order_id).order_by(disputes_.id.desc()).limit(1)
    async with market.means.engine.connect() as connection:
        return (await connection.execute(query)).scalar() or NOTHING


def _in_dispute(act: Callable[..., Awaitable[UUID]], *given: object) -> Take:
    async def take(market: Market, call: Call, order_id: UUID) -> UUID:
        return await act(market.means, call, await _disputed(market, order_id), *given)

    return take


async def _claimed(market: Market, order_id: UUID) -> UUID:
    """The claim of the order, or the id of none."""
    async with market.means.engine.connect() as connection:
        query = select(t.claims.c.id).where(t.claims.c.order_id == order_id)
        return (await connection.execute(query)).scalar() or NOTHING


def _on_claim(act: Callable[..., Awaitable[UUID]], *given: object) -> Take:
    async def take(market: Market, call: Call, order_id: UUID) -> UUID:
        return await act(market.means, call, await _claimed(market, order_id), *given)

    return take


async def _start(market: Market, call: Call, order_id: UUID) -> UUID:
    return await payments.start(market.means, call, order_id, None, PaymentMethod.VISA, "demonstration")


async def _link(market: Market, call: Call, order_id: UUID) -> UUID:
    return await consignments.link(market.means, call, order_id, market.means.mint.id().hex, None)


async def _attach_proof(market: Market, call: Call, order_id: UUID) -> UUID:
    shipment_id, file_id = await last_shipment(market, order_id), await _waiting(market, call)
    return await files.attach_proofs(market.means, call, shipment_id, order_id, [file_id])


async def _attach_evidence(market: Market, call: Call, order_id: UUID) -> UUID:
    return await files.attach_evidence(market.means, call, order_id, [await _waiting(market, call)])


async def _waiting(market: Market, call: Call) -> UUID:
    """The file that the actor has sent last and not used, or the id of none."""
    f = t.attachments.c
    sent_by = NOTHING if call.actor is None else call.actor.account_id
    query = select(f.id).where(f.uploaded_by == sent_by, f.order_id.is_(None)).order_by(f.id.desc()).limit(1)
    async with market.means.engine.connect() as connection:
        return (await connection.execute(query)).scalar() or NOTHING


async def _set_reference(market: Market, call: Call, order_id: UUID) -> UUID:
    return await orders.set_reference(market.means, call, order_id, f"ERP-{market.means.mint.id().hex}")


async def _set_lead_source(market: Market, call: Call, order_id: UUID) -> UUID:
    """To one that it does not have: what is said already is no step."""
    said = (await order_row(market.means, order_id))["lead_source"]
    source = LeadSource.RFQ if said != LeadSource.RFQ else LeadSource.CHAT
    return await desk.set_lead_source(market.means, call, order_id, source)


async def _add_milestone(market: Market, call: Call, order_id: UUID) -> UUID:
    today, pictures = market.means.clock.now().date(), [await _waiting(market, call)]
    return await fulfilment.add_milestone(market.means, call, order_id, today, "The moulds are made.", pictures)


async def _assign(market: Market, call: Call, order_id: UUID) -> UUID:
    """Somebody assigns it; time does so when whoever has it was removed."""
    means, to = market.means, market.seller.sales.account_id
    if call.by is not By.TIME:
        return await orders.assign(means, call, order_id, to)
    had: UUID = (await order_row(means, order_id))["salesperson_id"]
    return await members.give(means, order_id, Handover(NOTHING, market.seller.id, had, to, means.clock.now()))


TAKE: Mapping[Step, Take] = {
    Step.EDIT: lambda market, call, order_id: orders.edit(market.means, call, order_id, {"notes": "With care."}),
    Step.MATCH_BUYER: lambda market, call, order_id: orders.match_buyer(market.means, call, order_id),
    Step.DELETE: lambda market, call, order_id: orders.delete_draft(market.means, call, order_id),
    Step.SUBMIT: lambda market, call, order_id: orders.submit(market.means, call, order_id),
    Step.REVISE: lambda market, call, order_id: orders.revise(market.means, call, order_id),
    Step.CONFIRM: lambda market, call, order_id: orders.confirm(market.means, call, order_id),
    Step.CANCEL: lambda market, call, order_id: orders.cancel(market.means, call, order_id, "Ordered twice."),
    Step.DECLINE: lambda market, call, order_id: orders.decline(market.means, call, order_id, "Too dear."),
    Step.START_PAYMENT: _start,
    Step.RECORD_RECEIPT: _arrive(PaymentMethod.VISA),
    Step.RECORD_TRANSFER: _arrive(PaymentMethod.TT),
    Step.ASSOCIATE: _on_receipt(payments.associate, "unassociated > 0"),
    Step.UNDO_ASSOCIATION: _on_receipt(payments.undo_association, "counted > 0 AND associated_at IS NOT NULL"),
    Step.REFUND_HELD: _on_receipt(payments.refund_held, "held > 0"),
    Step.PROPOSE_AMENDMENT: lambda market, call, order_id: fulfilment.propose_amendment(
        market.means, call, order_id, {"dispatch_days": 10}, "The mould broke."
    ),
    Step.WITHDRAW_AMENDMENT: lambda market, call, order_id: fulfilment.withdraw_amendment(market.means, call, order_id),
    Step.ANSWER_AMENDMENT: lambda market, call, order_id: fulfilment.answer_amendment(
        market.means, call, order_id, True
    ),
    Step.DISPATCH: lambda market, call, order_id: fulfilment.dispatch(
        market.means, call, order_id, Parcel("DHL", "JD0001")
    ),
    Step.CORRECT_SHIPMENT: _correct,
    Step.RECORD_TRACKING: _track,
    Step.CONFIRM_RECEIPT: lambda market, call, order_id: fulfilment.confirm_receipt(market.means, call, order_id),
    Step.FILE_CLAIM: lambda market, call, order_id: claims.file(market.means, call, order_id, None, None),
    Step.DECIDE_CLAIM: _on_claim(claims.decide, True, None, "The facts are plain.", None),
    Step.UNDO_CLAIM_DECISION: _on_claim(claims.undo_decision, "Of another order."),
    Step.WAIVE: lambda market, call, order_id: claims.waive(market.means, call, order_id, True, "A closed port."),
    Step.WITHDRAW_WAIVER: lambda market, call, order_id: claims.withdraw_waiver(
        market.means, call, order_id, "It was open after all."
    ),
    Step.OPEN_DISPUTE: lambda market, call, order_id: disputes.apply_for_refund(
        market.means, call, order_id, DisputeReason.QUALITY, Money(100, "USD"), None
    ),
    Step.ANSWER_DISPUTE: _in_dispute(disputes.answer, DisputeAnswer.COUNTER, Money(40, "USD"), None),
    Step.ANSWER_OFFER: _in_dispute(disputes.answer, DisputeAnswer.ACCEPT, None, None),
    Step.WITHDRAW_DISPUTE: _in_dispute(disputes.withdraw, None),
    Step.ESCALATE_DISPUTE: _in_dispute(disputes.escalate, None),
    Step.DECIDE_DISPUTE: _in_dispute(disputes.decide, Money(0, "USD"), "The pictures show it."),
    Step.REOPEN_DISPUTE: _in_dispute(disputes.reopen, "The pictures were of another order."),
    Step.REVIEW: lambda market, call, order_id: fulfilment.review(market.means, call, order_id, 5, 4, 5, "Fine."),
    Step.REPLY: lambda market, call, order_id: fulfilment.reply(market.means, call, order_id, "Thank you."),
    Step.ASSIGN: _assign,
    Step.ADD_MILESTONE: _add_milestone,
    Step.LABEL: lambda market, call, order_id: desk.label(market.means, call, order_id, ["VIP"], []),
    Step.NOTE: lambda market, call, order_id: desk.add_note(market.means, call, order_id, "Calls on Mondays."),
    Step.SET_REFERENCE: _set_reference,
    Step.SET_LEAD_SOURCE: _set_lead_source,
    Step.CORRECT_LEDGER: lambda market, call, order_id: payments.correct(
        market.means, call, order_id, [Shift(AccountKind.SUBSIDY, AccountKind.SELLER, Money(1_00, "USD"))], "Twice."
    ),
    Step.LINK_CONSIGNMENT: _link,
    Step.ATTACH_PROOF: _attach_proof,
    Step.ATTACH_EVIDENCE: _attach_evidence,
}


# --- states -----------------------------------------------------------------------------------------------------


async def request_draft(market: Market) -> UUID:
    """A buyer's draft of a request."""
    words = {**REQUEST, "email": market.buyer.email}
    return await orders.draft(market.means, by(market.buyer), words, market.seller.id)


async def requested(market: Market) -> UUID:
    """A buyer's request that waits for the seller."""
    return await orders.submit(market.means, by(market.buyer), await request_draft(market))


async def completed_request(market: Market) -> UUID:
    """A request that the seller has completed and not yet sent back."""
    order_id = await requested(market)
    added = {name: value for name, value in terms().items() if name not in CONTACT_FIELDS}
    return await orders.edit(market.means, by(market.seller.owner), order_id, added)


async def answered_request(market: Market) -> UUID:
    """A completed request that waits for the buyer."""
    return await orders.submit(market.means, by(market.seller.owner), await completed_request(market))


async def taken_back(market: Market, who: Who) -> UUID:
    """An offer its drafter took back to a draft: the buyer's own, or else the seller's."""
    if who is Who.BUYER:
        return await orders.revise(market.means, by(market.buyer), await requested(market))
    return await orders.revise(market.means, by(market.seller.owner), await submitted(market))


async def deposited(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """An order with its deposit in, that waits for dispatch."""
    order_id = await confirmed(market, written)
    await pay(market, order_id)
    return order_id


async def send(market: Market, order_id: UUID, lines: int | None = None) -> UUID:
    """So many of the order's lines leave, or all that is left; the id of the shipment."""
    quantities = None
    if lines is not None:
        items = t.items.c
        query = select(items.id, items.quantity).where(items.order_id == order_id).order_by(items.position).limit(lines)
        async with market.means.engine.connect() as connection:
            quantities = {row.id: row.quantity for row in await connection.execute(query)}
    parcel = Parcel("DHL", "JD0001", quantities=quantities)
    return await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, parcel)


async def partly_sent(market: Market) -> UUID:
    """An order of which one line has left."""
    order_id = await deposited(market)
    await send(market, order_id, 1)
    return order_id


async def sent(market: Market) -> UUID:
    """An order with everything on its way and the balance still open."""
    order_id = await deposited(market)
    await send(market, order_id)
    return order_id


async def received(market: Market) -> UUID:
    """An order whose goods the buyer has received, with the balance still open."""
    return await fulfilment.confirm_receipt(market.means, by(market.buyer), await sent(market))


async def cancelled(market: Market) -> UUID:
    """An order that was called off after it was agreed."""
    return await orders.cancel(market.means, by(market.buyer), await confirmed(market), "Ordered twice.")


REACH: Mapping[State, Callable[[Market], Awaitable[UUID]]] = {
    State.DRAFT: drafted,
    State.CONF_SELLER: requested,
    State.CONF_BUYER: submitted,
    State.PAYMENT: confirmed,
    State.DISPATCH: deposited,
    State.PARTLY: partly_sent,
    State.DISPATCHED: sent,
    State.COMPLETED: received,
    State.CLOSED: cancelled,
}


# --- what must come first ---------------------------------------------------------------------------------------


async def land(market: Market, order_id: UUID, amount: int = 1, currency: str = "USD") -> UUID:
    """A transfer arrives; the id of its receipt."""
    landing = arrival(market, PaymentMethod.TT, amount, currency)
    return await payments.arrive(market.means, PROVIDER, order_id, landing)


async def card(market: Market, order_id: UUID, amount: int, currency: str = "USD") -> UUID:
    """Money arrives online that nobody announced; the id of its receipt."""
    paying = arrival(market, PaymentMethod.VISA, amount, currency)
    return await payments.arrive(market.means, PROVIDER, order_id, paying)


async def associated(market: Market, order_id: UUID, amount: int = 1) -> UUID:
    """A transfer arrives and is associated; the id of its receipt."""
    receipt_id = await land(market, order_id, amount)
    await payments.associate(market.means, by(market.seller.finance), order_id, receipt_id)
    return receipt_id


async def _proposed(market: Market, order_id: UUID) -> None:
    await TAKE[Step.PROPOSE_AMENDMENT](market, by(market.seller.owner), order_id)


async def _reviewed(market: Market, order_id: UUID) -> None:
    await TAKE[Step.REVIEW](market, by(market.buyer), order_id)


async def in_money(market: Market, order_id: UUID) -> None:
    """Something has counted for the order, and not so much that it moves on."""
    row = await order_row(market.means, order_id)
    if not row["received"]:
        await card(market, order_id, 200)


def _after(*steps: tuple[Step, Who]) -> Callable[[Market, UUID], Awaitable[None]]:
    """Take these steps one after another on an order with money in."""

    async def prepare(market: Market, order_id: UUID) -> None:
        await in_money(market, order_id)
        for step, who in steps:
            await TAKE[step](market, call_of(market, who), order_id)

    return prepare


_ASK, _OFFER = (Step.OPEN_DISPUTE, Who.BUYER), (Step.ANSWER_DISPUTE, Who.SALES)
_ESCALATE, _REJECT = (Step.ESCALATE_DISPUTE, Who.BUYER), (Step.DECIDE_DISPUTE, Who.OPERATOR)


def _sent(purpose: AttachmentPurpose) -> Callable[[Market, UUID], Awaitable[None]]:
    """Everybody has sent a file."""

    async def send_all(market: Market, _: UUID) -> None:
        for actor in (market.seller.owner, market.seller.sales, market.buyer, market.operator):
            await uploaded(market.means, actor, purpose)

    return send_all


# On orders of their own, of a seller who promised and was late
BROKEN: Mapping[Step, tuple[tuple[Step, Who], ...]] = {
    Step.FILE_CLAIM: (),
    Step.DECIDE_CLAIM: ((Step.FILE_CLAIM, Who.BUYER),),
    Step.UNDO_CLAIM_DECISION: ((Step.FILE_CLAIM, Who.BUYER), (Step.DECIDE_CLAIM, Who.OPERATOR)),
    Step.WAIVE: (),
    Step.WITHDRAW_WAIVER: ((Step.WAIVE, Who.OPERATOR),),
}
PREPARE: Mapping[Step, Callable[[Market, UUID], Awaitable[object]]] = {
    Step.OPEN_DISPUTE: _after(),
    Step.ANSWER_DISPUTE: _after(_ASK),
    Step.ANSWER_OFFER: _after(_ASK, _OFFER),
    Step.WITHDRAW_DISPUTE: _after(_ASK),
    Step.ESCALATE_DISPUTE: _after(_ASK),
    Step.DECIDE_DISPUTE: _after(_ASK, _ESCALATE),
    Step.REOPEN_DISPUTE: _after(_ASK, _ESCALATE, _REJECT),
    Step.ASSOCIATE: land,
    Step.UNDO_ASSOCIATION: associated,
    Step.REFUND_HELD: lambda market, order_id: card(market, order_id, 1, "CHF"),
    Step.WITHDRAW_AMENDMENT: _proposed,
    Step.ANSWER_AMENDMENT: _proposed,
    Step.REPLY: _reviewed,
    Step.ADD_MILESTONE: _sent(AttachmentPurpose.PRODUCTION),
    Step.ATTACH_PROOF: _sent(AttachmentPurpose.PROOF),
    Step.ATTACH_EVIDENCE: _sent(AttachmentPurpose.EVIDENCE),
}
_MONEY_STEPS = (Step.RECORD_RECEIPT, Step.RECORD_TRANSFER, Step.REFUND_HELD)


async def ready(market: Market, step: Step, state: State, who: Who) -> UUID:
    """The id of a fresh order in a state, on which somebody can take a step that the book allows them."""
    if state is State.DRAFT and step in _MONEY_STEPS:
        order_id = await taken_back(market, who)
    elif state is State.DRAFT:
        order_id = await (request_draft(market) if who is Who.BUYER else drafted(market))
    elif state is State.CONF_SELLER and step is Step.SUBMIT:
        order_id = await completed_request(market)
    elif state is State.CLOSED and step is Step.RECORD_TRACKING:
        order_id = await _closed_under_way(market)
    elif step is Step.WAIVE and state is State.CLOSED:
        order_id, _ = await promising.compensated(market)
        await promising.refund(market, order_id)
    elif step in BROKEN:
        order_id = await promising.broken(market, state)
        for first, by_whom in BROKEN[step]:
            await TAKE[first](market, call_of(market, by_whom), order_id)
    else:
        order_id = await REACH[state](market)
    if step in PREPARE:
        await PREPARE[step](market, order_id)
    return order_id


async def _closed_under_way(market: Market) -> UUID:
    """An order that closed with goods on their way, as a full refund will leave it; no action leads there yet."""
    order_id = await sent(market)
    closed = text("UPDATE orders SET status = 'CLOSED', closed_in = status, closed_at = updated_at WHERE id = :order")
    void = text("UPDATE deadlines SET status = 'VOID', settled_at = starts_at WHERE order_id = :order")
    async with market.means.engine.begin() as connection:
        await connection.execute(closed, {"order": order_id})
        await connection.execute(void, {"order": order_id})
    return order_id
