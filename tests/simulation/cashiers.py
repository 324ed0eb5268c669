"""The operators who look after the simulated market's money: transfers matched, money sent back, books corrected."""

from uuid import UUID

from app.actions import payments
from app.domain.corrections import Shift
from app.domain.errors import ErrorCode
from app.domain.ledger import AccountKind
from app.domain.lifecycle import Step, Who
from app.domain.money import Money
from app.domain.policy import PaymentMethod
from app.domain.steps import associable
from tests.simulation.world import Deal, World


async def match(world: World, deal: Deal) -> None:
    """What has landed and waits is counted, or sent back; one association was a mistake."""
    trade = await world.look(deal)
    if trade is None:
        return
    for receipt in trade.receipts:
        if world.may(trade, Step.ASSOCIATE, Who.OPERATOR) and associable(trade, receipt):
            await _associate(world, deal, receipt.id)
            return
        if receipt.held and world.may(trade, Step.REFUND_HELD, Who.OPERATOR):
            await _send_back(world, deal, receipt.id)
            return
        closed = receipt.unassociated and receipt.method is PaymentMethod.TT
        if closed and world.may(trade, Step.REFUND_HELD, Who.OPERATOR):
            await _send_back(world, deal, receipt.id)
            return


async def _send_back(world: World, deal: Deal, receipt_id: UUID) -> None:
    await world.take(
        "REFUND_HELD",
        world.operator,
        lambda means, call: payments.refund_held(means, call, deal.id, receipt_id),
        ErrorCode.NOTHING_HELD,
    )


async def _associate(world: World, deal: Deal, receipt_id: UUID) -> None:
    await world.take(
        "ASSOCIATE", world.operator, lambda means, call: payments.associate(means, call, deal.id, receipt_id)
    )
    trade = await world.look(deal)
    mistaken = world.decks.draw("associated", RIGHT=3, WRONG=1) == "WRONG" and deal.once("mistaken")
    if mistaken and trade is not None and world.may(trade, Step.UNDO_ASSOCIATION, Who.OPERATOR):
        await world.take(
            "UNDO_ASSOCIATION",
            world.operator,
            lambda means, call: payments.undo_association(means, call, deal.id, receipt_id),
            ErrorCode.NOT_UNASSOCIATED,
        )


async def correct(world: World, deal: Deal) -> None:
    """The books of an order are corrected: something is given to its seller, or taken while it is there."""
    trade = await world.look(deal)
    if trade is None or not world.may(trade, Step.CORRECT_LEDGER, Who.OPERATOR):
        return
    sides = (AccountKind.SUBSIDY, AccountKind.SELLER)
    source, target = sides if world.decks.draw("correcting", GIVE=1, TAKE=1) == "GIVE" else sides[::-1]
    shift = Shift(source, target, Money(123, trade.order.currency))
    await world.take(
        "CORRECT_LEDGER",
        world.operator,
        lambda means, call: payments.correct(means, call, deal.id, [shift], "It was booked twice."),
        ErrorCode.BALANCE_TOO_SMALL,
    )
