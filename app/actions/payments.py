"""Money that comes in: started by the buyer, stated by a provider, the bank feed or an operator (PAY-3 to PAY-7)."""

from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg

from app.actions import work
from app.actions.work import Call, Means
from app.db.driver import look
from app.db.rows import record_from
from app.db.trades import Asked
from app.domain import corrections, funds, payments
from app.domain.access import By, Scope
from app.domain.corrections import Shift
from app.domain.errors import ErrorCode, Refusal
from app.domain.funds import Arrival
from app.domain.policy import PaymentMethod
from app.domain.records import Payment, Receipt
from app.domain.trade import Act, Trade

# What a transfer is recorded by: it waits to be associated, and other money counts at once, by hardly less than all
_LANDING = frozenset({"payments", "receipts", "instalments", "deadlines", "policy"})


async def start(
    means: Means, call: Call, order_id: UUID, instalment: int | None, method: PaymentMethod, provider: str
) -> UUID:
    """The buyer starts a payment; the id of the payment. It moves no money."""
    if call.actor is not None:
        work.require_scope(call.actor, Scope.ORDERS_WRITE)
    made: list[Payment] = []

    def step(trade: Trade, act: Act) -> Trade:
        trade, payment = payments.start(trade, act, instalment, method, provider, f"pay_{act.mint.id().hex}")
        made.append(payment)
        return trade

    return await work.on_order(means, call, order_id, step, lambda _: made[-1].id)


async def arrive(means: Means, call: Call, order_id: UUID, arrival: Arrival) -> UUID:
    """Record money that arrived; the id of its receipt. The same provider reference never counts twice (PAY-3)."""
    made: list[UUID] = []

    def step(trade: Trade, act: Act) -> Trade:
        if (again := _stated(trade, act.by, arrival)) is None:
            trade = funds.arrive(trade, act, arrival)
        else:
            _require_same(again.amount, again.currency, arrival)
        made.append(again.id if again else trade.receipts[-1].id)
        return trade

    asked = Asked(facts=_LANDING if arrival.method is PaymentMethod.TT else None)
    try:
        return await work.on_order(means, call, order_id, step, lambda _: made[-1], asked)
    except asyncpg.UniqueViolationError:
        # the reference was stated for another order at the same moment, and that one was quicker
        if (known := await _known(means, order_id, arrival)) is None:
            raise
        return known


def _stated(trade: Trade, by: By, arrival: Arrival) -> Receipt | None:
    """The receipt of money that was stated before: by the same source, or by an operator ahead of it or after it."""
    alike = [row for row in trade.receipts if row.reference == arrival.reference]
    again = next((row for row in alike if row.provider == arrival.provider), None)
    if again is not None:
        return again
    # an operator who typed another amount is no reason to turn the provider's money away (PAY-6)
    same = [row for row in alike if (row.amount, row.currency) == (arrival.amount, arrival.currency)]
    return next((row for row in same if By.OPERATOR in (row.recorded_by, by)), None)


def _require_same(amount: int, currency: str, arrival: Arrival) -> None:
    if (amount, currency) != (arrival.amount, arrival.currency):
        raise _reused("This reference was stated before with another amount.")


def _reused(message: str) -> Refusal:
    return Refusal(ErrorCode.REFERENCE_REUSED, message, ("reference",))


async def _known(means: Means, order_id: UUID, arrival: Arrival) -> UUID | None:
    """The receipt that a provider's reference already has; refused when it stated something else then."""
    query = "SELECT id, order_id, amount, currency FROM receipts WHERE provider = $1 AND reference = $2"
    row = await look(means.engine, query, arrival.provider, arrival.reference)
    if row is None:
        return None
    if row["order_id"] != order_id:
        raise _reused("This reference was stated before for another order.")
    _require_same(row["amount"], row["currency"], arrival)
    known: UUID = row["id"]
    return known


async def started(means: Means, provider: str, reference: str) -> Payment | None:
    """The payment that a buyer started with a provider under this reference."""
    query = "SELECT * FROM payments WHERE provider = $1 AND reference = $2"
    row = await look(means.engine, query, provider, reference)
    return None if row is None else record_from(Payment, row)


async def order_of_account(means: Means, number: str) -> UUID | None:
    """The order that a collection account belongs to."""
    row = await look(means.engine, "SELECT order_id FROM collection_accounts WHERE number = $1", number)
    return None if row is None else row["order_id"]


async def order_of_receipt(means: Means, receipt_id: UUID) -> UUID:
    """The order of a receipt; NOT_FOUND when there is none."""
    found = await look(means.engine, "SELECT order_id FROM receipts WHERE id = $1", receipt_id)
    if found is None:
        raise _unseen()
    order_id: UUID = found["order_id"]
    return order_id


def _unseen() -> Refusal:
    """The same answer for a receipt that does not exist and for one of an order the actor may not see."""
    return Refusal(ErrorCode.NOT_FOUND, "There is no such receipt, or you may not see it.", ("receiptId",))


async def _on_receipt(
    means: Means, call: Call, order_id: UUID, receipt_id: UUID, decide: Callable[[Trade, Act, UUID], Trade]
) -> UUID:
    if call.actor is not None:
        work.require_scope(call.actor, Scope.FINANCE_WRITE)
    return await work.on_order(
        means, call, order_id, lambda trade, act: decide(trade, act, receipt_id), unseen=_unseen()
    )


async def associate(means: Means, call: Call, order_id: UUID, receipt_id: UUID) -> UUID:
    """Count a transfer for its order (PAY-7); the id of the order."""
    return await _on_receipt(means, call, order_id, receipt_id, funds.associate)


async def undo_association(means: Means, call: Call, order_id: UUID, receipt_id: UUID) -> UUID:
    """Take a wrong association back (PAY-7); the id of the order."""
    return await _on_receipt(means, call, order_id, receipt_id, funds.undo_association)


async def refund_held(means: Means, call: Call, order_id: UUID, receipt_id: UUID) -> UUID:
    """Send money that does not count back to its payer (PAY-6); the id of the order."""
    return await _on_receipt(means, call, order_id, receipt_id, funds.refund_held)


async def correct(means: Means, call: Call, order_id: UUID, shifts: Sequence[Shift], reason: str) -> UUID:
    """Correct the books of an order by a balanced entry (section 15); the id of the order."""
    if call.actor is not None:
        work.require_scope(call.actor, Scope.FINANCE_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: corrections.correct(trade, act, shifts, reason),
        asked=Asked(balances=True),
    )
