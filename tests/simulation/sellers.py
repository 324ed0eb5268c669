"""The sellers of simulated orders: punctual, late and vanishing; they complete, amend, dispatch, argue, reply."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.actions import consignments, desk, files, fulfilment, orders, payments
from app.domain.errors import ErrorCode
from app.domain.fulfilment import Parcel
from app.domain.goods import AttachmentPurpose
from app.domain.lifecycle import Step, Who
from app.domain.policy import ExportMethod
from app.domain.records import DispatchTerm, LeadSource, Status
from app.domain.steps import associable
from app.domain.trade import Trade
from tests.market import uploaded
from tests.simulation import arguing, buyers, carriers, origins
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, World

SLOWLY = {
    Status.PENDING_CONFIRMATION: (5, 30),
    Status.PENDING_PAYMENT: (12, 90),
    Status.PENDING_DISPATCH: (16, 60),
    Status.PARTIALLY_DISPATCHED: (10, 40),
    Status.DISPATCHED: (70, 180),
    Status.COMPLETED: (150, 320),
}


async def life(world: World, deal: Deal) -> Life:
    """The seller comes back again and again, until the order is over."""
    begun, pause = world.time.now, world.hours(2, 20)
    while True:
        yield pause
        trade = await world.look(deal)
        if trade is None or buyers.over(world, trade) or world.time.now > begun + 2 * buyers.PATIENCE:
            return
        await _turn(world, deal, trade)
        pause = world.hours(*SLOWLY.get(trade.order.status, (6, 40)))


async def _turn(world: World, deal: Deal, trade: Trade) -> None:
    """The seller sees how things stand and does one thing about it, or nothing."""
    if trade.order.status is Status.PENDING_CONFIRMATION:
        await _offer(world, deal, trade)
    elif world.may(trade, Step.ANSWER_DISPUTE, Who.SALES):
        await arguing.seller(world, deal, trade)
    elif world.may(trade, Step.ASSOCIATE, Who.FINANCE) and deal.number % 2:
        await _associate(world, deal, trade)
    elif _links(world, deal, trade):
        await _link(world, deal)
    elif world.may(trade, Step.WITHDRAW_AMENDMENT, Who.OWNER) and deal.temper.amending == "WITHDRAWN":
        owner = deal.firm.team.owner
        await world.take(
            "WITHDRAW_AMENDMENT", owner, lambda means, call: fulfilment.withdraw_amendment(means, call, deal.id)
        )
    elif _amends(world, deal, trade):
        await _amend(world, deal, trade)
    elif world.may(trade, Step.DISPATCH, Who.SALES) and _sends(world, deal, trade):
        await _send(world, deal, trade)
    elif world.may(trade, Step.REPLY, Who.SALES) and deal.once("replying"):
        sales = deal.firm.team.sales
        await world.take("REPLY", sales, lambda means, call: fulfilment.reply(means, call, deal.id, "Thank you."))
    elif trade.order.status is not Status.DRAFT and deal.once("keeping"):
        await _keep(world, deal, trade)
    elif world.may(trade, Step.ATTACH_PROOF, Who.SALES) and deal.once("proving"):
        await _prove(world, deal, trade)


async def _offer(world: World, deal: Deal, trade: Trade) -> None:
    owner = deal.firm.team.owner
    if world.may(trade, Step.SUBMIT, Who.OWNER):
        way = world.decks.draw("requested", COMPLETE=8, DECLINE=1, CANCEL=1)
        if way == "COMPLETE":
            await origins.complete(world, deal)
        elif way == "DECLINE":
            await world.take("DECLINE", owner, lambda means, call: orders.decline(means, call, deal.id, "Sold out."))
        else:
            await world.take("CANCEL", owner, lambda means, call: orders.cancel(means, call, deal.id, "Sold out."))
    elif deal.once("offering"):
        way = world.decks.draw("offering", WAIT=9, REVISE=2, CANCEL=1)
        if way == "CANCEL" and deal.coupon_id is None:
            await world.take("CANCEL", owner, lambda means, call: orders.cancel(means, call, deal.id, "Sold out."))
        elif way == "REVISE":
            await world.take("REVISE", owner, lambda means, call: orders.revise(means, call, deal.id))
            patch = {"notes": "By the end of the month."}
            await world.take("EDIT", owner, lambda means, call: orders.edit(means, call, deal.id, patch))
            await origins.submit(world, deal)


async def _associate(world: World, deal: Deal, trade: Trade) -> None:
    receipt = next(row for row in trade.receipts if associable(trade, row))
    finance = deal.firm.team.finance
    await world.take("ASSOCIATE", finance, lambda means, call: payments.associate(means, call, deal.id, receipt.id))


# --- consignments and amendments --------------------------------------------------------------------------------


def _links(world: World, deal: Deal, trade: Trade) -> bool:
    agency = trade.order.export_method is ExportMethod.YIDATONG_AGENCY
    return agency and not trade.consignments and world.may(trade, Step.LINK_CONSIGNMENT, Who.SALES)


async def _link(world: World, deal: Deal) -> None:
    sales, number = deal.firm.team.sales, f"YDT{deal.number}"
    await world.take(
        "LINK_CONSIGNMENT", sales, lambda means, call: consignments.link(means, call, deal.id, number, None)
    )
    if world.decks.draw("linking", RIGHT=3, WRONG=1) == "WRONG":
        (row,) = await world.rows("SELECT id FROM consignments WHERE number = :number", number=number)
        await world.take(
            "UNLINK_CONSIGNMENT", sales, lambda means, call: consignments.unlink(means, call, deal.id, row.id)
        )


def _amends(world: World, deal: Deal, trade: Trade) -> bool:
    if not world.may(trade, Step.PROPOSE_AMENDMENT, Who.OWNER):
        return False
    order, manner = trade.order, deal.temper.amending
    wants = {
        "LATER": order.status is Status.PENDING_DISPATCH,
        "WITHDRAWN": order.status is not Status.PARTIALLY_DISPATCHED,
        "PRICE": order.status is Status.PENDING_PAYMENT and not order.landed and order.contract_file_id is None,
        "AFTER_OVERDUE": order.overdue_at is not None,
    }
    return wants.get(manner, False) and deal.once("amending")


async def _amend(world: World, deal: Deal, trade: Trade) -> None:
    patch: dict[str, Any] = {"shipping_fee": Decimal(2)}
    if deal.temper.amending != "PRICE":
        day = (world.time.now + timedelta(days=9)).date()
        late = datetime.combine(day, datetime.min.time(), UTC)
        patch = {
            "dispatch_term": DispatchTerm.FIXED_INSTANT,
            "dispatch_instant": late,
            "dispatch_days": None,
            "dispatch_date": None,
        }
    await world.take(
        "PROPOSE_AMENDMENT",
        deal.firm.team.owner,
        lambda means, call: fulfilment.propose_amendment(means, call, deal.id, patch, "The mould broke."),
        ErrorCode.INVALID,
    )


# --- the goods --------------------------------------------------------------------------------------------------


def _sends(world: World, deal: Deal, trade: Trade) -> bool:
    manner, order, now = deal.temper.dispatching, trade.order, world.time.now
    if manner == "VANISHED":
        return False
    if manner in ("LATE", "LATE_PARTS"):
        return order.overdue_at is not None and now > order.overdue_at + timedelta(days=deal.number % 5)
    return True


async def _follow_up(world: World, deal: Deal) -> None:
    """Some sellers show how the goods are made."""
    sales = deal.firm.team.sales
    if world.decks.draw("following up", NO=3, YES=1) == "YES":
        picture, today = await uploaded(world.means, sales, AttachmentPurpose.PRODUCTION), world.time.now.date()
        await world.take(
            "ADD_MILESTONE",
            sales,
            lambda means, call: fulfilment.add_milestone(means, call, deal.id, today, "Packed.", [picture]),
        )


async def _send(world: World, deal: Deal, trade: Trade) -> None:
    sales, quantities = deal.firm.team.sales, None
    await _follow_up(world, deal)
    if deal.temper.dispatching in ("PARTS", "LATE_PARTS") and not trade.shipments and trade.items:
        first = trade.items[0]
        quantities = {first.id: min(first.quantity, Decimal(1))}
    parcel = Parcel("DHL", f"JD{deal.number:06}-{len(trade.shipments)}", quantities=quantities)
    shipment_id = await world.take(
        "DISPATCH", sales, lambda means, call: fulfilment.dispatch(means, call, deal.id, parcel)
    )
    if shipment_id is None:
        return
    if world.decks.draw("labelled", RIGHT=6, WRONG=1) == "WRONG":
        number = f"{parcel.tracking_number}X"
        await world.take(
            "CORRECT_SHIPMENT",
            sales,
            lambda means, call: fulfilment.correct(means, call, shipment_id, None, number, None),
        )
        parcel = Parcel("DHL", number)
    world.time.begin(carriers.carry(world, deal, shipment_id, parcel.tracking_number))


async def _prove(world: World, deal: Deal, trade: Trade) -> None:
    sales, shipment = deal.firm.team.sales, trade.shipments[0]
    if world.decks.draw("proving", NO=2, YES=1) == "YES":
        file_id = await uploaded(world.means, sales, AttachmentPurpose.PROOF)
        await world.take(
            "ATTACH_PROOF",
            sales,
            lambda means, call: files.attach_proofs(means, call, shipment.id, deal.id, [file_id]),
        )


async def _keep(world: World, deal: Deal, trade: Trade) -> None:
    """The seller's own order in their orders."""
    way = world.decks.draw("keeping", NOTHING=3, ASSIGN=1, REFERENCE=1, LEAD=1, LABEL=1, NOTE=1)
    team = deal.firm.team
    if way == "ASSIGN":
        to = team.sales.account_id
        await world.take("ASSIGN", team.owner, lambda means, call: orders.assign(means, call, deal.id, to))
    elif way == "REFERENCE":
        await world.take(
            "SET_REFERENCE", team.owner, lambda means, call: orders.set_reference(means, call, deal.id, "ERP 7")
        )
    elif way == "LEAD":
        source = LeadSource(world.decks.draw("lead", **dict.fromkeys(LeadSource, 1)))
        await world.take(
            "SET_LEAD_SOURCE", team.sales, lambda means, call: desk.set_lead_source(means, call, deal.id, source)
        )
    elif way == "LABEL":
        await world.take("LABEL", team.sales, lambda means, call: desk.label(means, call, deal.id, ["VIP", "fair"], []))
    elif way == "NOTE":
        await world.take(
            "NOTE", team.sales, lambda means, call: desk.add_note(means, call, deal.id, "Calls on Mondays.")
        )
