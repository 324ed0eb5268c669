"""What lists of orders go by, kept as their rows are written: on the order itself, and the words it is found by."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.changes import Change, rowset
from app.db.driver import within
from app.domain import finding, listing
from app.domain.records import Buyer
from app.domain.trade import Trade

Decided = Sequence[tuple[Trade | None, Trade]]

_ROWS = rowset({"order_id": "uuid", "words": "text[]", "seller_words": "text[]"})
_KEEP = (
    f"INSERT INTO order_words (order_id, words, seller_words) SELECT order_id, words, seller_words FROM {_ROWS}"
    " ON CONFLICT (order_id) DO UPDATE SET words = excluded.words, seller_words = excluded.seller_words"
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
    words = [finding.of(after, _of(buyers, after)) for (_, after), found in zip(kept, moved, strict=True) if found]
    return kept, [Change(_KEEP, words)] if words else []


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
