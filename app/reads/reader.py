"""The way to the database for reads: one statement at a time on a pool for reads."""

from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from app.db.engine import Pool
from app.db.lanes import Lanes
from app.db.premise import Premise, Unfounded, renumbered
from app.domain.access import Viewer


class Context(Protocol):
    """What the engine asks of the GraphQL context; `now` is one reading of the clock an operation."""

    @property
    def viewer(self) -> Viewer | None: ...
    @property
    def now(self) -> datetime: ...
    @property
    def reader(self) -> "Reader": ...


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that was run, and the response path of the field it was for."""

    path: tuple[str | int, ...]
    sql: str
    arguments: tuple[Any, ...]


@lru_cache(maxsize=1024)
def _on_premise(sql: str, premise: str, taken: int) -> str:
    """The statement with one more column: one text a pair, by which a connection finds it prepared."""
    return f"{sql}, {renumbered(premise, taken)}"


class Reader:
    """Runs the engine's statements; JSON comes back as bytes."""

    def __init__(self, pool: Pool) -> None:
        self.lanes = Lanes(pool)
        self._logs: list[list[Statement]] = []

    def read(self, sql: str, arguments: Sequence[Any], path: tuple[str | int, ...] = ()) -> Awaitable[list[Any]]:
        """The rows of one statement."""
        for log in self._logs:
            log.append(Statement(path, sql, tuple(arguments)))
        return self.lanes.fetch(sql, *arguments)

    async def row(
        self, sql: str, arguments: Sequence[Any], path: tuple[str | int, ...] = (), premise: Premise | None = None
    ) -> Any:
        """The only row of a statement; Unfounded unless the premise was found to hold by the same statement."""
        if premise is None:
            return (await self.read(sql, arguments, path))[0]
        sql = _on_premise(sql, premise.sql, len(arguments))
        row = (await self.read(sql, [*arguments, *premise.arguments], path))[0]
        if row[-1] != premise.expected:
            raise Unfounded
        return row

    @contextmanager
    def recorded(self) -> Iterator[list[Statement]]:
        """Every statement run meanwhile, in order."""
        log: list[Statement] = []
        self._logs.append(log)
        try:
            yield log
        finally:
            self._logs.remove(log)
