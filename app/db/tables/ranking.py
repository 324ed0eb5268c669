"""The ranking of sellers by how punctually they deliver: one, of the day it was made on."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Integer, Named, Table, TypedColumns, Uuid

from app.db.tables.base import INSTANT, metadata


class _DeliveryRankings(TypedColumns):
    """Of which day of the platform's calendar the ranking is, and when it was made."""

    day: Named[date] = Column(Date, primary_key=True)
    made_at: Named[datetime] = Column(INSTANT)


delivery_rankings = Table("delivery_rankings", metadata, _DeliveryRankings)


class _DeliveryPlaces(TypedColumns):
    """A seller's place, and what it rests on; `position` is where the seller stands in the list."""

    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"), primary_key=True)
    day: Named[date] = Column(Date, ForeignKey("delivery_rankings.day", ondelete="CASCADE"))
    position: Named[int] = Column(Integer, unique=True)
    place: Named[int] = Column(Integer)
    kept: Named[int] = Column(Integer)
    due: Named[int] = Column(Integer)


delivery_places = Table(
    "delivery_places",
    metadata,
    _DeliveryPlaces,
    CheckConstraint("kept BETWEEN 0 AND due AND due > 0", name="kept"),
)
