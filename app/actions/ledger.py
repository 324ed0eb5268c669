"""The check of the ledger (PAY-10): every order, every statement and the whole, within one view of the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import reading
from app.actions.work import NOT_FOUND, Means
from app.db import proofs
from app.domain.access import Actor, Role, Scope, missing_scope
from app.domain.disclosure import Proof, figures, sees_ledger, shown_entry, standing, sums_by_currency
from app.domain.errors import ErrorCode, Refusal
from app.domain.ledger import AccountKind, chain_faults
from app.domain.money import Money
from app.domain.proof import ENTRIES_MOST, Booked, currency_faults, name_of, order_faults, sums_of

BATCH = 1_000
Tell = Callable[[int], None]


@dataclass(slots=True)
class Report:
    """What was proved, and what is wrong."""

    orders: int = 0
    entries: int = 0
    faults: list[str] = field(default_factory=list)
    totals: Mapping[tuple[AccountKind, str], int] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def lines(self) -> list[str]:
        """The report, to be read by people."""
        by_currency: dict[str, list[str]] = {}
        for (kind, currency), amount in self.totals.items():
            by_currency.setdefault(currency, []).append(f"{kind.lower()} {Money(amount, currency)}")
        checked = f"{self.orders} orders with {self.entries} entries checked."
        many = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        verdict = "The ledger is right." if self.right else f"{many}:"
        return [
            *(f"{currency}: {', '.join(parts)}; sum 0" for currency, parts in by_currency.items() if self.right),
            checked,
            verdict,
            *(f"  {fault}" for fault in self.faults),
        ]


async def check(means: Means, order: str | None = None, tell: Tell = lambda done: None) -> Report:
    """Prove one order by its number or id, or all of them and the whole; `tell` hears how many orders are done."""
    async with proofs.snapshot(means.engine) as connection:
        return await (prove(connection, tell) if order is None else prove_order(connection, order))


async def prove_order(connection: AsyncConnection, named: str) -> Report:
    """Prove one order."""
    report = Report()
    found = await proofs.find_order(connection, named)
    await _prove(connection, found, report)
    report.faults += [] if found else [f"there is no order {named}"]
    return report


async def prove(connection: AsyncConnection, tell: Tell) -> Report:
    """Prove everything that the connection sees."""
    report, after = Report(), UUID(int=0)
    while batch := await proofs.orders_after(connection, after, BATCH):
        await _prove(connection, batch, report)
        after = batch[-1].id
        tell(report.orders)
    await _prove_sellers(connection, report)
    report.faults += await proofs.wrong(connection)
    report.totals = await proofs.totals(connection)
    report.faults += currency_faults(report.totals)
    return report


async def _prove(connection: AsyncConnection, batch: list[Booked], report: Report) -> None:
    ids = [order.id for order in batch]
    chains = await proofs.chains(connection, ids)
    receipts = await proofs.receipts(connection, ids)
    balances = await proofs.balances(connection, ids)
    for order in batch:
        chain = chains.get(order.id, [])
        faults = order_faults(order, chain, receipts.get(order.id, []), balances.get(order.id, {}))
        report.faults += [f"{name_of(order)}: {fault}" for fault in faults]
        report.entries += len(chain)
    report.orders += len(batch)


async def _prove_sellers(connection: AsyncConnection, report: Report) -> None:
    for seller_id, chain in (await proofs.sellers_chains(connection)).items():
        report.faults += [f"seller sel_{seller_id.hex}: {fault}" for fault in chain_faults(chain)]
        report.entries += len(chain)


async def proof(means: Means, actor: Actor, order_id: UUID, first: int, after: int) -> Proof:
    """The proof of an order's money for whoever may see it, with `first` entries behind the number `after`."""
    async with proofs.moment(means.engine) as connection:
        if await reading.version_for(connection, actor.viewer, order_id) is None:
            raise Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderId",))
        _require_ledger(actor)
        (order,) = await proofs.find_order(connection, str(order_id))
        if order.entries > ENTRIES_MOST:
            raise Refusal(
                ErrorCode.TOO_MANY, "This order has too many entries to be proved at once; `ledger check` proves it."
            )
        chain = (await proofs.chains(connection, [order_id])).get(order_id, [])
        receipts = (await proofs.receipts(connection, [order_id])).get(order_id, [])
        balances = (await proofs.balances(connection, [order_id])).get(order_id, {})
        causes = await proofs.causes(connection, order_id)
    role, faults = actor.viewer.role, order_faults(order, chain, receipts, balances)
    page = [entry for entry in chain if entry.sequence > after]
    return Proof(
        order=order,
        holds=not faults,
        chain_holds=not chain_faults(chain) and order.entry_hash == (chain[-1].hash if chain else None),
        figures=figures(order, sums_of(chain), role),
        standing=standing(chain, role),
        sums=sums_by_currency(chain),
        entries=[shown_entry(entry, order, role, causes) for entry in page[:first]],
        more=len(page) > first,
        faults=faults if role is Role.OPERATOR else None,
    )


def _require_ledger(actor: Actor) -> None:
    """The ledger of an order is not for sales (section 13), nor for a token that may not read finances."""
    if sees_ledger(actor.viewer.role):
        return
    if actor.role is not Role.SALES and (refusal := missing_scope(actor.scopes, Scope.FINANCE_READ)) is not None:
        raise refusal
    raise Refusal(
        ErrorCode.FORBIDDEN, "The ledger of an order is for its buyer, the seller's owner and finance, and operators."
    )
