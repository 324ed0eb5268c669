"""What a list of orders can be asked for."""

import pytest

from app.domain.order_lists import (
    CONDITIONS_MOST,
    DEPTH_MOST,
    LENT_ON,
    STATUSES,
    TABS,
    Counts,
    ListChange,
    OrderTab,
    TabCount,
    Tally,
    change_of,
    counted,
)
from app.domain.records import Status
from tests.domain.build import POLICY


def test_an_order_is_under_one_tab_by_its_status() -> None:
    """DSK-1: each status has one tab, drafts none of their own; both of those to be dispatched are under one."""
    tabs = {status: [tab for tab, statuses in STATUSES.items() if status in statuses] for status in Status}
    assert tabs == {
        Status.DRAFT: [],
        Status.PENDING_CONFIRMATION: [OrderTab.TO_CONFIRM],
        Status.PENDING_PAYMENT: [OrderTab.TO_PAY],
        Status.PENDING_DISPATCH: [OrderTab.TO_DISPATCH],
        Status.PARTIALLY_DISPATCHED: [OrderTab.TO_DISPATCH],
        Status.DISPATCHED: [OrderTab.TO_RECEIVE],
        Status.COMPLETED: [OrderTab.FINISHED],
        Status.CLOSED: [OrderTab.FINISHED],
    }


def test_where_an_order_is_that_may_be_lent_on() -> None:
    """DSK-2: its money is in, and is not released."""
    assert set(LENT_ON) == {Status.PENDING_DISPATCH, Status.PARTIALLY_DISPATCHED, Status.DISPATCHED}


def test_how_far_orders_are_counted() -> None:
    """DSK-1: to ten thousand, by the first policy."""
    assert POLICY.count_ceiling == 10_000


def test_how_large_a_filter_may_be() -> None:
    """DSK-2: five filters deep, and of a hundred conditions."""
    assert (DEPTH_MOST, CONDITIONS_MOST) == (5, 100)


ALL, PAY, SHIP = (1 << TABS.index(tab) for tab in (OrderTab.ALL, OrderTab.TO_PAY, OrderTab.TO_DISPATCH))


def counts(ceiling: int, *all_and_to_pay: Tally) -> Counts:
    """Counts of which only the first tabs matter."""
    given = dict(zip((OrderTab.ALL, OrderTab.TO_PAY), all_and_to_pay, strict=True))
    return Counts(ceiling, tuple(given.get(tab, Tally(0, True)) for tab in TABS))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (0, 0, None),
        (0, ALL, ListChange.ENTER),
        (ALL | PAY, ALL | SHIP, ListChange.UPDATE),
        (ALL, ALL, ListChange.UPDATE),
        (ALL | PAY, 0, ListChange.LEAVE),
    ],
)
def test_an_order_comes_changes_or_goes(before: int, after: int, change: ListChange | None) -> None:
    """DSK-2: by whether it was and is on the list."""
    assert change_of(before, after) is change


def test_counts_are_moved_by_what_changes() -> None:
    """DSK-1: of each tab that an order left or came to, and only those are told."""
    before = counts(10, Tally(5, True), Tally(2, True))
    after = before.moved(ALL | PAY, ALL | SHIP)
    assert after.told_since(before) == [
        TabCount(OrderTab.TO_PAY, 1, False),
        TabCount(OrderTab.TO_DISPATCH, 1, False),
    ]
    assert after.moved(ALL | SHIP, ALL | PAY) == before


def test_counts_are_told_up_to_the_ceiling() -> None:
    """DSK-1: ten are ten, eleven are at least ten, and so are twelve, of which nothing new is told."""
    ten = counts(10, Tally(10, True), Tally(0, True))
    eleven = ten.moved(0, ALL)
    assert eleven.told()[0] == TabCount(OrderTab.ALL, 10, True)
    assert eleven.told_since(ten) == [TabCount(OrderTab.ALL, 10, True)]
    assert eleven.moved(0, ALL).told_since(eleven) == []
    assert eleven.moved(ALL, 0).told_since(eleven) == [TabCount(OrderTab.ALL, 10, False)]


def test_what_was_not_counted_to_its_end_is_unsure_at_the_ceiling() -> None:
    """DSK-1: as long as at least more than the ceiling are there nothing is unsure."""
    beyond = counts(10, Tally(12, False), Tally(3, True))
    assert not beyond.unsure
    assert not beyond.moved(ALL, 0).unsure
    assert beyond.moved(ALL, 0).moved(ALL, 0).unsure
    assert not counts(10, Tally(3, True), Tally(3, True)).unsure


def test_counts_of_a_moment_past_are_those_of_now_without_what_came_since() -> None:
    """DSK-1: exact where the count of now came to its end before its limit."""
    found = counted(10, [7, 14, 0, 0, 0, 0, 0], [14] * 7, [2, 1, -3, 0, 0, 0, 0])
    assert found.tallies[:3] == (Tally(5, True), Tally(13, False), Tally(3, True))
