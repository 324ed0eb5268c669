"""The ranking of sellers by how punctually they deliver (DSK-5)."""

from datetime import date
from uuid import UUID

from app.domain.ranking import Place, Tally, ranked

DAY = date(2024, 8, 15)


def listed(*tallies: tuple[int, int], least: int = 10) -> list[tuple[int, int, int, int]]:
    """Who is ranked of sellers numbered from 1 on with so many kept of so many due: number, place, kept, due."""
    sellers = [Tally(UUID(int=number), *each) for number, each in enumerate(tallies, start=1)]
    places = ranked(sellers, least, DAY)
    assert [place.position for place in places] == list(range(1, len(places) + 1))
    assert {place.day for place in places} <= {DAY}
    return [(place.seller_id.int, place.place, place.kept, place.due) for place in places]


def test_the_larger_kept_part_stands_first() -> None:
    """DSK-5: kept promises by promises due, exactly: 2 of 3 is more than 0.6666."""
    assert listed((6_666, 10_000), (20, 30), (9, 10)) == [(3, 1, 9, 10), (2, 2, 20, 30), (1, 3, 6_666, 10_000)]


def test_it_takes_ten_promises() -> None:
    """DSK-5: with nine a seller is not ranked, however well they were kept."""
    assert listed((9, 9), (1, 10), (0, 0)) == [(2, 1, 1, 10)]
    assert listed((9, 9), (1, 10), least=9) == [(1, 1, 9, 9), (2, 2, 1, 10)]


def test_the_same_part_is_the_same_place() -> None:
    """DSK-5: who kept the same part shares a place, after which as many are left free; more promises stand first."""
    assert listed((10, 10), (30, 30), (9, 10), (18, 20), (8, 10)) == [
        (2, 1, 30, 30),
        (1, 1, 10, 10),
        (4, 3, 18, 20),
        (3, 3, 9, 10),
        (5, 5, 8, 10),
    ]


def test_between_equals_the_id_decides() -> None:
    """DSK-5: the order is the same whenever it is made."""
    assert ranked([Tally(UUID(int=2), 10, 10), Tally(UUID(int=1), 10, 10)], 10, DAY) == [
        Place(UUID(int=1), DAY, 1, 1, 10, 10),
        Place(UUID(int=2), DAY, 2, 1, 10, 10),
    ]
