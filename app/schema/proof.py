"""The proof of an order's money as clients see it (PAY-10, section 13)."""

from collections.abc import Mapping
from datetime import datetime

import strawberry
from strawberry import ID

from app.domain.disclosure import CauseKind, Figure, FigureName, Proof, ShownEntry, ShownMove
from app.domain.ledger import ORDER_ACCOUNTS, Account, AccountKind, EntryKind
from app.domain.money import Money as Amount
from app.schema.money import Money, money_of
from app.schema.scalars import CurrencyCode

_PREFIXES: Mapping[CauseKind, str] = {
    CauseKind.RECEIPT: "rcp",
    CauseKind.DISPUTE: "dsp",
    CauseKind.CLAIM: "clm",
    CauseKind.COUPON: "cpn",
    CauseKind.RECOVERY: "rcv",
    CauseKind.COLLECTION: "col",
    CauseKind.OTHER: "oth",
}


@strawberry.type(description="What a ledger entry points to.")
class LedgerCause:
    """What a ledger entry points to."""

    kind: CauseKind = strawberry.field(description="What it is.")
    id: ID = strawberry.field(description="Its id.")


@strawberry.type(description="A move of a ledger entry: money that goes from one account to another.")
class LedgerMove:
    """A move of a ledger entry."""

    source: AccountKind | None = strawberry.field(name="from", description="From which account; null if hidden.")
    source_owner: ID | None = strawberry.field(
        name="fromOwner", description="Whose it is: the order's or the seller's id; null for the platform's own."
    )
    target: AccountKind | None = strawberry.field(name="to", description="To which account; null if hidden.")
    target_owner: ID | None = strawberry.field(
        name="toOwner", description="Whose it is: the order's or the seller's id; null for the platform's own."
    )
    amount: Money = strawberry.field(description="How much.")


@strawberry.type(
    description="An entry of an order's ledger. Its hash is the SHA-256, in hexadecimal digits, of a JSON list without "
    "spaces, in UTF-8: the previous hash (null in the first entry); the entry's, the order's and the seller's id, each "
    "as a UUID with hyphens; the sequence; the kind; the cause's id as a UUID or null; the instant in UTC with six "
    "decimals and `+00:00`; and the list of moves, each a list of account, its owner's UUID or null, account, its "
    "owner's UUID or null, minor units and currency. Operators see all of every entry and can compute it."
)
class LedgerEntry:
    """An entry of an order's ledger."""

    id: ID | None = strawberry.field(description="The entry's id; null if it is hidden.")
    sequence: int = strawberry.field(description="Its place in the order's chain, from 1 without gaps.")
    kind: EntryKind = strawberry.field(description="What it records.")
    hash: str = strawberry.field(description="The hash over all it says and the entry before it.")
    previous_hash: str | None = strawberry.field(description="The hash of the entry before it; null in the first.")
    hidden: bool = strawberry.field(description="Whether the viewer sees no more of it than hash and kind.")
    whole: bool = strawberry.field(description="Whether the viewer sees all of its moves.")
    at: datetime | None = strawberry.field(description="When it was written; null if it is hidden.")
    cause: LedgerCause | None = strawberry.field(description="What it points to; null for nothing, and if hidden.")
    moves: list[LedgerMove] = strawberry.field(description="Its moves, in their order, without those that are hidden.")


@strawberry.type(description="A sum of the funds card beside the same sum derived from the ledger.")
class LedgerFigure:
    """A sum of the funds card beside the same sum derived from the ledger."""

    name: FigureName = strawberry.field(description="Which sum.")
    stored: Money = strawberry.field(description="As the funds card has it.")
    derived: Money = strawberry.field(description="As the moves of the ledger add up to it.")
    agrees: bool = strawberry.field(description="Whether both are the same.")


@strawberry.type(description="What an order's entries have left on a kind of account, in one currency.")
class LedgerStanding:
    """What an order's entries have left on a kind of account."""

    account: AccountKind = strawberry.field(description="The account.")
    amount: Money = strawberry.field(description="What is left there; negative for what was taken from it.")


@strawberry.type(description="What an order's entries add up to over all accounts, in one currency.")
class LedgerSum:
    """What an order's entries add up to over all accounts."""

    currency: CurrencyCode = strawberry.field(description="The currency.")
    sum: Money = strawberry.field(description="The sum over all accounts, those that are hidden included.")
    balanced: bool = strawberry.field(description="Whether it is 0, as it must be.")


@strawberry.type(
    description="The ledger of an order, and whether it is right: all of it, also what the viewer cannot see."
)
class LedgerProof:
    """The ledger of an order, and whether it is right."""

    order_id: ID = strawberry.field(description="The order's id.")
    seller_id: ID = strawberry.field(description="The seller's id, which every entry's hash covers.")
    holds: bool = strawberry.field(
        description="Whether chain, funds card, receipts and balances all agree: what `ledger check` proves of it."
    )
    chain_holds: bool = strawberry.field(
        description="Whether no entry is missing, altered or out of place, the last one included."
    )
    last_hash: str | None = strawberry.field(description="The hash the order keeps of its last entry.")
    entry_count: int = strawberry.field(description="How many entries the order counts.")
    sums: list[LedgerSum] = strawberry.field(description="What the entries add up to, a currency each.")
    figures: list[LedgerFigure] = strawberry.field(
        description="The funds card, stored and derived, as far as it is shown."
    )
    standing: list[LedgerStanding] = strawberry.field(description="Where the money stands, as far as it is shown.")
    entries: list[LedgerEntry] = strawberry.field(description="The entries asked for, in the order of the chain.")
    has_more: bool = strawberry.field(description="Whether more entries follow the last of these.")
    faults: list[str] | None = strawberry.field(
        description="What does not hold, in words; null for whom only whether it holds is shown."
    )


def proof_of(proof: Proof) -> LedgerProof:
    """A proof as clients see it."""
    return LedgerProof(
        order_id=ID(f"ord_{proof.order.id.hex}"),
        seller_id=ID(f"sel_{proof.order.seller_id.hex}"),
        holds=proof.holds,
        chain_holds=proof.chain_holds,
        last_hash=proof.order.entry_hash,
        entry_count=proof.order.entries,
        sums=[_sum(amount) for amount in proof.sums],
        figures=[_figure(figure) for figure in proof.figures],
        standing=[LedgerStanding(account=account, amount=money_of(amount)) for account, amount in proof.standing],
        entries=[_entry(shown) for shown in proof.entries],
        has_more=proof.more,
        faults=proof.faults,
    )


def _sum(amount: Amount) -> LedgerSum:
    return LedgerSum(currency=CurrencyCode(amount.currency), sum=money_of(amount), balanced=amount.minor == 0)


def _figure(figure: Figure) -> LedgerFigure:
    return LedgerFigure(
        name=figure.name,
        stored=money_of(figure.stored),
        derived=money_of(figure.derived),
        agrees=figure.stored == figure.derived,
    )


def _entry(shown: ShownEntry) -> LedgerEntry:
    entry = shown.entry
    return LedgerEntry(
        id=None if shown.hidden else ID(f"ent_{entry.id.hex}"),
        sequence=entry.sequence,
        kind=entry.kind,
        hash=entry.hash,
        previous_hash=entry.previous_hash,
        hidden=shown.hidden,
        whole=shown.whole,
        at=None if shown.hidden else entry.at,
        cause=_cause(shown),
        moves=[_move(move) for move in shown.moves],
    )


def _cause(shown: ShownEntry) -> LedgerCause | None:
    if shown.cause is None or shown.entry.cause is None:
        return None
    return LedgerCause(kind=shown.cause, id=ID(f"{_PREFIXES[shown.cause]}_{shown.entry.cause.hex}"))


def _move(move: ShownMove) -> LedgerMove:
    return LedgerMove(
        source=move.source.kind if move.source else None,
        source_owner=_owner(move.source),
        target=move.target.kind if move.target else None,
        target_owner=_owner(move.target),
        amount=money_of(move.money),
    )


def _owner(account: Account | None) -> ID | None:
    if account is None or account.owner is None:
        return None
    return ID(f"{'ord' if account.kind in ORDER_ACCOUNTS else 'sel'}_{account.owner.hex}")
