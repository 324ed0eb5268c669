"""Uploaded files: received, shown to whom they concern, and forgotten when nobody used them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, Protocol
from uuid import UUID

from sqlalchemy import select

from app.actions import work
from app.actions.work import Call, Means
from app.db import files
from app.db import tables as t
from app.db.trades import Asked
from app.domain import attachments, media
from app.domain.access import Actor, By, Scope, Seen
from app.domain.attachments import may_see
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.records import Status
from app.storage import Storage

WAITING_MOST = 50
KEPT_WAITING = timedelta(days=1)


class Keeping(Means, Protocol):
    """The means of an action that also keeps contents."""

    @property
    def storage(self) -> Storage:
        """Where contents are kept."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a client has sent, read to its end."""

    content: BinaryIO
    size: int
    sha256: str


async def receive(
    means: Keeping, actor: Actor, purpose: AttachmentPurpose, name: str, received: Received
) -> Attachment:
    """Keep an uploaded file; until it is used it is its uploader's alone, and for a day."""
    _require_scope(actor, purpose)
    found = await asyncio.to_thread(media.media_type, received.content, received.size)
    file = Attachment(
        id=means.mint.id(),
        purpose=purpose,
        order_id=None,
        seller_id=None,
        about=None,
        by=actor.by,
        uploaded_by=actor.account_id,
        name=media.check_name(name),
        media_type=media.check_type(found, purpose),
        size=received.size,
        sha256=received.sha256,
        # in real time, as all that concerns the upload itself: the domain's clock may be moved
        uploaded_at=means.clock.real(),
    )
    async with means.engine.begin() as connection:
        if await files.number_waiting(connection, actor.account_id) >= WAITING_MOST:
            message = f"{WAITING_MOST} files of yours wait to be used; use them, or come back tomorrow."
            raise Refusal(ErrorCode.TOO_MANY, message)
        await files.add(connection, file)
    # after the row: a content without one would never be found again, a row without a content is dropped in a day
    await means.storage.put(file.id, received.content)
    return file


def _require_scope(actor: Actor, purpose: AttachmentPurpose) -> None:
    goods = purpose in (AttachmentPurpose.PROOF, AttachmentPurpose.PRODUCTION)
    work.require_scope(actor, Scope.SHIPMENTS_WRITE if goods else Scope.ORDERS_WRITE)


async def fetch(means: Keeping, actor: Actor, file_id: UUID) -> tuple[Attachment, AsyncIterator[bytes]]:
    """A file and its content; NOT_FOUND for whoever may not see it (section 13)."""
    async with means.engine.connect() as connection:
        file = await files.get(connection, file_id)
        seen = None
        if file is not None and file.order_id is not None:
            o = t.orders.c
            query = select(o.seller_id, o.buyer_id, o.salesperson_id, o.drafted_by, o.status).where(
                o.id == file.order_id
            )
            # a draft may be deleted between the two looks: then its file is nobody's to see but its uploader's
            if (row := (await connection.execute(query)).first()) is not None:
                draft = row.status == Status.DRAFT
                seen = Seen(row.seller_id, row.buyer_id, row.salesperson_id, By(row.drafted_by), draft)
    content = None
    if file is not None and may_see(file, actor.viewer, seen):
        content = await means.storage.open(file_id)
    if file is None or content is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such file, or you may not see it.", ("id",))
    return file, content


async def forget_unused(means: Keeping) -> int:
    """Forget the files that nobody used within a day; how many there were."""
    async with means.engine.begin() as connection:
        gone = await files.drop_waiting(connection, means.clock.real() - KEPT_WAITING)
    for file_id in gone:
        await means.storage.delete(file_id)
    return len(gone)


async def attach_proofs(means: Means, call: Call, shipment_id: UUID, order_id: UUID, file_ids: Sequence[UUID]) -> UUID:
    """Prove a shipment (SHP-2); the id of the shipment."""
    if call.actor is not None:
        work.require_scope(call.actor, Scope.SHIPMENTS_WRITE)
    attachments.check_number(file_ids)
    unseen = Refusal(ErrorCode.NOT_FOUND, "There is no such shipment, or you may not see it.", ("shipmentId",))
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: attachments.attach_proofs(trade, act, shipment_id, file_ids),
        lambda _: shipment_id,
        unseen=unseen,
        asked=Asked(files=file_ids),
    )


async def attach_evidence(means: Means, call: Call, order_id: UUID, file_ids: Sequence[UUID]) -> UUID:
    """Show the other side and the operators what one says of the order."""
    if call.actor is not None:
        work.require_scope(call.actor, Scope.ORDERS_WRITE)
    attachments.check_number(file_ids)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: attachments.attach_evidence(trade, act, file_ids),
        asked=Asked(files=file_ids),
    )
