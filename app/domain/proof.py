"""The proof of an order's money (PAY-10): its rows are derived anew from its ledger; whatever differs is a fault."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from app.domain.ledger import (
    ORDER_ACCOUNTS,
    AccountKind,
    Balances,
    Entry,
    EntryKind,
    Move,
    chain_faults,
    deltas,
)
from app.domain.money import Money
from app.domain.records import Receipt, Status

UNASSOCIATED, HELD, ESCROW = AccountKind.UNASSOCIATED, AccountKind.HELD, AccountKind.ESCROW
SELLER, WORLD = AccountKind.SELLER, AccountKind.WORLD
FEE, PAYMENT_FEE = AccountKind.FEE, AccountKind.PAYMENT_FEE
SUBSIDY, RECEIVABLE = AccountKind.SUBSIDY, AccountKind.RECEIVABLE
OF_A_RECEIPT = frozenset(
    {
        EntryKind.RECEIPT_COUNTED,
        EntryKind.PAYMENT_FEE,
        EntryKind.TRANSFER_LANDED,
        EntryKind.TRANSFER_ASSOCIATED,
        EntryKind.ASSOCIATION_UNDONE,
        EntryKind.RECEIPT_HELD,
        EntryKind.HELD_COUNTED,
        EntryKind.HELD_REFUNDED,
    }
)
# What a seller owes for a coupon used elsewhere is settled in the late order's chain and is none of its funds
# and an operator's correction moves nothing that the funds card rests on
_BESIDE_THE_FUNDS = frozenset(
    {
        EntryKind.RECOVERY_OWED,
        EntryKind.RECOVERY_COLLECTED,
        EntryKind.RECOVERY_REVERSED,
        EntryKind.CORRECTION,
    }
)


# An order with more entries is proved by `ledger check`, not by a request
ENTRIES_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Booked:
    """What an order's row says of its money."""

    id: UUID
    number: str | None
    seller_id: UUID
    status: Status
    currency: str
    received: int
    refunded: int
    released: int
    fee_charged: int
    entries: int
    entry_hash: str | None
    instalments_received: int
    refunded_after: int = 0
    coupon_posted: int = 0
    coupon_returned: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """An order's sums, as its ledger has them; of what was refunded, `refunded_after` came from the seller."""

    received: int = 0
    refunded: int = 0
    released: int = 0
    fee_charged: int = 0
    refunded_after: int = 0
    coupon_posted: int = 0
    coupon_returned: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """What became of a receipt, as the ledger has it."""

    amount: int = 0
    unassociated: int = 0
    counted: int = 0
    held: int = 0
    returned: int = 0
    payment_fee: int = 0


def order_faults(
    order: Booked,
    chain: Sequence[Entry],
    receipts: Sequence[Receipt],
    balances: Mapping[tuple[AccountKind, str], int],
) -> list[str]:
    """Everything about an order that its ledger does not bear out; empty when all of it is right."""
    return [
        *chain_faults(chain),
        *_end_faults(order, chain),
        *_account_faults(order, chain),
        *_running_faults(chain),
        *_balance_faults(order, chain, balances),
        *_sum_faults(order, chain),
        *_receipt_faults(chain, receipts),
    ]


def _end_faults(order: Booked, chain: Sequence[Entry]) -> Iterable[str]:
    last = chain[-1].hash if chain else None
    if order.entries != len(chain):
        yield f"the order counts {order.entries} entries and has {len(chain)}"
    if order.entry_hash != last:
        yield "the order's hash is not that of its last entry"


def _account_faults(order: Booked, chain: Sequence[Entry]) -> Iterable[str]:
    """An order's entries move its own accounts, its seller's, and those of nobody; escrow only in its currency."""
    own = {AccountKind.SELLER: order.seller_id, AccountKind.RECEIVABLE: order.seller_id}
    own |= dict.fromkeys(ORDER_ACCOUNTS, order.id)
    for entry in chain:
        if not entry.moves:
            yield f"entry {entry.sequence} moves nothing"
        for move in entry.moves:
            for account in (move.source, move.target):
                if account.owner != own.get(account.kind):
                    yield f"entry {entry.sequence} moves the {account.kind} account of somebody else"
                if account.kind is ESCROW and move.currency != order.currency:
                    yield f"entry {entry.sequence} moves {move.currency} in escrow"


def _running_faults(chain: Sequence[Entry]) -> Iterable[str]:
    """The order's own accounts never go below 0, at no entry."""
    running: Balances = Counter()
    for entry in chain:
        running.update(deltas([entry]))
        for (account, currency), amount in running.items():
            if account.kind in ORDER_ACCOUNTS and amount < 0:
                yield f"entry {entry.sequence} takes {account.kind} to {Money(amount, currency)}"


def _balance_faults(
    order: Booked, chain: Sequence[Entry], balances: Mapping[tuple[AccountKind, str], int]
) -> Iterable[str]:
    booked = {
        (account.kind, currency): amount
        for (account, currency), amount in deltas(chain).items()
        if account.kind in ORDER_ACCOUNTS
    }
    for key in sorted({*booked, *balances}):
        kind, currency = key
        if booked.get(key, 0) != balances.get(key, 0):
            has, should = Money(balances.get(key, 0), currency), Money(booked.get(key, 0), currency)
            yield f"the balance of {kind} is {has}, and the ledger says {should}"
    if order.status is Status.COMPLETED and booked.get((ESCROW, order.currency), 0):
        yield "it is completed and something is left in escrow"


def _sum_faults(order: Booked, chain: Sequence[Entry]) -> Iterable[str]:
    sums = sums_of(chain)
    for field in fields(Sums):
        has, should = getattr(order, field.name), getattr(sums, field.name)
        if has != should:
            yield (f"{field.name} is {Money(has, order.currency)}, and the ledger says {Money(should, order.currency)}")
    if order.instalments_received != sums.received:
        has, should = Money(order.instalments_received, order.currency), Money(sums.received, order.currency)
        yield f"the instalments have received {has}, and the ledger says {should}"


def sums_of(chain: Sequence[Entry]) -> Sums:
    """An order's sums, from its ledger alone."""
    flows = _flows(move for entry in chain if entry.kind not in _BESIDE_THE_FUNDS for move in entry.moves)
    undone = _flows(move for entry in chain if entry.kind is EntryKind.COUPON_TAKEN_BACK for move in entry.moves)
    taken_back = undone[ESCROW, SUBSIDY]
    after = flows[SELLER, WORLD] + flows[RECEIVABLE, WORLD]
    return Sums(
        received=sum(flows[kind, ESCROW] - flows[ESCROW, kind] for kind in (UNASSOCIATED, HELD)) + flows[WORLD, ESCROW],
        refunded=flows[ESCROW, WORLD] + after,
        released=flows[ESCROW, SELLER],
        fee_charged=flows[SELLER, FEE] - flows[FEE, SELLER],
        refunded_after=after,
        coupon_posted=flows[SUBSIDY, ESCROW] - taken_back,
        coupon_returned=sum(flows[kind, SUBSIDY] for kind in (ESCROW, SELLER, RECEIVABLE)) - taken_back,
    )


def _flows(moves: Iterable[Move]) -> Counter[tuple[AccountKind, AccountKind]]:
    flows: Counter[tuple[AccountKind, AccountKind]] = Counter()
    for move in moves:
        flows[move.source.kind, move.target.kind] += move.amount
    return flows


def _receipt_faults(chain: Sequence[Entry], receipts: Sequence[Receipt]) -> Iterable[str]:
    known = {receipt.id for receipt in receipts}
    moves: dict[UUID, list[Move]] = {receipt.id: [] for receipt in receipts}
    for entry in chain:
        if entry.kind not in OF_A_RECEIPT:
            continue
        if entry.cause in known and entry.cause is not None:
            moves[entry.cause] += entry.moves
        else:
            yield f"entry {entry.sequence} is of a receipt that is not there"
    for receipt in receipts:
        should = parts_of(moves[receipt.id])
        for field in fields(Parts):
            has, booked = getattr(receipt, field.name), getattr(should, field.name)
            if has != booked:
                yield (
                    f"receipt {receipt.reference}: {field.name} is {Money(has, receipt.currency)}, "
                    f"and the ledger says {Money(booked, receipt.currency)}"
                )
        if any(move.currency != receipt.currency for move in moves[receipt.id]):
            yield f"receipt {receipt.reference} has entries in another currency"


def parts_of(moves: Sequence[Move]) -> Parts:
    """What became of a receipt, from the moves it caused alone."""
    flows = _flows(moves)
    stands: Counter[AccountKind] = Counter()
    for (source, target), amount in flows.items():
        stands[source] -= amount
        stands[target] += amount
    returned = sum(flows[kind, WORLD] for kind in (HELD, ESCROW, UNASSOCIATED))
    return Parts(
        amount=returned - stands[WORLD],
        unassociated=stands[UNASSOCIATED],
        counted=stands[ESCROW],
        held=stands[HELD],
        returned=returned,
        payment_fee=stands[PAYMENT_FEE],
    )


def name_of(order: Booked) -> str:
    """How a fault names an order."""
    return f"order {order.number or f'ord_{order.id.hex}'}"


def currency_faults(totals: Mapping[tuple[AccountKind, str], int]) -> list[str]:
    """Over all accounts, each currency's sum is 0."""
    sums: Counter[str] = Counter()
    for (_, currency), amount in totals.items():
        sums[currency] += amount
    return [
        f"all accounts in {currency} add up to {Money(amount, currency)}"
        for currency, amount in sorted(sums.items())
        if amount
    ]
