"""What is kept for the next request: so many, the least recently used given up first."""

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


class Kept(Generic[V]):
    """Values by key."""

    def __init__(self, most: int, counts: Counts) -> None:
        self._most = most
        self._counts = counts
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> V | None:
        """The value, which is now the most recently used."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> V:
        """Keep a value that was made; the one that nobody asked for longest may have to go."""
        self._values[key] = value
        self._counts.compiled += 1
        if len(self._values) > self._most:
            self._values.popitem(last=False)
            self._counts.evicted += 1
        return value
