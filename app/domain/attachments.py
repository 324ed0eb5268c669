"""Attachments: uploaded files, what each is for, and who may see it (ORD-1, SVC-1, SHP-2, section 13)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.access import Role, Scope, Seen, Viewer, party_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import OF_SHIPMENTS, Attachment, AttachmentPurpose, Product
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.records import OrderType
from app.domain.steps import require
from app.domain.trade import Act, Trade

AT_ONCE_MOST = 20
OF_ORDER_MOST = 200
PICTURES_MOST = 20

Field = tuple[str | int, ...]


def may_see(file: Attachment, viewer: Viewer, seen: Seen | None) -> bool:
    """Whether a viewer sees a file: `seen` is its order, if it has one; the schema's rule is its SQL twin."""
    used = file.order_id is not None or viewer.role is Role.OPERATOR
    if used and file.purpose in OF_SHIPMENTS and Scope.SHIPMENTS_READ not in viewer.scopes:
        return False
    if viewer.role is Role.OPERATOR:
        return True
    if file.order_id is not None:
        return seen is not None and party_of(viewer, seen) is not None
    if file.about is None:
        return file.uploaded_by == viewer.account_id
    if file.purpose is AttachmentPurpose.PRODUCT:
        return True
    return file.seller_id == viewer.seller_id and viewer.role in (Role.OWNER, Role.FINANCE)


def offered(
    files: Sequence[Attachment], act: Act, file_id: UUID, purpose: AttachmentPurpose, field: Field
) -> Attachment:
    """The uploaded file that an actor offers: their own, for this purpose, and not in use yet."""
    file = next((row for row in files if row.id == file_id), None)
    mine = file is not None and file.order_id is None and file.about is None and file.uploaded_by == act.account_id
    if file is None or not mine:
        message = "There is no such file of yours that waits to be used; upload it first."
        raise Refusal(ErrorCode.FILE_REFUSED, message, field)
    if file.purpose is not purpose:
        message = f"This file was uploaded as {file.purpose}; upload it as {purpose}."
        raise Refusal(ErrorCode.FILE_REFUSED, message, field, {"purpose": str(file.purpose)})
    return file


def attach(
    trade: Trade, act: Act, file_id: UUID, purpose: AttachmentPurpose, field: Field, about: UUID | None = None
) -> Trade:
    """The trade with an uploaded file as one of its own; a file that is so already stays."""
    own = [row for row in trade.attachments if row.order_id == trade.order.id]
    if any((row.id, row.purpose, row.about) == (file_id, purpose, about) for row in own):
        return trade
    if len(own) >= OF_ORDER_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"An order has at most {OF_ORDER_MOST} files.", field)
    file = offered(trade.attachments, act, file_id, purpose, field)
    return trade.put("attachments", replace(file, order_id=trade.order.id, about=about))


def contract_file(trade: Trade, act: Act, file_id: UUID | None) -> Trade:
    """The trade with another uploaded contract, or none; the one before is its uploader's alone again (ORD-1)."""
    field = ("contract", "contractFileId")
    before = trade.order.contract_file_id
    if file_id is not None and trade.order.type is not OrderType.SELLER_DRAFT:
        message = "Only a seller's own draft stands on an attached contract; write the lines."
        raise Refusal(ErrorCode.FILE_REFUSED, message, field)
    if before not in (None, file_id):
        old = (row for row in trade.attachments if row.id == before)
        trade = trade.put("attachments", *(replace(row, order_id=None) for row in old))
    if file_id is not None:
        trade = attach(trade, act, file_id, AttachmentPurpose.CONTRACT, field)
    return trade.change(contract_file_id=file_id)


def attach_proofs(trade: Trade, act: Act, shipment_id: UUID, file_ids: Sequence[UUID]) -> Trade:
    """The seller proves a shipment: waybills, receipts, pictures of what left (SHP-2, FEE-3)."""
    require(trade, Step.ATTACH_PROOF, act)
    if all(shipment.id != shipment_id for shipment in trade.shipments):
        raise Refusal(ErrorCode.NOT_FOUND, "This order has no such shipment.", ("shipmentId",))
    return _attach_all(trade, act, file_ids, AttachmentPurpose.PROOF, shipment_id)


def attach_evidence(trade: Trade, act: Act, file_ids: Sequence[UUID]) -> Trade:
    """A party shows the other and the operators what it says of the order."""
    require(trade, Step.ATTACH_EVIDENCE, act)
    return _attach_all(trade, act, file_ids, AttachmentPurpose.EVIDENCE, None)


def _attach_all(
    trade: Trade, act: Act, file_ids: Sequence[UUID], purpose: AttachmentPurpose, about: UUID | None
) -> Trade:
    check_number(file_ids)
    before = trade.attachments
    for at, file_id in enumerate(file_ids):
        trade = attach(trade, act, file_id, purpose, ("fileIds", at), about)
    return told(trade, act, before)


def pictures(
    product: Product, act: Act, files: Sequence[Attachment], file_ids: Sequence[UUID], shown: int
) -> list[Attachment]:
    """The uploaded files as pictures of a product that has `shown` of them already."""
    if shown + len(file_ids) > PICTURES_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"A product has at most {PICTURES_MOST} pictures.", ("fileIds",))
    used = []
    for at, file_id in enumerate(dict.fromkeys(file_ids)):
        file = offered(files, act, file_id, AttachmentPurpose.PRODUCT, ("fileIds", at))
        used.append(replace(file, seller_id=product.seller_id, about=product.id))
    return used


def check_number(file_ids: Sequence[UUID], *field: str) -> None:
    """Refuse no files, and more than can be named at once."""
    if not 0 < len(file_ids) <= AT_ONCE_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"Name from 1 to {AT_ONCE_MOST} files.", field or ("fileIds",))


def told(trade: Trade, act: Act, before: Sequence[Attachment]) -> Trade:
    """The trade with an event for each file that became its own or ceased to be."""
    was = {row.id for row in before if row.order_id == trade.order.id}
    now = {row.id for row in trade.attachments if row.order_id == trade.order.id}
    for row in trade.attachments:
        facts = {"file": f"fil_{row.id.hex}", "purpose": str(row.purpose)}
        if row.id in now - was:
            about = {} if row.about is None else {"shipment": f"shp_{row.about.hex}"}
            trade = trade.record(EventKind.ATTACHMENT_ADDED, act, facts=facts | about)
        elif row.id in was - now:
            trade = trade.record(EventKind.ATTACHMENT_REMOVED, act, facts=facts)
    return trade
