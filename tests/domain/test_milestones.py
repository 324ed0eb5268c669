"""Production follow-up: dated milestones with text and pictures, for the buyer to see (SHP-7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.domain import attachments, milestones
from app.domain.access import PARTIES
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.happenings import AUDIENCE, EventKind
from app.domain.lifecycle import Who
from app.domain.milestones import MILESTONES_MOST, TEXT_LONGEST
from app.domain.trade import Trade
from tests.domain.build import SALES_ID, START, act, confirmed, dispatched, offering, paid, send, submitted

TODAY = START.date()


def pictured(
    trade: Trade, number: int, purpose: AttachmentPurpose = AttachmentPurpose.PRODUCTION
) -> tuple[Trade, list[UUID]]:
    """The trade with so many uploaded files of a salesperson, and these."""
    files: list[Attachment] = []
    for _ in range(number):
        trade, file = offering(trade, act(Who.SALES), purpose)
        files.append(file)
    return trade, [file.id for file in files]


def add(trade: Trade, on_date: date = TODAY, text: str = "Cut.", files: list[UUID] | None = None) -> Trade:
    """The salesperson reports something."""
    return milestones.add(trade, act(Who.SALES), on_date, text, files or [])


def refused(trade: Trade, on_date: date = TODAY, text: str = "Cut.", files: list[UUID] | None = None) -> Refusal:
    """The refusal of a report."""
    with pytest.raises(Refusal) as found:
        add(trade, on_date, text, files)
    return found.value


def test_a_milestone_is_told_to_both_sides_with_its_pictures() -> None:
    """SHP-7: one event names it, its day and how many pictures it has; they are the order's own from now on."""
    trade, files = pictured(paid(), 2)
    after = add(trade, text="  The moulds are made. ", files=[*files, files[0]])
    (milestone,) = after.milestones
    assert (milestone.text, milestone.on_date, milestone.added_by, milestone.added_at) == (
        "The moulds are made.",
        TODAY,
        SALES_ID,
        START,
    )
    shown = [row for row in after.attachments if row.about == milestone.id]
    assert [(row.id, row.order_id) for row in shown] == [(file, after.order.id) for file in files]
    (event,) = after.happenings[len(trade.happenings) :]
    assert event.kind is EventKind.MILESTONE_ADDED
    assert event.facts == {"milestone": f"mst_{milestone.id.hex}", "date": str(TODAY), "pictures": "2"}
    assert "moulds" not in str(event.data)
    assert AUDIENCE[EventKind.MILESTONE_ADDED] == PARTIES


def test_a_milestone_has_words() -> None:
    """SHP-7: from 1 to 2,000 characters, with pictures or without."""
    for bad in ("", " \n", "x" * (TEXT_LONGEST + 1)):
        found = refused(paid(), text=bad)
        assert (found.code, found.field) == (ErrorCode.TOO_LONG, ("text",))
    assert add(paid(), text="x" * TEXT_LONGEST).milestones[0].text == "x" * 2_000


def test_the_day_is_one_that_has_come_somewhere() -> None:
    """SHP-7: between the drafting of the order and today, wherever on earth the seller is."""
    evening = datetime(2024, 5, 6, 11, 0, tzinfo=UTC)
    trade = paid(at=evening)
    later = replace(act(Who.SALES), now=evening + timedelta(days=2))
    for day, good in ((5, True), (4, False), (9, True), (10, False)):
        on_date = date(2024, 5, day)
        if good:
            assert milestones.add(trade, later, on_date, "Cut.", []).milestones[0].on_date == on_date
            continue
        with pytest.raises(Refusal) as found:
            milestones.add(trade, later, on_date, "Cut.", [])
        assert (found.value.code, found.value.field) == (ErrorCode.OUT_OF_RANGE, ("date",))
        assert found.value.params == {"from": "2024-05-05", "to": "2024-05-09"}


def test_milestones_end_with_the_last_dispatch() -> None:
    """SHP-7: they are reported from the agreement until everything has left."""
    for trade in (confirmed(), paid(), send(paid(), quantity=5)):
        assert add(trade).milestones
    for trade in (submitted(), dispatched()):
        assert refused(trade).code is ErrorCode.STEP_NOT_ALLOWED


def test_an_order_has_so_many_milestones() -> None:
    """SHP-7: at most 100."""
    trade = paid()
    for _ in range(MILESTONES_MOST):
        trade = add(trade)
    assert len(trade.milestones) == 100
    assert refused(trade).code is ErrorCode.TOO_MANY


def test_a_milestone_has_so_many_pictures_and_nothing_else() -> None:
    """SHP-7: at most 20, one's own, uploaded as such and not in use yet."""
    trade, files = pictured(paid(), attachments.AT_ONCE_MOST + 1)
    found = refused(trade, files=files)
    assert (found.code, found.field) == (ErrorCode.TOO_MANY, ("fileIds",))
    after = add(trade, files=files[:20])
    assert len([row for row in after.attachments if row.about]) == 20
    papers, proofs = pictured(paid(), 1, AttachmentPurpose.PROOF)
    for trade_, named in ((after, files[:1]), (papers, proofs), (paid(), [UUID(int=0)])):
        found = refused(trade_, files=named)
        assert (found.code, found.field) == (ErrorCode.FILE_REFUSED, ("fileIds", 0))


def test_a_wrong_milestone_is_taken_back() -> None:
    """SHP-7: it is told as well, and its pictures stay among the order's files."""
    trade, files = pictured(paid(), 1)
    trade = add(add(trade, files=files), text="Cast.")
    first, second = trade.milestones
    after = milestones.take_back(trade, act(Who.OWNER), first.id)
    assert after.milestones == (second,)
    assert [(row.id, row.order_id, row.about) for row in after.attachments] == [(files[0], trade.order.id, None)]
    event = after.happenings[-1]
    assert event.kind is EventKind.MILESTONE_TAKEN_BACK
    assert event.facts == {"milestone": f"mst_{first.id.hex}", "date": str(TODAY)}
    for milestone_id, code in ((first.id, ErrorCode.NOT_FOUND), (UUID(int=0), ErrorCode.NOT_FOUND)):
        with pytest.raises(Refusal) as found:
            milestones.take_back(after, act(Who.OWNER), milestone_id)
        assert (found.value.code, found.value.field) == (code, ("milestoneId",))
    with pytest.raises(Refusal) as found:
        milestones.take_back(dispatched(), act(Who.OWNER), first.id)
    assert found.value.code is ErrorCode.STEP_NOT_ALLOWED
