"""The ranking of sellers by how punctually they deliver, as clients see it (DSK-5)."""

from datetime import date
from decimal import Decimal

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_SIDE
from app.domain.punctuality import ratio
from app.reads import column, computed, one
from app.schema.people import Seller

p = t.delivery_places.c
_own = reads.seller_only(p.seller_id)


@reads.reads(t.delivery_places, visible=reads.signed_in)
class RankedSeller:
    """A seller's place among those who deliver most punctually; what it rests on is the seller's own to know."""

    place: int = column(p.place, "The place, from 1 on; who kept the same part shares one.")
    seller: Seller = one(t.sellers.c.id == p.seller_id, description="The seller.")
    day: date = column(p.day, "Of which day the ranking is: of promises that had fallen due when it began.")
    kept: int | None = column(p.kept, "How many promises were kept; null for others.", to=SELLER_SIDE, only=_own)
    due: int | None = column(p.due, "How many fell due; null for others.", to=SELLER_SIDE, only=_own)
    rate: Decimal | None = computed(
        ratio,
        p.kept,
        p.due,
        description="`kept` in parts of `due`, rounded half up to four places; null for others.",
        to=SELLER_SIDE,
        only=_own,
    )
