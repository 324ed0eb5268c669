"""Fresh ids and numbers: time-ordered where that helps an index, unguessable where that protects somebody."""

import secrets
import time
from datetime import datetime
from uuid import UUID


class SystemMint:
    """The mint of a running server."""

    def id(self) -> UUID:
        """A UUIDv7: milliseconds first, so that rows made together lie together."""
        return uuid7()

    def order_number(self, now: datetime) -> str:
        """Milliseconds in 13 digits, then 7 digits that nobody can guess (ORD-7)."""
        return f"{int(now.timestamp() * 1000):013d}{secrets.randbelow(10**7):07d}"

    def account_number(self) -> str:
        """A collection account number of 16 digits."""
        return f"{secrets.randbelow(9 * 10**15) + 10**15}"

    def link(self) -> str:
        """A secret for an order link, 128 bits."""
        return secrets.token_urlsafe(16)

    def secret(self) -> str:
        """A secret for an access token, 256 bits."""
        return secrets.token_urlsafe(32)

    def chance(self) -> float:
        """A number from 0 to 1, spread evenly."""
        return secrets.randbits(53) / (1 << 53)


def uuid7() -> UUID:
    """A UUIDv7 of this instant (RFC 9562); monotonic within a millisecond by its nanoseconds."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=value)
