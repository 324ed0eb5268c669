"""Who delivers most punctually: sellers by the part of their promises that they kept, made once a day (DSK-5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tally:
    """How many promises of delivery of a seller fell due in the days of the ranking, and how many were kept."""

    seller_id: UUID
    kept: int
    due: int

    @property
    def share(self) -> Fraction:
        """The kept part, exactly."""
        return Fraction(self.kept, self.due)


@dataclass(frozen=True, slots=True)
class Place:
    """A seller's place in a day's ranking; `position` is where it stands in the list, which no two share."""

    seller_id: UUID
    day: date
    position: int
    place: int
    kept: int
    due: int


def ranked(tallies: Iterable[Tally], least: int, day: date) -> list[Place]:
    """The ranking of a day: of sellers with enough promises, the larger kept part first (DSK-5).

    The same part is the same place, after which as many are left free; of these the more promises stand first.
    """
    listed = sorted(
        (tally for tally in tallies if tally.due >= least),
        key=lambda tally: (-tally.share, -tally.due, tally.seller_id),
    )
    places: list[Place] = []
    for position, tally in enumerate(listed, start=1):
        equal = position > 1 and tally.share == listed[position - 2].share
        place = places[-1].place if equal else position
        places.append(Place(tally.seller_id, day, position, place, tally.kept, tally.due))
    return places
