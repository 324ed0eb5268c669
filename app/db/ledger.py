"""The ledger in the database: entries and moves are only ever added, balances and statements follow them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid5

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.domain.ledger import OWNED_ACCOUNTS, SELLER_ACCOUNTS, Account, AccountKind, Balances, Entry, deltas

_CHANGES = (
    "unnest(CAST(:accounts AS text[]), CAST(:owners AS uuid[]), CAST(:currencies AS text[]),"
    " CAST(:amounts AS bigint[]), CAST(:lines AS bigint[])) AS change (account, owner_id, currency, amount, lines)"
)
_ROW = "balances.account, balances.owner_id, balances.currency, balances.amount, balances.lines"
# In one order everywhere, so that two transactions never wait for each other
_LOCK = text(
    f"SELECT 1 FROM balances JOIN {_CHANGES} USING (account, owner_id, currency)"
    " ORDER BY balances.owner_id, balances.account, balances.currency FOR UPDATE OF balances"
)
# A row begins with money coming in; taking from an account that was never used must fail, as below its bound must
_GROW = text(
    "INSERT INTO balances (account, owner_id, currency, amount, lines)"
    f" SELECT account, owner_id, currency, amount, lines FROM {_CHANGES} ORDER BY owner_id, account, currency"
    " ON CONFLICT (account, owner_id, currency) DO UPDATE"
    " SET amount = balances.amount + excluded.amount, lines = balances.lines + excluded.lines"
    f" RETURNING {_ROW}"
)
_SHRINK = text(
    "UPDATE balances SET amount = balances.amount + change.amount, lines = balances.lines + change.lines"
    f" FROM {_CHANGES} WHERE (balances.account, balances.owner_id, balances.currency)"
    f" = (change.account, change.owner_id, change.currency) RETURNING {_ROW}"
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
    await _move_balances(connection, deltas(entries), lines)
    rows = [line for own in lines.values() for line in own]
    if rows:
        await connection.execute(insert(t.statement_lines), rows)


async def _move_balances(
    connection: AsyncConnection, changes: Balances, lines: Mapping[tuple[Account, str], list[dict[str, Any]]]
) -> None:
    """Change the balances of accounts that belong to somebody, and tell each statement line the balance after it."""
    moved = [key for key in changes if key[0].kind in OWNED_ACCOUNTS and (changes[key] or key in lines)]
    # an order's own accounts are guarded by its lock; of a seller's a second one must wait its turn
    if sum(account.kind in SELLER_ACCOUNTS for account, _ in moved) > 1:
        await connection.execute(_LOCK, _columns(moved, changes, lines))
    for statement, grows in ((_GROW, True), (_SHRINK, False)):
        wanted = [key for key in moved if _grows(key[0], changes[key]) is grows]
        if not wanted:
            continue
        changed = {
            (Account(AccountKind(row.account), row.owner_id), row.currency): row
            for row in await connection.execute(statement, _columns(wanted, changes, lines))
        }
        for key in wanted:
            if key not in changed:
                raise LookupError(f"{key[0].kind} of {key[0].owner} was never used, and nothing can be taken from it")
            balance, ordinal = changed[key].amount, changed[key].lines
            for line in reversed(lines.get(key, [])):
                line |= {"balance": balance, "ordinal": ordinal}
                balance, ordinal = balance - line["amount"], ordinal - 1


def _grows(account: Account, amount: int) -> bool:
    """Whether a change leads away from the bound of an account, so that it may be its first."""
    return amount <= 0 if account.kind is AccountKind.RECEIVABLE else amount >= 0


def _columns(
    keys: Sequence[tuple[Account, str]], changes: Balances, lines: Mapping[tuple[Account, str], list[dict[str, Any]]]
) -> dict[str, list[Any]]:
    return {
        "accounts": [str(account.kind) for account, _ in keys],
        "owners": [account.owner for account, _ in keys],
        "currencies": [currency for _, currency in keys],
        "amounts": [changes[key] for key in keys],
        "lines": [len(lines.get(key, ())) for key in keys],
    }


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
