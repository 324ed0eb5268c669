"""The ledger in the database: entries and moves are only ever added, balances and statements follow them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any
from uuid import uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.changes import Change, insertion, make, rowset
from app.db.driver import within
from app.domain.ledger import OWNED_ACCOUNTS, SELLER_ACCOUNTS, Account, AccountKind, Balances, Entry, deltas

Key = tuple[Account, str]

_COLUMNS = {
    "account": "text",
    "owner_id": "uuid",
    "currency": "text",
    "amount": "bigint",
    "lines": "bigint",
    "booked_at": "timestamptz",
}
_ROW = "balances.account, balances.owner_id, balances.currency, balances.amount, balances.lines, balances.booked_at"
# In one order everywhere, so that two transactions never wait for each other
_LOCK = (
    "SELECT FROM balances JOIN unnest($1::text[], $2::uuid[], $3::text[]) AS key (account, owner_id, currency)"
    " USING (account, owner_id, currency)"
    " ORDER BY balances.owner_id, balances.account, balances.currency FOR UPDATE OF balances"
)
# A row begins with money coming in; taking from an account that was never used must fail, as below its bound must
_GROW = (
    f"INSERT INTO balances ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)} FROM {rowset(_COLUMNS)}"
    " ORDER BY owner_id, account, currency ON CONFLICT (account, owner_id, currency) DO UPDATE"
    " SET amount = balances.amount + excluded.amount, lines = balances.lines + excluded.lines,"
    " booked_at = greatest(balances.booked_at, excluded.booked_at)"
    f" RETURNING {_ROW}"
)
_SHRINK = (
    "UPDATE balances SET amount = balances.amount + given.amount, lines = balances.lines + given.lines,"
    " booked_at = greatest(balances.booked_at, given.booked_at)"
    f" FROM {rowset(_COLUMNS)} WHERE (balances.account, balances.owner_id, balances.currency)"
    f" = (given.account, given.owner_id, given.currency) RETURNING {_ROW}"
)
_LINE = {
    **dict.fromkeys(("id", "seller_id", "entry_id", "order_id"), "uuid"),
    **dict.fromkeys(("currency", "kind"), "text"),
    **dict.fromkeys(("amount", "amount_after", "lines_after"), "bigint"),
}
# Each line with the balance after it: what stands there now, less what came after it. Of two orders that waited for
# each other the second may have looked at the clock first: its lines are booked when the first's were, so that a day
# that has ended never changes
_LINES = (
    "INSERT INTO statement_lines (id, seller_id, currency, ordinal, entry_id, order_id, kind, amount, balance, at)"
    " SELECT given.id, given.seller_id, given.currency, moved.lines - given.lines_after, given.entry_id,"
    " given.order_id, given.kind, given.amount, moved.amount - given.amount_after, moved.booked_at"
    f" FROM {rowset(_LINE)} JOIN ({{moved}}) AS moved"
    " ON (moved.account, moved.owner_id, moved.currency) = ('SELLER', given.seller_id, given.currency)"
)


async def post(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Add entries, with the balances of the accounts they move and the lines of the sellers' statements."""
    await make(connection, await postings(connection, entries))


async def postings(connection: AsyncConnection, entries: Sequence[Entry]) -> list[Change]:
    """What adding entries changes, once sellers' accounts are locked where they are several."""
    if not entries:
        return []
    lines: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        for account, line in _statement_lines(entry):
            lines[account, line["currency"]].append(line)
    changes = deltas(entries)
    moved = [key for key in changes if key[0].kind in OWNED_ACCOUNTS and (changes[key] or key in lines)]
    # an order's own accounts are guarded by its lock; of a seller's a second one must wait its turn
    if sum(account.kind in SELLER_ACCOUNTS for account, _ in moved) > 1:
        await _lock(connection, moved)
    return [
        insertion(t.entries, [_entry_row(entry) for entry in entries]),
        insertion(t.moves, [row for entry in entries for row in _move_rows(entry)]),
        *_balances(moved, changes, lines),
    ]


async def _lock(connection: AsyncConnection, keys: Sequence[Key]) -> None:
    columns = zip(*((str(account.kind), account.owner, currency) for account, currency in keys), strict=True)
    await (await within(connection)).execute(_LOCK, *columns)


def _balances(moved: Sequence[Key], changes: Balances, lines: Mapping[Key, Sequence[dict[str, Any]]]) -> list[Change]:
    """Change the balances of accounts that belong to somebody, and write the lines of those that are sellers'."""
    growing: list[dict[str, Any]] = []
    shrinking: list[dict[str, Any]] = []
    for key in moved:
        account, currency = key
        row = {"account": account.kind, "owner_id": account.owner, "currency": currency, "amount": changes[key]}
        own = lines.get(key, ())
        row |= {"lines": len(own), "booked_at": max((line["at"] for line in own), default=None)}
        (growing if _grows(account, changes[key]) else shrinking).append(row)
    made = [Change(_GROW, growing, "grown")] if growing else []
    made += [Change(_SHRINK, shrinking, "shrunk", strict=True)] if shrinking else []
    if written := [line for own in lines.values() for line in _placed(own)]:
        union = " UNION ALL ".join(f"SELECT * FROM {change.name}" for change in made)
        made.append(Change(_LINES.format(moved=union), written))
    return made


def _grows(account: Account, amount: int) -> bool:
    """Whether a change leads away from the bound of an account, so that it may be its first."""
    return amount <= 0 if account.kind is AccountKind.RECEIVABLE else amount >= 0


def _placed(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of one account, each with how many come after it and what they move."""
    after = accumulate((line["amount"] for line in reversed(lines[1:])), initial=0)
    placed = [
        {**line, "amount_after": amount, "lines_after": number}
        for number, (line, amount) in enumerate(zip(reversed(lines), after, strict=True))
    ]
    return placed[::-1]


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
