"""What lists of orders go by, kept as their rows are written: on the order itself, and the words it is found by.

Those of before are kept for a while, because events do without names and e-mails.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.changes import Change, rowset
from app.db.driver import within
from app.domain import finding, listing
from app.domain.records import Buyer
from app.domain.relisting import bearer
from app.domain.trade import Trade

Decided = Sequence[tuple[Trade | None, Trade]]

_ROWS = rowset({"order_id": "uuid", "words": "text[]", "seller_words": "text[]"})
_KEEP = (
    f"INSERT INTO order_words (order_id, words, seller_words) SELECT order_id, words, seller_words FROM {_ROWS}"
    " ON CONFLICT (order_id) DO UPDATE SET words = excluded.words, seller_words = excluded.seller_words"
)
_PAST = rowset({"order_id": "uuid", "version": "bigint", "at": "timestamptz"})
_KEEP_PAST = (
    "INSERT INTO past_words (order_id, version, at, words, seller_words)"
    " SELECT w.order_id, given.version, given.at, w.words, w.seller_words"
    f" FROM {_PAST} JOIN order_words w USING (order_id)"
)


async def listed(connection: AsyncConnection, decided: Decided) -> tuple[Decided, list[Change]]:
    """What was decided with what lists go by, and the words of those orders that are found by others than before."""
    moved = [finding.moved(before, after) for before, after in decided]
    named = [
        after
        for (before, after), found in zip(decided, moved, strict=True)
        if found or listing.buyer_moved(before, after)
    ]
    buyers = await _buyers(connection, named)
    kept = [(before, listing.listed(before, after, _of(buyers, after))) for before, after in decided]
    reworded = [each for each, found in zip(kept, moved, strict=True) if found]
    words = [finding.of(after, _of(buyers, after)) for _, after in reworded]
    past = list(past_words(after for before, after in reworded if before is not None))
    return kept, [*past, *([Change(_KEEP, words)] if words else [])]


def past_words(trades: Iterable[Trade]) -> Iterator[Change]:
    """What orders were found by until now, kept with the events that tell of the change."""
    told = [(trade.order.id, event) for trade in trades if (event := bearer(trade.happenings)) is not None]
    if told:
        yield Change(_KEEP_PAST, [{"order_id": id, "version": event.version, "at": event.at} for id, event in told])


def _of(buyers: dict[UUID, Buyer], trade: Trade) -> Buyer | None:
    return None if trade.order.buyer_id is None else buyers.get(trade.order.buyer_id)


async def _buyers(connection: AsyncConnection, trades: Collection[Trade]) -> dict[UUID, Buyer]:
    """The buyers of these orders; only of a new order the trade does not know them."""
    known = {id: buyer for trade in trades for id, buyer in trade.buyers.items()}
    wanted = {trade.order.buyer_id for trade in trades if trade.order.buyer_id is not None} - known.keys()
    if wanted:
        query = "SELECT id, name, country FROM accounts WHERE id = ANY($1)"
        for row in await (await within(connection)).fetch(query, list(wanted)):
            known[row["id"]] = Buyer(*row)
    return known
