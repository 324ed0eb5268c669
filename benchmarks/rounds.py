"""Servers asked in turn: rounds of load that interleave them, and the ratios of what was seen within a round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from benchmarks.load import Target, load
from benchmarks.postgres import Postgres
from benchmarks.processes import Process

Say = Callable[[str], None]
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Contender:
    """A server with the request that is put to it."""

    name: str
    process: Process
    target: Target


@dataclass(frozen=True, slots=True)
class Speed:
    """What one round of load cost: seconds of CPU are those of one request."""

    rate: float
    cpu: float
    database_cpu: float | None


Measure: TypeAlias = Callable[[Speed], float]
Rounds: TypeAlias = Mapping[str, Sequence[Speed]]


def rate(speed: Speed) -> float:
    """Requests a second."""
    return speed.rate


def cpu(speed: Speed) -> float:
    """CPU of the server per request."""
    return speed.cpu


def middle(rounds: Rounds, name: str, measure: Measure) -> float:
    """The median of what a server showed."""
    return median(map(measure, rounds[name]))


def ratio(rounds: Rounds, name: str, other: str, measure: Measure) -> float:
    """How one server compares with another: the median of the ratios within a round."""
    return median(measure(ours) / measure(theirs) for ours, theirs in zip(rounds[name], rounds[other], strict=True))


async def interleave(
    contenders: Sequence[Contender], postgres: Postgres, rounds: int, seconds: float, say: Say
) -> Rounds:
    """Ask each in every round, another one first each time."""
    seen: dict[str, list[Speed]] = {each.name: [] for each in contenders}
    for contender in contenders:
        await load(contender.target, CONNECTIONS, min(2.0, seconds))
    for number in range(rounds):
        start = number % len(contenders)
        for contender in (*contenders[start:], *contenders[:start]):
            seen[contender.name].append(await _speed(contender, postgres, seconds))
        say(f"round {number + 1} of {rounds}")
    return seen


async def _speed(contender: Contender, postgres: Postgres, seconds: float) -> Speed:
    before, database_before = contender.process.cpu(), postgres.cpu()
    seen = await load(contender.target, CONNECTIONS, seconds)
    used, database_after = contender.process.cpu_since(before), postgres.cpu()
    database = None if database_before is None or database_after is None else database_after - database_before
    return Speed(seen.rate, used / seen.requests, None if database is None else database / seen.requests)
