"""How big the tests are: small by default, full with LONG=1 (`scripts/test --long`)."""

import os

LONG = os.environ.get("LONG") == "1"


def size(short: int, long: int) -> int:
    """The size of something in this run."""
    return long if LONG else short
