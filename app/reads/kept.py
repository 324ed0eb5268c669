"""What is kept for the next request: so many and so much, the least recently used given up first."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class Counts:
    """How often plans were used and made: what a process tells of itself."""

    planned: int = 0
    fallen_back: int = 0
    compiled: int = 0
    evicted: int = 0


# Characters of documents and statements together, of which the server's own memory is a multiple
HEAVIEST = 16_000_000


class Kept(Generic[V]):
    """Values by key, each with its weight: the characters that it keeps in memory."""

    def __init__(self, most: int, counts: Counts, heaviest: int = HEAVIEST) -> None:
        self._most = most
        self._heaviest = heaviest
        self._counts = counts
        self._weight = 0
        self._values: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> V | None:
        """The value, which is now the most recently used."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: V, weight: int) -> V:
        """Keep a value that was made; those that nobody asked for longest may have to go."""
        self._values[key] = value, weight
        self._weight += weight
        self._counts.compiled += 1
        while len(self._values) > self._most or self._weight > self._heaviest:
            _, (_, lighter) = self._values.popitem(last=False)
            self._weight -= lighter
            self._counts.evicted += 1
        return value
