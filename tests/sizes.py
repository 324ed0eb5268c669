"""How big every scaled test is: small by default, at full size with LONG=1 (`scripts/test --long`)."""

import os
from typing import NamedTuple

LONG = os.environ.get("LONG") == "1"


class Size(NamedTuple):
    """Both sizes of a test; the short one is at least a twentieth of the long one."""

    short: int
    long: int


SIZES = {
    "examples of a property": Size(50, 1_000),
    "walks through an order's life": Size(100, 2_000),
    "histories of money": Size(30, 600),
    "histories that are booked": Size(3, 60),
    "lines of a long statement": Size(5_000, 100_000),
    "histories that are looked back on": Size(20, 400),
    "histories against the model": Size(10, 200),
    "orders whose future is told": Size(50, 1_000),
    "orders that are simulated first": Size(50, 1_000),
    "orders settled by named facts": Size(40, 800),
    "claims that the oracle answers": Size(250, 5_000),
    "orders of a simulated market": Size(250, 5_000),
    "orders of a market that is simulated twice": Size(15, 300),
    "documents a viewer": Size(30, 600),
    "filters of a list": Size(150, 3_000),
    "changes of followed lists": Size(500, 10_000),
    "changes of followed lists in a process": Size(200, 4_000),
    "instants of a desk": Size(100, 2_000),
    "orders of a crowd": Size(50_000, 1_000_000),
    "combinations of filters": Size(50, 200),
    "operations planned and not": Size(1_600, 20_000),
    "questions in other words": Size(40, 800),
    "payloads and messages": Size(60, 1_200),
    "seeds of a follower": Size(200, 4_000),
    "seeds of a group": Size(200, 4_000),
    "subscribers who come back": Size(250, 5_000),
    "seconds of storm": Size(90, 1_800),
    "queries counted": Size(200, 200),
    "requests on a budget": Size(40, 800),
    "changes of a copy": Size(20, 400),
    "changes an ERP follows": Size(250, 5_000),
    "kills an ERP survives": Size(2, 10),
    "requests under one key": Size(5, 20),
    "rows of a sheet": Size(15_000, 300_000),
    "orders told to a receiver": Size(20, 400),
    "rules broken, in percent": Size(5, 100),
}


def size(name: str) -> int:
    """The size of a test in this run."""
    chosen = SIZES[name]
    return chosen.long if LONG else chosen.short
