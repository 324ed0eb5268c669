"""The two databases that are measured on, the second with a tenth of the orders: filled once, kept for the next run."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.db import embedded
from app.db.engine import plain_url
from benchmarks import postgres, seeding, sweep
from benchmarks.rounds import Say

# Of a machine with some memory, and so that a long run is not spent on checkpoints
OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
LEAST = 200  # fewer orders do not show every status


@dataclass(frozen=True, slots=True)
class Databases:
    """The URLs of both."""

    whole: str
    tenth: str

    async def fill(self, orders: int, say: Say) -> None:
        """See that both hold their orders, with nothing left due and every event numbered."""
        for url, number in ((self.tenth, max(orders // 10, LEAST)), (self.whole, orders)):
            await seeding.seed(url, number, say)
            await sweep.settle_rest(url)


@contextmanager
def server(folder: Path, fresh: bool) -> Iterator[str]:
    """The first of them: DATABASE_URL, or one of the benchmarks' own in a folder."""
    given = os.environ.get("DATABASE_URL")
    if given:
        if fresh:
            raise seeding.NotOurs("`--fresh` throws embedded data away only. Name an empty database instead.")
        yield plain_url(given)
        return
    if fresh:
        shutil.rmtree(folder / "postgres", ignore_errors=True)
    with embedded.running(folder / "postgres", OPTIONS) as url:
        yield url


async def beside(url: str) -> Databases:
    """A database, and the one beside it, made if need be."""
    name = urlsplit(url).path.strip("/")
    return Databases(url, await postgres.created(url, f"{name}_tenth"))
