"""Uploaded files and consignment orders as clients see them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, cast, false, literal, or_, select, true
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import By, Role
from app.domain.goods import OF_SHIPMENTS, AttachmentPurpose
from app.reads import Node, as_enum, column, public_id
from app.reads.visibility import Standing


def visible_files(standing: Standing) -> ColumnElement[bool]:
    """The SQL twin of `may_see`: a file is seen by whoever sees its order, or by what it is for (section 13)."""
    f = t.attachments.c
    if standing.role is None:
        return false()
    unread = [] if standing.shipments else [f.purpose.not_in(sorted(str(purpose) for purpose in OF_SHIPMENTS))]
    of_order = select(1).where(t.orders.c.id == f.order_id, reads.visible_orders(standing)).exists()
    if standing.role is Role.OPERATOR:
        return and_(true(), *unread)
    waiting = and_(f.order_id.is_(None), f.about.is_(None), f.uploaded_by == standing.account_id)
    picture = and_(f.order_id.is_(None), f.about.is_not(None), f.purpose == AttachmentPurpose.PRODUCT.value)
    seen = [and_(f.order_id.is_not(None), *unread, of_order), waiting, picture]
    if standing.role in (Role.OWNER, Role.FINANCE):
        document = and_(f.order_id.is_(None), f.about.is_not(None), f.seller_id == standing.seller_id)
        seen.append(document)
    return or_(*seen)


@reads.reads(t.attachments, prefix="fil", visible=visible_files)
class Attachment(Node):
    """An uploaded file; its content is fetched at its path, with the same bearer token."""

    id: ID = column(public_id("fil", t.attachments.c.id), "The file's id.")
    purpose: AttachmentPurpose = column(as_enum(AttachmentPurpose, t.attachments.c.purpose), "What it is for.")
    name: str = column(t.attachments.c.name, "The name it was sent under.")
    media_type: str = column(t.attachments.c.media_type, "What it is, as its content says.")
    size: int = column(cast(t.attachments.c.size, Integer), "How many bytes it has.")
    sha256: str = column(t.attachments.c.sha256, "The SHA-256 of its content, in hexadecimal digits.")
    by: By = column(as_enum(By, t.attachments.c.by), "Which side sent it.")
    uploaded_at: datetime = column(t.attachments.c.uploaded_at, "When it was sent.")
    path: str = column(
        literal("/files/") + public_id("fil", t.attachments.c.id),
        "Where it is fetched, on this server.",
    )


@reads.reads(
    t.consignments,
    prefix="cns",
    visible=reads.of_shipments,
    through=("Order", t.orders.c.id == t.consignments.c.order_id),
)
class Consignment(Node):
    """A consignment order at the agent's, through which the goods of one order are exported (SHP-4)."""

    id: ID = column(public_id("cns", t.consignments.c.id), "The consignment order's id here.")
    number: str = column(t.consignments.c.number, "Its number at the agent's; it belongs to exactly one order.")
    customs_cleared_at: datetime | None = column(t.consignments.c.customs_cleared_at, "When customs cleared it.")
    linked_at: datetime = column(t.consignments.c.linked_at, "When it was linked.")
