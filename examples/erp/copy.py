"""The ERP's own database: the copy of the orders with how far it goes, the books, and the parcels to be told."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, number TEXT, status TEXT NOT NULL, document TEXT NOT NULL,
    reading INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS progress (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT, reading INTEGER NOT NULL);
INSERT OR IGNORE INTO progress VALUES (1, NULL, 0);
CREATE TABLE IF NOT EXISTS booked (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT);
INSERT OR IGNORE INTO booked VALUES (1, NULL);
CREATE TABLE IF NOT EXISTS books (
    id TEXT PRIMARY KEY, order_id TEXT, at TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL,
    counterpart TEXT, amount TEXT NOT NULL, currency TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS parcels (
    key TEXT PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, carrier TEXT NOT NULL, tracking_number TEXT NOT NULL,
    batch TEXT, answer TEXT
);
CREATE TABLE IF NOT EXISTS heard (id TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS heard_at ON heard (at);
"""
HEARD_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Parcel:
    """A parcel that left the warehouse; `batch` is the key of the request it was sent with."""

    order_id: str
    carrier: str
    tracking_number: str
    batch: str | None = None


class Copy:
    """The ERP's database; every method is one transaction, so the program may die between any two."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.executescript(TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def cursor(self) -> str | None:
        """Up to where everything is known; None before the first whole reading."""
        found: str | None = self._row("SELECT cursor FROM progress")[0]
        return found

    def begin_reading(self) -> int:
        """Begin to read everything anew; the number of this reading."""
        with self._connection:
            self._connection.execute("UPDATE progress SET cursor = NULL, reading = reading + 1")
            number: int = self._row("SELECT reading FROM progress")[0]
        return number

    def read(self, orders: Iterable[Mapping[str, Any]], reading: int) -> None:
        """Keep a page of a whole reading."""
        with self._connection:
            for order in orders:
                self._put(order, reading)

    def end_reading(self, reading: int, cursor: str) -> None:
        """Forget what the reading did not meet, and go on from its cursor."""
        with self._connection:
            self._connection.execute("DELETE FROM orders WHERE reading <> ?", (reading,))
            self._connection.execute("UPDATE progress SET cursor = ?", (cursor,))

    def follow(self, changes: Iterable[tuple[str, Mapping[str, Any] | None]], cursor: str) -> None:
        """Keep what changed together with how far that goes: both, or neither."""
        with self._connection:
            reading = self._row("SELECT reading FROM progress")[0]
            for order_id, order in changes:
                if order is None:
                    self._connection.execute("DELETE FROM orders WHERE id = ?", (order_id,))
                else:
                    self._put(order, reading)
            self._connection.execute("UPDATE progress SET cursor = ?", (cursor,))

    @property
    def booked(self) -> str | None:
        """Up to where the seller's own rows are booked."""
        found: str | None = self._row("SELECT cursor FROM booked")[0]
        return found

    def book(self, rows: Iterable[Mapping[str, Any]], cursor: str | None) -> None:
        """Book rows of the seller's own together with how far they go."""
        with self._connection:
            self._book(None, rows)
            self._connection.execute("UPDATE booked SET cursor = coalesce(?, cursor)", (cursor,))

    def books(self) -> dict[str, tuple[str | None, str, str, Decimal, str]]:
        """Every row that was booked: its order, kind, account, amount and currency, by its id."""
        rows = self._connection.execute("SELECT id, order_id, kind, account, amount, currency FROM books")
        return {id: (order, kind, account, Decimal(amount), money) for id, order, kind, account, amount, money in rows}

    def orders(self) -> dict[str, dict[str, Any]]:
        """Every order as it is known."""
        rows = self._connection.execute("SELECT id, document FROM orders")
        return {id: json.loads(document) for id, document in rows}

    def sent(self, parcel: Parcel) -> None:
        """Note a parcel that the warehouse sent."""
        row = (parcel.order_id, parcel.order_id, parcel.carrier, parcel.tracking_number)
        with self._connection:
            self._connection.execute(
                "INSERT INTO parcels (key, order_id, carrier, tracking_number) VALUES (?, ?, ?, ?)", row
            )

    def batch(self, key: str, size: int) -> tuple[str, list[Parcel]]:
        """The parcels to tell next, with the key of their request: that of a request whose answer never came, or new.

        The key is kept before anything is sent, so whatever happens the same parcels go with the same key.
        """
        with self._connection:
            unanswered = self._connection.execute(
                "SELECT batch FROM parcels WHERE batch IS NOT NULL AND answer IS NULL LIMIT 1"
            ).fetchone()
            if unanswered is None:
                self._connection.execute(
                    "UPDATE parcels SET batch = ? WHERE key IN (SELECT key FROM parcels WHERE batch IS NULL LIMIT ?)",
                    (key, size),
                )
            chosen = key if unanswered is None else unanswered[0]
            rows = self._connection.execute(
                "SELECT order_id, carrier, tracking_number, batch FROM parcels WHERE batch = ? ORDER BY key", (chosen,)
            ).fetchall()
        return chosen, [Parcel(*row) for row in rows]

    def answered(self, key: str, answers: Mapping[str, str]) -> None:
        """Note what became of each parcel of a request."""
        with self._connection:
            for order_id, answer in answers.items():
                self._connection.execute(
                    "UPDATE parcels SET answer = ? WHERE batch = ? AND order_id = ?", (answer, key, order_id)
                )

    def answers(self) -> dict[str, str | None]:
        """What became of each parcel, by its order."""
        return dict(self._connection.execute("SELECT order_id, answer FROM parcels").fetchall())

    def hear(self, id: str, at: datetime) -> bool:
        """Note that a webhook came; whether it is the first with its id."""
        with self._connection:
            self._connection.execute("DELETE FROM heard WHERE at < ?", ((at - HEARD_KEPT).timestamp(),))
            row = (id, at.timestamp())
            return self._connection.execute("INSERT OR IGNORE INTO heard VALUES (?, ?)", row).rowcount == 1

    def _put(self, order: Mapping[str, Any], reading: int) -> None:
        self._book(order["id"], (order.get("postings") or {}).get("nodes", ()))
        document = json.dumps({name: value for name, value in order.items() if name != "postings"})
        row = (order["id"], order["version"], order["number"], order["status"], document, reading)
        # what was read later is newer, but for a message that took a longer way than another
        self._connection.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
            " number = excluded.number, status = excluded.status, document = excluded.document,"
            " reading = excluded.reading WHERE excluded.version >= orders.version",
            row,
        )

    def _book(self, order_id: str | None, rows: Iterable[Mapping[str, Any]]) -> None:
        # a row never changes: one that is there is the same
        self._connection.executemany(
            "INSERT OR IGNORE INTO books VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(row["id"], order_id, row["at"], row["kind"], row["account"], row["counterpart"]),
                    *(row["amount"]["amount"], row["amount"]["currencyCode"]),
                )
                for row in rows
            ],
        )

    def _row(self, query: str) -> Sequence[Any]:
        row: Sequence[Any] = self._connection.execute(query).fetchone()
        return row
