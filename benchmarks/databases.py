"""The databases that are measured on: all orders, a tenth, a hundredth; filled once, kept for the next run."""

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
    """Their URLs."""

    whole: str
    tenth: str
    hundredth: str

    @property
    def all(self) -> tuple[str, str, str]:
        """From the largest to the smallest."""
        return self.whole, self.tenth, self.hundredth

    async def fill(self, orders: int, say: Say) -> None:
        """See that all hold their orders, with nothing left due and every event numbered."""
        for times, url in ((100, self.hundredth), (10, self.tenth), (1, self.whole)):
            await seeding.seed(url, max(orders // times, LEAST), say)
            await sweep.settle_rest(url)


@contextmanager
def server(folder: Path, fresh: bool) -> Iterator[str]:
    """The largest of them: DATABASE_URL, or one of the benchmarks' own in a folder."""
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
    """A database, and those beside it, made if need be."""
    name = urlsplit(url).path.strip("/")
    return Databases(url, *[await postgres.created(url, f"{name}_{part}") for part in ("tenth", "hundredth")])
