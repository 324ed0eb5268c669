"""What a change of an order is to those who follow lists, and which of its events tells it (DSK-2)."""

from dataclasses import replace

import pytest

from app.domain import drafts, listing, orders
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.partial import NotLoaded, part_of
from app.domain.records import Buyer, Order, Status
from app.domain.relisting import LISTED, NOT_THERE, Past, bearer, past, whole
from app.domain.trade import Trade
from tests.domain import build

BUYER = Buyer(build.BUYER_ID, "Ada", "FR")
OWNER = build.act(Who.OWNER)


def of(before: Trade | None, after: Trade) -> Past:
    """What is told of a change, as it is written."""
    return past(before, listing.listed(before, after, BUYER))


def test_a_new_order_was_not_there() -> None:
    """DSK-2: whatever it is, it was on no list."""
    assert of(None, build.drafted()) == NOT_THERE == {"id": None}


def test_what_an_order_was_is_kept_as_far_as_it_is_another() -> None:
    """DSK-2: the status before, and nothing of what stayed as it was."""
    before = build.submitted()
    after = orders.confirm(before, build.act(Who.BUYER))
    told = of(before, after)
    assert told["status"] is Status.PENDING_CONFIRMATION
    assert not {"total", "currency", "seller_id", "created_at"} & told.keys()
    assert of(after, after) == {}


def test_what_changed_without_being_known_is_told_by_nobody() -> None:
    """DSK-2: an order of which a column was not loaded cannot say what it was."""
    known = build.submitted()
    before = replace(known, order=part_of(Order, {"id": known.order.id, "version": 1}))
    after = replace(before, order=part_of(Order, {**vars(before.order), "status": Status.CLOSED}))
    with pytest.raises(NotLoaded):
        past(before, after)


def test_a_deleted_draft_was_all_that_it_was() -> None:
    """DSK-2: what is no more can only be told by its last event."""
    draft = build.drafted()
    gone = drafts.delete(draft, OWNER)
    assert [each.kind for each in gone.happenings[len(draft.happenings) :]] == [EventKind.DRAFT_DELETED]
    told = whole(gone)
    assert told.keys() == set(LISTED)
    assert (told["id"], told["status"]) == (draft.order.id, Status.DRAFT)


def test_the_event_that_most_may_hear_tells_it() -> None:
    """DSK-2: a buyer's list hears of an offer, though what came before it was the seller's alone."""
    draft = replace(build.drafted(), happenings=())
    private = draft.record(EventKind.ORDER_EDITED, OWNER)
    offered = orders.submit(private, OWNER)
    assert [each.kind for each in offered.happenings[:2]] == [EventKind.ORDER_EDITED, EventKind.ORDER_SUBMITTED]
    assert bearer(offered.happenings) is offered.happenings[1]
    shown = build.confirmed()
    noted = replace(shown, happenings=()).record(EventKind.LABELS_CHANGED, OWNER).record(EventKind.ORDER_EDITED, OWNER)
    assert bearer(noted.happenings) is noted.happenings[1]
    assert bearer(()) is None
