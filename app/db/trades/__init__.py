"""Trades in the database: locked and loaded in two round trips, written as what differs from what was loaded."""

from app.db.trades.due import load_due
from app.db.trades.loading import NOTHING_ELSE, Asked, load
from app.db.trades.locking import lock, lock_due, next_due
from app.db.trades.pinned import policy_of
from app.db.trades.shared import settles_debts
from app.db.trades.writing import remove, write

__all__ = [
    "NOTHING_ELSE",
    "Asked",
    "load",
    "load_due",
    "lock",
    "lock_due",
    "next_due",
    "policy_of",
    "remove",
    "settles_debts",
    "write",
]
