"""The papers made of an order as clients see them: what they are, and where they are fetched."""

from datetime import datetime

from sqlalchemy import and_, literal

from app import reads
from app.db import tables as t
from app.domain.records import Status
from app.reads import column, public_id


@reads.reads(t.orders, part=True)
class ProformaInvoice:
    """The contract as a paper to print, in English and Chinese, as it is when it is fetched: every term, the payment
    schedule, the collection accounts and the guarantees (ORD-12). It is fetched with the same bearer token.
    """

    binding: bool = column(
        and_(t.orders.c.confirmed_at.is_not(None), t.orders.c.status != Status.CLOSED.value),
        "Whether both have agreed to it and it still stands; the paper says how far the order is.",
    )
    as_of: datetime = column(t.orders.c.updated_at, "When what it says last changed.")
    html_path: str = column(
        literal("/orders/") + public_id("ord", t.orders.c.id) + literal("/proforma.html"),
        "Where it is fetched as HTML, on this server: one page that loads nothing else.",
    )
    pdf_path: str = column(
        literal("/orders/") + public_id("ord", t.orders.c.id) + literal("/proforma.pdf"),
        "Where it is fetched as PDF, on this server, fonts embedded.",
    )
