"""Idempotency keys that nobody comes back for."""

from datetime import timedelta

from app.db.engine import Pool

# Clients are told a day; that a second one is added, they need not know
KEPT = timedelta(days=2)
AT_ONCE = 1_000
# What marks that something was made at first is no client's, and stays
SEED = "seed"
_FORGET = """
DELETE FROM idempotency_keys k USING (
    SELECT actor, key FROM idempotency_keys WHERE created_at < now() - $1::interval AND operation <> $2
    ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS old WHERE (k.actor, k.key) = (old.actor, old.key)
"""


async def forget_old(pool: Pool) -> int:
    """Forget the keys that were kept long enough, in batches; how many there were (INT-3)."""
    gone = 0
    while True:
        batch = int((await pool.execute(_FORGET, KEPT, SEED, AT_ONCE)).split()[-1])
        gone += batch
        if batch < AT_ONCE:
            return gone
