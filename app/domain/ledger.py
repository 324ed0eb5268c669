"""The ledger (section 15): balanced entries of moves between accounts, chained by hash, append-only."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum, unique
from uuid import UUID


@unique
class AccountKind(StrEnum):
    """An account of section 15; the first three belong to an order, the next two to a seller, the rest to nobody."""

    UNASSOCIATED = "UNASSOCIATED"
    HELD = "HELD"
    ESCROW = "ESCROW"
    SELLER = "SELLER"
    RECEIVABLE = "RECEIVABLE"
    WORLD = "WORLD"
    FEE = "FEE"
    PAYMENT_FEE = "PAYMENT_FEE"
    SUBSIDY = "SUBSIDY"


ORDER_ACCOUNTS = frozenset({AccountKind.UNASSOCIATED, AccountKind.HELD, AccountKind.ESCROW})
SELLER_ACCOUNTS = frozenset({AccountKind.SELLER, AccountKind.RECEIVABLE})
OWNED_ACCOUNTS = ORDER_ACCOUNTS | SELLER_ACCOUNTS


@unique
class EntryKind(StrEnum):
    """What an entry records."""

    RECEIPT_COUNTED = "RECEIPT_COUNTED"
    PAYMENT_FEE = "PAYMENT_FEE"
    TRANSFER_LANDED = "TRANSFER_LANDED"
    TRANSFER_ASSOCIATED = "TRANSFER_ASSOCIATED"
    ASSOCIATION_UNDONE = "ASSOCIATION_UNDONE"
    RECEIPT_HELD = "RECEIPT_HELD"
    HELD_COUNTED = "HELD_COUNTED"
    HELD_REFUNDED = "HELD_REFUNDED"
    COUPON_POSTED = "COUPON_POSTED"
    COUPON_TAKEN_BACK = "COUPON_TAKEN_BACK"
    REFUND = "REFUND"
    RELEASE = "RELEASE"
    FEE = "FEE"
    RECOVERY_OWED = "RECOVERY_OWED"
    RECOVERY_COLLECTED = "RECOVERY_COLLECTED"
    RECOVERY_REVERSED = "RECOVERY_REVERSED"
    WITHDRAWAL = "WITHDRAWAL"
    CORRECTION = "CORRECTION"


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its kind and, where it belongs to an order or a seller, whose it is."""

    kind: AccountKind
    owner: UUID | None = None


WORLD = Account(AccountKind.WORLD)
FEE = Account(AccountKind.FEE)
PAYMENT_FEE = Account(AccountKind.PAYMENT_FEE)
SUBSIDY = Account(AccountKind.SUBSIDY)


def seller_account(seller_id: UUID) -> Account:
    """What the platform owes a seller and he may withdraw."""
    return Account(AccountKind.SELLER, seller_id)


def receivable_account(seller_id: UUID) -> Account:
    """What a seller owes the platform: 0 or less."""
    return Account(AccountKind.RECEIVABLE, seller_id)


@dataclass(frozen=True, slots=True)
class Move:
    """An amount in minor units that goes from one account to another."""

    source: Account
    target: Account
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Moves written together for one cause, chained to the entry before it of the same order (or seller)."""

    id: UUID
    order_id: UUID | None
    seller_id: UUID | None
    sequence: int
    kind: EntryKind
    cause: UUID | None
    at: datetime
    moves: tuple[Move, ...]
    previous_hash: str | None
    hash: str = ""


def sealed(entry: Entry) -> Entry:
    """The entry with the hash of all it says and of the entry before it."""
    return replace(entry, hash=digest(entry))


# made once: `json.dumps` would make one for each entry
_CANONICAL = json.JSONEncoder(separators=(",", ":"))


def digest(entry: Entry) -> str:
    """SHA-256 over the canonical text of an entry, its own hash left out."""
    said = [
        entry.previous_hash,
        str(entry.id),
        _text(entry.order_id),
        _text(entry.seller_id),
        entry.sequence,
        str(entry.kind),
        _text(entry.cause),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        [
            [
                str(move.source.kind),
                _text(move.source.owner),
                str(move.target.kind),
                _text(move.target.owner),
                move.amount,
                move.currency,
            ]
            for move in entry.moves
        ],
    ]
    return hashlib.sha256(_CANONICAL.encode(said).encode()).hexdigest()


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)


Balances = Counter[tuple[Account, str]]


def deltas(entries: Iterable[Entry]) -> Balances:
    """How entries change each (account, currency); over all accounts the sum per currency is 0."""
    changes: Balances = Counter()
    for entry in entries:
        for move in entry.moves:
            changes[move.source, move.currency] -= move.amount
            changes[move.target, move.currency] += move.amount
    return changes


def chain_faults(chain: Iterable[Entry]) -> list[str]:
    """What is wrong with a chain in order of sequence: gaps, altered entries, broken links; empty if it holds."""
    faults: list[str] = []
    previous: str | None = None
    for expected, entry in enumerate(chain, start=1):
        if entry.sequence != expected:
            faults.append(f"entry {entry.sequence} stands where {expected} should: one is missing")
        if entry.previous_hash != previous:
            faults.append(f"entry {entry.sequence} does not follow the entry before it")
        if entry.hash != digest(entry):
            faults.append(f"entry {entry.sequence} was altered")
        previous = entry.hash
    return faults
