"""What a trade consists of beside its order: the tables of its rows, and the records they become."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from app.db import tables as t
from app.domain import goods, remedies
from app.domain import records as r

COLLECTIONS: Mapping[str, tuple[Table[Any], type, str]] = {
    "items": (t.items, r.Item, "position"),
    "instalments": (t.instalments, r.Instalment, "position"),
    "collection_accounts": (t.collection_accounts, r.CollectionAccount, "id"),
    "payments": (t.payments, r.Payment, "id"),
    "receipts": (t.receipts, r.Receipt, "id"),
    "shipments": (t.shipments, r.Shipment, "position"),
    "shipment_items": (t.shipment_items, r.ShipmentItem, "id"),
    "tracking_events": (t.tracking_events, r.TrackingEvent, "id"),
    "amendments": (t.amendments, r.Amendment, "id"),
    "reviews": (t.reviews, r.Review, "id"),
    "deadlines": (t.deadlines, r.Deadline, "id"),
    "invitations": (t.invitations, r.Invitation, "id"),
    "claims": (t.claims, remedies.Claim, "id"),
    "waivers": (t.waivers, remedies.Waiver, "id"),
    "disputes": (t.disputes, remedies.Dispute, "id"),
    "dispute_steps": (t.dispute_steps, remedies.DisputeStep, "id"),
    "consignments": (t.consignments, goods.Consignment, "id"),
    "notes": (t.private_notes, r.Note, "id"),
    "milestones": (t.milestones, r.Milestone, "id"),
    "attachments": (t.attachments, goods.Attachment, "id"),
}
# What an order only has to do with: written like its own, but loaded and locked apart
SHARED: Mapping[str, Table[Any]] = {
    "coupons": t.coupons,
    "recoveries": t.recoveries,
    "collections": t.collections,
}
# What nobody has decided yet of a trade that was loaded
UNDECIDED: Mapping[str, Any] = {
    **dict.fromkeys(("collections", "happenings", "coupon_happenings", "posted"), ()),
    "untold": {},
}


def children_sql(name: str) -> str:
    """The rows of a collection as a column of its order `o`, whole, as PostgreSQL's own records."""
    table, _, order = COLLECTIONS[name]
    return f"ARRAY(SELECT c FROM {table.name} c WHERE c.order_id = o.id ORDER BY c.{order}) AS {name}"
