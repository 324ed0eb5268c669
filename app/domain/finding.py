"""The words an order is found by: one way to take a text apart, for what is kept and for what is asked (DSK-2)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

from app.domain.access import By, plain_email
from app.domain.errors import ErrorCode, Refusal
from app.domain.partial import holds
from app.domain.records import Buyer, Order
from app.domain.trade import Trade

TEXT_LONGEST = 100
WORD_LONGEST = 254
NUMBER_TAIL = 6
# Chinese characters, kana and hangul: nothing is written between the words of such a text
_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}]+")
_FIRST_UNSPACED = re.compile(f"[{_UNSPACED}]")


@dataclass(frozen=True, slots=True)
class OrderWords:
    """What finds an order: for its buyer and operators, and for its seller's side, where each word says whose it is.

    So an index leads to one seller's orders, however many others have the same word.
    """

    order_id: UUID
    words: tuple[str, ...]
    seller_words: tuple[str, ...]


def plain(text: str) -> str:
    """A text as it is compared: width and case make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(text: str) -> Iterator[str]:
    """The words of a text; of one without spaces each character and each pair of neighbours."""
    for run in _RUN.findall(plain(text)):
        if _FIRST_UNSPACED.match(run):
            yield from run
            yield from map("".join, pairwise(run))
        else:
            yield run[:WORD_LONGEST]


@lru_cache(maxsize=256)
def asked(text: str) -> tuple[str, ...]:
    """The words of which an order must have every one to be found by a text (DSK-2).

    Raises a Refusal when the text is too long, or has no word.
    """
    if len(text) > TEXT_LONGEST:
        message = f"Search by at most {TEXT_LONGEST} characters."
        raise Refusal(ErrorCode.TOO_LONG, message, ("filter", "text"), {"longest": str(TEXT_LONGEST)})
    found = dict.fromkeys(word for token in plain(text).split() for word in _asked(token))
    if not found:
        raise Refusal(ErrorCode.INVALID, "Search by at least one letter or digit.", ("filter", "text"))
    return tuple(found)


def _asked(token: str) -> Iterator[str]:
    if "@" in token.strip("@"):
        yield token
        return
    for run in _RUN.findall(token):
        if not _FIRST_UNSPACED.match(run):
            yield run[:WORD_LONGEST]
        elif len(run) == 1:
            yield run
        else:
            yield from map("".join, pairwise(run))


def seller_word(seller_id: UUID, word: str) -> str:
    """A word as it is kept for a seller's side; no word has a space in it."""
    return f"{seller_id.hex[-12:]} {word}"


def moved(before: Trade | None, after: Trade) -> bool:
    """Whether an order is found by other words than before; what was not even loaded is as it was."""
    if before is None:
        return True
    if _same(before, after, _ROWS) and _same(before.order, after.order, _COLUMNS):
        return False
    return _found_by(before) != _found_by(after)


# What an order's words are made of: rows of its own, and columns
_ROWS = ("contact", "items")
_COLUMNS = ("number", "buyer_id", "labels", "confirmed_at")


def _same(before: object, after: object, names: Iterable[str]) -> bool:
    """Whether nobody has touched these, so that they need not be compared."""
    had, has = vars(before), vars(after)
    return all(had.get(name) is has.get(name) for name in names)


def _found_by(trade: Trade) -> tuple[object, ...]:
    """All that an order's words are made of."""
    order = trade.order
    columns = [getattr(order, name) if holds(order, name) else None for name in ("number", "buyer_id", "labels")]
    items = trade.items if holds(trade, "items") else ()
    names = tuple(item.description for item in items if holds(item, "description"))
    email = trade.contact.email if holds(trade, "contact") else None
    return *columns, email, names, holds(order, "confirmed_at") and order.confirmed_at is not None


def of(trade: Trade, buyer: Buyer | None) -> OrderWords:
    """The words of an order: its number, its buyer, its products, and for the seller's side its labels (DSK-2).

    The buyer's e-mail finds it for the seller from when the seller is shown it: at once where the seller wrote it down,
    else from confirmation on (section 13).
    """
    order = trade.order
    email = set(_of_email(trade.contact.email))
    shared = set(_of_number(order)) | (set() if buyer is None else _of_buyer(buyer))
    shared.update(word for item in trade.items for word in words(item.description))
    known = order.drafted_by is By.SELLER or order.confirmed_at is not None
    private = {word for label in order.labels for word in words(label)}
    own = shared | private | (email if known else set())
    seller_words = tuple(sorted(seller_word(order.seller_id, word) for word in own))
    return OrderWords(order.id, tuple(sorted(shared | email)), seller_words)


def _of_number(order: Order) -> Iterator[str]:
    if order.number is not None:
        yield from (order.number, order.number[-NUMBER_TAIL:])


def _of_email(email: str | None) -> Iterator[str]:
    """A whole e-mail, what stands before its @, and the words of both."""
    if email is not None:
        whole = plain(plain_email(email))
        yield from (whole, *words(whole))


def _of_buyer(buyer: Buyer) -> set[str]:
    """The words of the buyer's name, and the id that the account is known by."""
    return {*words(buyer.name), f"buy_{buyer.id.hex}"}
