"""Trades in the database: locked and loaded in two round trips, written as what differs from what was loaded."""

from app.db.trades.loading import NOTHING_ELSE, Asked, load, policy_of, settles_debts
from app.db.trades.locking import lock, lock_due, lock_quota, next_due
from app.db.trades.writing import write

__all__ = [
    "NOTHING_ELSE",
    "Asked",
    "load",
    "lock",
    "lock_due",
    "lock_quota",
    "next_due",
    "policy_of",
    "settles_debts",
    "write",
]
