"""Fresh numbers of a running server: as long as they are said to be, rising where they should, never guessed."""

from datetime import UTC, datetime, timedelta

import pytest

from app.mint import SystemMint

MINT = SystemMint()
NOW = datetime(2024, 5, 6, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize("later", [timedelta(milliseconds=1), timedelta(days=1), timedelta(days=36_500)])
def test_an_order_number(later: timedelta) -> None:
    """ORD-7: 20 digits that rise with time."""
    early, late = MINT.order_number(NOW), MINT.order_number(NOW + later)
    assert len(early) == len(late) == 20
    assert (early + late).isdecimal()
    assert early < late


def test_the_tail_of_a_number_is_not_to_be_guessed() -> None:
    """ORD-7: of a thousand numbers of one instant nearly all differ, over the whole range of seven digits."""
    tails = [int(MINT.order_number(NOW)[13:]) for _ in range(1_000)]
    assert len(set(tails)) > 990
    assert min(tails) < 1_000_000
    assert max(tails) > 9_000_000


def test_no_two_orders_share_an_account_or_a_link() -> None:
    """ORD-7: account numbers have 16 digits and links 128 bits, and none comes twice."""
    accounts = {MINT.account_number() for _ in range(1_000)}
    assert {len(number) for number in accounts} == {16}
    assert len(accounts) == len({MINT.link() for _ in range(1_000)}) == 1_000
    assert len(MINT.link()) == 22
