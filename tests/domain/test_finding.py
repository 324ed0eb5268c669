"""The words an order is found by."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import finding
from app.domain.errors import ErrorCode, Refusal
from app.domain.records import Buyer
from app.domain.trade import Trade
from tests.domain import build

BUYER = Buyer(build.BUYER_ID, "Ada Ébène Lovelace", "US")
TEXTS = st.text(alphabet="abÄß手机壳のㄱ한9_@. -'", max_size=30)


def found(trade: Trade, text: str) -> tuple[bool, bool]:
    """Whether a text finds an order: for its buyer and operators, and for its seller's side."""
    kept = finding.of(trade, BUYER)
    asked = finding.asked(text)
    own = {finding.seller_word(trade.order.seller_id, word) for word in asked}
    return set(asked) <= set(kept.words), own <= set(kept.seller_words)


def named(trade: Trade, *descriptions: str) -> Trade:
    """The order with lines of these products."""
    first = trade.items[0]
    return replace(trade, items=tuple(replace(first, description=each) for each in descriptions))


def test_two_chinese_characters_are_found_within_a_longer_name() -> None:
    """DSK-2: 手机 within 碳纤维手机壳, but no two characters that do not stand beside one another."""
    trade = named(build.confirmed(), "碳纤维手机壳")
    for text in ("手机", "碳纤维", "机", "手机壳", "维手"):
        assert found(trade, text) == (True, True), text
    for text in ("碳维", "机手", "电脑"):
        assert found(trade, text) == (False, False), text


@pytest.mark.parametrize("text", ["buyer.one@example.com", "BUYER.ONE@Example.com", "buyer.one", "one", "example.com"])
def test_an_email_is_found_whole_and_by_what_stands_before_its_at(text: str) -> None:
    """DSK-2: whatever its case, whole, by the part before the @, and by the words of it."""
    assert found(build.confirmed(), text) == (True, True)


def test_an_email_is_found_by_no_part_of_a_word() -> None:
    """DSK-2: words are whole; a whole e-mail finds itself alone."""
    for text in ("uyer", "buyer.one@example.org", "x@example.com"):
        assert found(build.confirmed(), text) == (False, False), text


def test_a_number_is_found_whole_and_by_its_last_six_digits() -> None:
    """DSK-2: the twenty digits, and the last six of them."""
    trade = build.confirmed()
    number = trade.order.number or ""
    assert found(trade, number) == found(trade, f" {number[-6:]} ") == (True, True)
    for text in (number[-5:], number[-7:], number[:6]):
        assert found(trade, text) == (False, False), text


def test_every_word_of_a_text_must_be_found() -> None:
    """DSK-2: a name and a product, in any order and any case; one word that is not there finds nothing."""
    trade = named(build.confirmed(), "Carbon phone case", "USB-C cable")
    assert found(trade, "CASE lovelace ada") == found(trade, "usb-c") == (True, True)
    assert found(trade, "ébène") == found(trade, "Carbon ＣＡＢＬＥ") == (True, True)
    assert found(trade, "carbon lovelace bob") == (False, False)


def test_the_buyers_id_finds_the_order() -> None:
    """DSK-2: the id that both sides know the buyer's account by."""
    assert found(build.confirmed(), f"buy_{BUYER.id.hex}") == (True, True)


def test_labels_find_it_for_the_sellers_side_alone() -> None:
    """DSK-2, section 13: what the seller's members put on an order is nothing to its buyer."""
    trade = build.confirmed().change(labels=("Key account", "急单"))
    assert found(trade, "key") == found(trade, "急单") == (False, True)


def test_the_email_of_a_request_finds_it_for_the_seller_from_confirmation_on() -> None:
    """DSK-2, section 13: nothing is found by what is not shown yet."""
    asked = build.requested()
    assert found(asked, build.BUYER_EMAIL) == (True, False)
    assert found(asked.change(confirmed_at=build.START), build.BUYER_EMAIL) == (True, True)
    assert found(build.submitted(), build.BUYER_EMAIL) == (True, True)


def test_a_word_is_one_sellers_own() -> None:
    """Section 13: the same words of two sellers' orders are two."""
    one = build.confirmed()
    other = one.change(seller_id=build.BUYER_ID)
    assert not set(finding.of(one, BUYER).seller_words) & set(finding.of(other, BUYER).seller_words)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", ErrorCode.INVALID), (" -!. ", ErrorCode.INVALID), ("x" * 101, ErrorCode.TOO_LONG)],
)
def test_a_text_has_a_word_and_an_end(text: str, code: ErrorCode) -> None:
    """DSK-2: a text without a word is refused, and one of more than a hundred characters."""
    with pytest.raises(Refusal) as refused:
        finding.asked(text)
    assert (refused.value.code, refused.value.field) == (code, ("filter", "text"))
    assert finding.asked("x" * 100)


@given(TEXTS)
def test_whatever_is_written_is_found_by_itself(name: str) -> None:
    """DSK-2: a product's own name finds it, and so does each pair of neighbours of Chinese."""
    trade = named(build.confirmed(), name)
    try:
        words = finding.asked(name)
    except Refusal:
        return
    if "@" not in name:
        assert set(words) <= set(finding.of(trade, BUYER).words)
    for pair in map("".join, pairwise(finding.plain(name))):
        if all("\u4e00" <= each <= "\u9fff" for each in pair):
            assert found(trade, pair) == (True, True)


def test_words_are_made_anew_only_when_something_of_them_changed() -> None:
    """A status or a deadline leaves the words as they are; number, buyer, labels, names and e-mail do not."""
    trade = build.confirmed()
    assert finding.moved(None, trade)
    assert not finding.moved(trade, trade.change(version=7, updated_at=build.START))
    assert not finding.moved(trade, replace(trade, items=(*trade.items,)))
    for column, value in {"number": "1" * 20, "buyer_id": None, "labels": ("a",), "confirmed_at": None}.items():
        assert finding.moved(trade, trade.change(**{column: value})), column
    assert finding.moved(trade, named(trade, "another"))
    assert finding.moved(trade, replace(trade, contact=replace(trade.contact, email="x@example.com")))
