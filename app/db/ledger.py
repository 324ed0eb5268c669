"""The ledger in the database: entries and moves are only ever added, balances and statements follow them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.domain.ledger import OWNED_ACCOUNTS, Account, AccountKind, Entry, deltas

# A row begins with money coming in; taking from an account that was never used must fail, as below its bound must
_GROW = text(
    "INSERT INTO balances (account, owner_id, currency, amount, lines)"
    " VALUES (:account, :owner_id, :currency, :amount, :lines)"
    " ON CONFLICT (account, owner_id, currency) DO UPDATE"
    " SET amount = balances.amount + excluded.amount, lines = balances.lines + excluded.lines"
    " RETURNING amount, lines"
)
_SHRINK = text(
    "UPDATE balances SET amount = amount + :amount, lines = lines + :lines"
    " WHERE account = :account AND owner_id = :owner_id AND currency = :currency RETURNING amount, lines"
)


async def post(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Add entries, with the balances of the accounts they move and the lines of the sellers' statements."""
    if not entries:
        return
    await connection.execute(insert(t.entries), [_entry_row(entry) for entry in entries])
    await connection.execute(insert(t.moves), [row for entry in entries for row in _move_rows(entry)])
    lines: dict[tuple[Account, str], list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        for account, line in _statement_lines(entry):
            lines[account, line["currency"]].append(line)
    # in one order everywhere, so that two transactions never wait for each other
    changes = sorted(deltas(entries).items(), key=lambda change: (str(change[0][0].owner), change[0][0].kind))
    for (account, currency), amount in changes:
        if account.kind in OWNED_ACCOUNTS and (amount or lines[account, currency]):
            await _move_balance(connection, account, currency, amount, lines[account, currency])
    rows = [line for own in lines.values() for line in own]
    if rows:
        await connection.execute(insert(t.statement_lines), rows)


async def _move_balance(
    connection: AsyncConnection, account: Account, currency: str, amount: int, lines: list[dict[str, Any]]
) -> None:
    owed = account.kind is AccountKind.RECEIVABLE
    changed = await connection.execute(
        _GROW if (amount <= 0 if owed else amount >= 0) else _SHRINK,
        {
            "account": str(account.kind),
            "owner_id": account.owner,
            "currency": currency,
            "amount": amount,
            "lines": len(lines),
        },
    )
    balance, ordinal = changed.one()
    for line in reversed(lines):
        line |= {"balance": balance, "ordinal": ordinal}
        balance, ordinal = balance - line["amount"], ordinal - 1


def _entry_row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "order_id": entry.order_id,
        "seller_id": entry.seller_id,
        "sequence": entry.sequence,
        "kind": str(entry.kind),
        "cause": entry.cause,
        "at": entry.at,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _move_rows(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "entry_id": entry.id,
            "position": position,
            "from_account": str(move.source.kind),
            "from_owner": move.source.owner,
            "to_account": str(move.target.kind),
            "to_owner": move.target.owner,
            "amount": move.amount,
            "currency": move.currency,
        }
        for position, move in enumerate(entry.moves)
    ]


def _statement_lines(entry: Entry) -> list[tuple[Account, dict[str, Any]]]:
    """What an entry's moves do to sellers' accounts: a line of the statement a move (PAY-11)."""
    return [
        (
            account,
            {
                "id": uuid5(entry.id, str(position)),
                "seller_id": account.owner,
                "currency": move.currency,
                "entry_id": entry.id,
                "order_id": entry.order_id,
                "kind": str(entry.kind),
                "amount": sign * move.amount,
                "at": entry.at,
            },
        )
        for position, move in enumerate(entry.moves)
        for account, sign in ((move.source, -1), (move.target, 1))
        if account.kind is AccountKind.SELLER
    ]
