"""What a list of orders can be asked for."""

from app.domain.order_lists import CONDITIONS_MOST, DEPTH_MOST, STATUSES, OrderTab
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


def test_how_far_orders_are_counted() -> None:
    """DSK-1: to ten thousand, by the first policy."""
    assert POLICY.count_ceiling == 10_000


def test_how_large_a_filter_may_be() -> None:
    """DSK-2: five filters deep, and of a hundred conditions."""
    assert (DEPTH_MOST, CONDITIONS_MOST) == (5, 100)
