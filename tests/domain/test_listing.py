"""What lists of orders go by, kept on the order as its rows change."""

from dataclasses import replace
from datetime import timedelta

from app.domain import deadlines, listing, waivers
from app.domain.access import By
from app.domain.lifecycle import Who
from app.domain.records import Buyer, DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import Claim, ClaimStatus, Dispute, DisputeReason, DisputeStatus, Guarantee
from app.domain.trade import Trade
from tests.domain import build

BUYER = Buyer(build.BUYER_ID, "Ada", "FR")


def listed(before: Trade | None, after: Trade) -> Trade:
    """The trade as it is written."""
    return listing.listed(before, after, BUYER)


def test_a_new_order_is_listed_by_its_contract_and_its_buyer() -> None:
    """DSK-2: the country where the goods go, and that where the buyer is registered."""
    order = listed(None, build.submitted()).order
    assert (order.destination, order.buyer_country) == ("US", "FR")
    assert (order.dispatch_due_at, order.disputed, order.claim_status) == (None, False, None)


def test_the_dispatch_deadline_is_the_one_that_counts() -> None:
    """DSK-2: set with the money, moved by an amendment, gone when the clock is void, kept when it ran out."""
    before, after = build.confirmed(), build.paid()
    paid = listed(before, after)
    clock = after.deadline(DeadlineKind.DISPATCH)
    assert clock is not None
    assert paid.order.dispatch_due_at == clock.due_at
    due = clock.due_at + timedelta(days=3)
    moved = deadlines.move_dispatch(paid, build.act(Who.SALES), (due, "SHP-1", {}))
    assert listed(paid, moved).order.dispatch_due_at == due
    late = paid.put("deadlines", replace(clock, status=DeadlineStatus.LAPSED))
    assert listed(paid, late).order.dispatch_due_at == clock.due_at
    void = deadlines.void_all(paid, build.act(Who.SALES))
    assert listed(paid, void).order.dispatch_due_at is None


def test_the_deadline_that_an_order_is_rated_by_is_kept_when_it_closes() -> None:
    """DSK-4: the one that counts, as amended, or that ended with the order; none where the money was taken back."""
    paid = listed(build.confirmed(), build.paid())
    clock = paid.deadline(DeadlineKind.DISPATCH)
    assert clock is not None
    assert paid.order.rated_due_at == clock.due_at
    due = clock.due_at + timedelta(days=3)
    moved = listed(paid, deadlines.move_dispatch(paid, build.act(Who.SALES), (due, "SHP-1", {})))
    assert moved.order.rated_due_at == due
    doer = build.act(Who.OPERATOR)
    closed = listed(moved, deadlines.void_all(moved.change(status=Status.CLOSED, closed_at=doer.now), doer))
    assert (closed.order.dispatch_due_at, closed.order.rated_due_at) == (None, due)
    undone = listed(paid, deadlines.void_all(paid, doer))
    assert undone.order.rated_due_at is None


def test_a_standing_waiver_is_known() -> None:
    """DSK-4: an order is waived while a waiver stands, and no longer once it is taken back."""
    paid = listed(build.confirmed(), build.paid())
    operator = build.act(Who.OPERATOR)
    waived = listed(paid, waivers.grant(paid, operator, True, "A flood."))
    assert (paid.order.waived, waived.order.waived) == (False, True)
    assert not listed(waived, waivers.withdraw(waived, operator, "No flood.")).order.waived


def test_an_open_dispute_and_a_claim_are_known_to_the_list() -> None:
    """DSK-1, DSK-2: open until it is resolved; the claim with what became of it."""
    trade = listed(None, build.paid())
    mint, at = build.MINT, build.START
    dispute = Dispute(
        mint.id(), trade.order.id, DisputeStatus.AWAITING_SELLER, DisputeReason.OTHER, 100, None, "USD", BUYER.id, at,
        None, None, None, None,
    )  # fmt: skip
    disputed = listed(trade, trade.put("disputes", dispute))
    assert disputed.order.disputed
    resolved = listed(disputed, disputed.put("disputes", replace(dispute, status=DisputeStatus.RESOLVED)))
    assert not resolved.order.disputed
    rate = build.RATES["EUR", "USD"]
    claim = Claim(
        mint.id(), trade.order.id, Guarantee.ON_TIME_DISPATCH, ClaimStatus.UNDER_REVIEW, BUYER.id, at, at, 1, rate, 100
    )
    assert listed(trade, trade.put("claims", claim)).order.claim_status is ClaimStatus.UNDER_REVIEW


def test_what_nobody_touched_is_left_as_it_is() -> None:
    """Of a trade of which a part was loaded no other row is asked for, and nothing is written that did not change."""
    trade = listed(None, build.paid())
    assert listed(trade, trade) is trade
    noted = trade.change(version=trade.order.version + 1)
    assert listed(trade, noted) is noted
    assert listing.buyer_moved(trade, trade.change(buyer_id=None))
    assert trade.order.drafted_by is By.SELLER
