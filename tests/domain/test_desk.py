"""The seller's desk on one order: labels and private notes (DSK-3)."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain import labels, notes
from app.domain.access import SELLER_SIDE
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import AUDIENCE, EventKind
from app.domain.labels import LABEL_LONGEST, LABELS_MOST
from app.domain.lifecycle import Who
from app.domain.notes import NOTE_LONGEST, NOTES_MOST
from app.domain.trade import Trade
from tests.domain.build import ACTORS, act, confirmed

NOBODY = UUID(int=0)


def labelled(*add: str, trade: Trade | None = None, remove: tuple[str, ...] = ()) -> Trade:
    """An order with these labels put on, and others taken off, by a salesperson."""
    return labels.label(trade or confirmed(), act(Who.SALES), add, remove)


def noted(number: int) -> Trade:
    """An order with so many notes of a salesperson."""
    trade = confirmed()
    for at in range(number):
        trade = notes.add(trade, act(Who.SALES), f"Note {at}.")
    return trade


# --- labels -----------------------------------------------------------------------------------------------------


def test_labels_are_put_on_and_taken_off() -> None:
    """DSK-3: in the order they came; the log says of each that it came or went, to the seller's side alone."""
    trade = labelled("VIP", "fair 2024")
    trade = labelled("late", trade=trade, remove=("VIP",))
    assert trade.order.labels == ("fair 2024", "late")
    event = trade.happenings[-1]
    assert event.kind is EventKind.LABELS_CHANGED
    assert [(change.field, change.before, change.after) for change in event.changes] == [
        ("label", "VIP", None),
        ("label", None, "late"),
    ]
    assert AUDIENCE[EventKind.LABELS_CHANGED] == SELLER_SIDE


def test_a_label_is_there_once() -> None:
    """DSK-3: blanks and case make no difference, and the first spelling stays."""
    trade = labelled("  New\n customer ", "NEW CUSTOMER")
    assert trade.order.labels == ("New customer",)
    assert labelled("new customer", trade=trade) is trade
    assert labelled(trade=trade, remove=("nobody's",)) is trade
    assert labelled(trade=trade, remove=("NEW  customer",)).order.labels == ()


def test_what_is_taken_off_and_put_on_at_once_is_spelt_anew() -> None:
    """DSK-3: taking off comes first."""
    assert labelled("vip", trade=labelled("VIP", "late"), remove=("VIP",)).order.labels == ("late", "vip")


def test_an_order_has_so_many_labels() -> None:
    """DSK-3: at most 20, of 1 to 50 characters; beyond that nothing is put on."""
    most = tuple(f"label {at}" for at in range(LABELS_MOST))
    trade = labelled(*most)
    assert len(trade.order.labels) == 20
    with pytest.raises(Refusal) as refused:
        labelled("one more", trade=trade)
    assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_MANY, ("add",))
    assert len(labelled("one more", trade=trade, remove=("label 0",)).order.labels) == 20
    for add, remove, field in (((*most, "x"), (), "add"), ((), (*most, "x"), "remove")):
        with pytest.raises(Refusal) as refused:
            labelled(*add, remove=remove)
        assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_MANY, (field,))
    assert labelled("x" * LABEL_LONGEST).order.labels == ("x" * 50,)


@pytest.mark.parametrize("bad", ["", " \t", "x" * (LABEL_LONGEST + 1)])
def test_a_label_is_a_word(bad: str) -> None:
    """DSK-3: each that is none is named by its place."""
    for field, add, remove in (("add", ("good", bad), ()), ("remove", (), ("good", bad))):
        with pytest.raises(Refusal) as refused:
            labelled(*add, remove=remove)
        assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_LONG, (field, 1))


def test_some_label_is_named() -> None:
    """DSK-3: neither to put on nor to take off is no request."""
    with pytest.raises(Refusal) as refused:
        labelled()
    assert refused.value.code is ErrorCode.REQUIRED


# --- private notes ----------------------------------------------------------------------------------------------


def test_a_note_is_written_down() -> None:
    """DSK-3: who, when and what; its event names it, keeps none of its words and is the seller's side's alone."""
    trade = notes.add(confirmed(), act(Who.SALES), "  Ada calls on Mondays. ")
    (note,) = trade.notes
    assert (note.text, note.author_id, note.written_at) == (
        "Ada calls on Mondays.",
        ACTORS[Who.SALES].account_id,
        act(Who.SALES).now,
    )
    event = trade.happenings[-1]
    assert (event.kind, event.facts) == (EventKind.NOTE_ADDED, {"note": f"nte_{note.id.hex}"})
    assert "Ada" not in str(event.data)
    assert AUDIENCE[EventKind.NOTE_ADDED] == AUDIENCE[EventKind.NOTE_REMOVED] == SELLER_SIDE


def test_an_order_has_so_many_notes() -> None:
    """DSK-3: at most 100, of 1 to 2,000 characters; one that is removed makes room."""
    full = noted(NOTES_MOST)
    assert len(full.notes) == 100
    with pytest.raises(Refusal) as refused:
        notes.add(full, act(Who.OWNER), "One more.")
    assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_MANY, ("text",))
    assert notes.add(notes.remove(full, act(Who.SALES), full.notes[0].id), act(Who.OWNER), "One more.").notes
    assert notes.add(confirmed(), act(Who.SALES), "x" * NOTE_LONGEST).notes[0].text == "x" * 2_000
    for bad in ("", " \n", "x" * (NOTE_LONGEST + 1)):
        with pytest.raises(Refusal) as refused:
            notes.add(confirmed(), act(Who.SALES), bad)
        assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_LONG, ("text",))


def test_a_note_is_removed_by_who_wrote_it_or_by_the_owner() -> None:
    """DSK-3: nobody else, and then its words are gone."""
    trade = noted(2)
    first, second = trade.notes
    for who in (Who.SALES, Who.OWNER):
        after = notes.remove(trade, act(who), first.id)
        assert after.notes == (second,)
        assert (after.happenings[-1].kind, after.happenings[-1].facts) == (
            EventKind.NOTE_REMOVED,
            {"note": f"nte_{first.id.hex}"},
        )
    colleague = act(Who.SALES)
    colleague = replace(colleague, actor=replace(ACTORS[Who.SALES], account_id=NOBODY))
    with pytest.raises(Refusal) as refused:
        notes.remove(trade, colleague, first.id)
    assert (refused.value.code, refused.value.field) == (ErrorCode.FORBIDDEN, ("noteId",))
    with pytest.raises(Refusal) as refused:
        notes.remove(trade, act(Who.OWNER), NOBODY)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("noteId",))
