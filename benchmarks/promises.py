"""What the product is held to: ratios, each with the least that will do and what is aimed at."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.charts import figure
from benchmarks.markdown import table


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure that was measured, and its two marks; `more` says that more is better."""

    what: str
    seen: float
    least: float
    aim: float
    more: bool = False
    unit: str = "×"

    @property
    def verdict(self) -> str:
        """Whether the marks were reached."""

        def reached(mark: float) -> bool:
            return self.seen >= mark if self.more else self.seen <= mark

        return "aim reached" if reached(self.aim) else "kept" if reached(self.least) else "**missed**"


def promised(promises: Iterable[Promise]) -> str:
    """All of them as a table."""
    rows = []
    for each in promises:
        sign = "≥" if each.more else "≤"
        marks = [f"{sign} {mark:g} {each.unit}" for mark in (each.least, each.aim)]
        rows.append([each.what, f"{figure(each.seen)} {each.unit}", *marks, each.verdict])
    return table(["what", "seen", "at least", "aim", ""], rows)
