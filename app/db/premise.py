"""Premises: what a statement is run on the strength of, looked at by the statement itself."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_PLACE = re.compile(r"\$(\d+)")


class Unfounded(Exception):
    """What was presumed no longer holds, or could not be looked at: find it out anew and run again."""


@dataclass(frozen=True, slots=True)
class Premise:
    """A scalar SQL expression of type text, what fills its places ($1, $2, …), and what it said when it was looked at.

    Who runs on a premise either answers by a statement that found it still to hold, or raises Unfounded.
    """

    sql: str
    arguments: tuple[Any, ...]
    expected: str

    def and_also(self, other: "Premise") -> "Premise":
        """Both at once."""
        sql = f"{self.sql} || '&' || {renumbered(other.sql, len(self.arguments))}"
        return Premise(sql, (*self.arguments, *other.arguments), f"{self.expected}&{other.expected}")


@lru_cache(maxsize=256)
def renumbered(sql: str, taken: int) -> str:
    """An expression with its places numbered behind those of another statement."""
    return _PLACE.sub(lambda place: f"${int(place[1]) + taken}", sql)
