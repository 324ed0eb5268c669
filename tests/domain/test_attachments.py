"""Attachments: a contract agreed offline, proofs, evidence, documents, and who sees which (ORD-1, SHP-2, SVC-1)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from app.domain import amendments, attachments, drafts, fulfilment, orders, sellers
from app.domain.access import Actor, By, Role, Seen
from app.domain.attachments import may_see
from app.domain.contract import FIELDS
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import Acknowledgement
from app.domain.fulfilment import Parcel
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.policy import ExportMethod
from app.domain.records import Membership, ServiceStatus, Status
from app.domain.sellers import Verification
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import ACTORS, MINT, POLICY, RATES, SELLER, act, one_line

CONTRACT, PROOF, EVIDENCE = AttachmentPurpose.CONTRACT, AttachmentPurpose.PROOF, AttachmentPurpose.EVIDENCE
PAPER = one_line("1.00", items=(), products=Decimal("551.23"), export_method=None)
FORM = Verification("Ningbo Carbon Works Ltd.", "91330200MA", "CN", "1 Harbour Road, Ningbo", "Li Wei")


def refused(do: Callable[[], object]) -> Refusal:
    """The refusal with which it must end."""
    with pytest.raises(Refusal) as found:
        do()
    return found.value


def file_of(who: Who = Who.OWNER, purpose: AttachmentPurpose = CONTRACT, **columns: Any) -> Attachment:
    """A file that somebody sent."""
    return replace(build.offering(build.drafted(), act(who), purpose)[1], **columns)


def on_paper(file: Attachment, **changes: Any) -> Trade:
    """A seller's draft that stands on an attached contract, with the total keyed in."""
    patch = {**PAPER, "export_method": ExportMethod.SELF_OPERATED, "contract_file_id": file.id, **changes}
    trade = drafts.draft(act(Who.OWNER), SELLER, POLICY, RATES, patch, files=(file,))
    trade = replace(trade, registered_buyer=build.BUYER_ID, buyer_country="US")
    return drafts.match_buyer(trade, act(Who.OWNER))


def kinds(trade: Trade) -> list[EventKind]:
    """What happened."""
    return [happening.kind for happening in trade.happenings]


# --- ORD-1: the uploaded contract ---------------------------------------------------------------------------------


def test_an_attached_contract_stands_in_place_of_lines() -> None:
    """ORD-1, ORD-3: with the total keyed in it is offered, confirmed, paid and dispatched as a whole."""
    file = file_of()
    draft = on_paper(file)
    assert kinds(draft)[:2] == [EventKind.ORDER_DRAFTED, EventKind.ATTACHMENT_ADDED]
    assert (draft.order.products, draft.order.total, draft.items) == (551_23, 551_23, ())
    assert [(row.id, row.order_id) for row in draft.attachments] == [(file.id, draft.order.id)]
    said = (Acknowledgement.NO_COLLECTION_ACCOUNT,)
    trade = orders.confirm(orders.submit(draft, act(Who.OWNER), acknowledged=said), act(Who.BUYER))
    trade = fulfilment.dispatch(build.pay(trade), act(Who.SALES), Parcel("DHL", "JD1"))
    assert (trade.order.status, trade.shipment_items) == (Status.DISPATCHED, ())
    assert fulfilment.confirm_receipt(trade, act(Who.BUYER)).order.status is Status.COMPLETED


def test_neither_lines_nor_a_contract_is_not_enough() -> None:
    """ORD-3: at least one line or an attached contract."""
    draft = build.drafted(one_line("1.00", items=(), shipping_fee=Decimal(5)))
    assert refused(lambda: orders.submit(draft, act(Who.OWNER))).field == ("contract", "items")


def test_shipping_and_discounts_come_on_top_of_the_keyed_amount() -> None:
    """ORD-3: the agreed total is made of the keyed amount as of lines."""
    trade = on_paper(file_of(), shipping_fee=Decimal(20), store_coupon=Decimal(5))
    assert trade.order.total == 566_23


def test_the_keyed_amount_needs_a_contract_and_no_lines() -> None:
    """ORD-1: lines add up by themselves, and an amount without anything behind it is none."""
    lines = {"items": (build.line("1.00"),)}
    for changes in (lines, {"contract_file_id": None}):
        refusal = refused(lambda changes=changes: on_paper(file_of(), **changes))  # type: ignore[misc]
        assert (refusal.code, refusal.field) == (ErrorCode.INVALID, ("contract", "products"))
    assert refused(lambda: on_paper(file_of(), products=None)).field == ("contract", "products")


def test_lines_replace_the_keyed_amount_and_it_does_not_come_back() -> None:
    """ORD-1: what the lines added up to is not taken for keyed when they are taken away."""
    owner = act(Who.OWNER)
    lined = drafts.edit(on_paper(file_of()), owner, {"items": (build.line("3.00"),)})
    assert lined.order.products == 3_00
    assert drafts.edit(lined, owner, {"items": ()}).order.products == 0
    assert drafts.edit(lined, owner, {"items": (), "products": Decimal(7)}).order.products == 7_00
    bare = drafts.edit(on_paper(file_of()), owner, {"contract_file_id": None})
    assert (bare.order.products, bare.order.contract_file_id) == (0, None)


def test_another_contract_leaves_the_first_to_its_uploader() -> None:
    """ORD-1: it belongs to the order no more, and the log says both."""
    first, second = file_of(), file_of()
    draft = on_paper(first)
    known = draft.put("attachments", second)
    trade = drafts.edit(known, act(Who.OWNER), {"contract_file_id": second.id})
    assert {row.id: row.order_id for row in trade.attachments} == {first.id: None, second.id: draft.order.id}
    assert kinds(trade)[-3:] == [EventKind.ORDER_EDITED, EventKind.ATTACHMENT_REMOVED, EventKind.ATTACHMENT_ADDED]
    again = drafts.edit(trade, act(Who.OWNER), {"contract_file_id": second.id})
    assert kinds(again)[-1] is EventKind.ORDER_EDITED
    assert trade.happenings[-1].facts == {"file": f"fil_{second.id.hex}", "purpose": "CONTRACT"}


@pytest.mark.parametrize(
    "columns",
    [
        {"uploaded_by": UUID(int=1)},
        {"purpose": PROOF},
        {"order_id": UUID(int=1)},
        {"about": UUID(int=1)},
        {"id": UUID(int=1)},
    ],
)
def test_only_a_waiting_file_of_ones_own_is_attached(columns: dict[str, Any]) -> None:
    """ORD-1: nobody attaches another's file, one that is in use, one for another purpose, or one that is not there."""
    file = file_of()
    patch = {**PAPER, "contract_file_id": file.id}
    refusal = refused(
        lambda: drafts.draft(act(Who.OWNER), SELLER, POLICY, RATES, patch, files=(replace(file, **columns),))
    )
    assert (refusal.code, refusal.field) == (ErrorCode.FILE_REFUSED, ("contract", "contractFileId"))


def test_a_request_and_an_amendment_have_no_contract_of_paper() -> None:
    """ORD-1, ORD-10: a buyer's request names its lines, and the paper that was agreed is not swapped."""
    file = file_of(Who.BUYER)
    request = build.request_draft().put("attachments", file)
    refusal = refused(lambda: drafts.edit(request, act(Who.BUYER), {"contract_file_id": file.id}))
    assert refusal.code is ErrorCode.FILE_REFUSED
    agreed = build.confirmed()
    refusal = refused(lambda: amendments.propose(agreed, act(Who.OWNER), {"contract_file_id": file.id}, None))
    assert (refusal.code, refusal.field) == (ErrorCode.FORBIDDEN, ("contract", "contractFileId"))
    assert "contract_file_id" in FIELDS


# --- SHP-2: proofs, and evidence ----------------------------------------------------------------------------------


def test_a_proof_belongs_to_its_shipment() -> None:
    """SHP-2: it is told with the shipment it proves; named again it is there already."""
    sent, file = build.offering(build.dispatched(), act(Who.SALES), PROOF)
    shipment = sent.shipments[0].id
    proven = attachments.attach_proofs(sent, act(Who.SALES), shipment, [file.id])
    assert [(row.order_id, row.about) for row in proven.attachments] == [(sent.order.id, shipment)]
    assert proven.happenings[-1].facts["shipment"] == f"shp_{shipment.hex}"
    assert attachments.attach_proofs(proven, act(Who.SALES), shipment, [file.id]) == proven
    assert refused(lambda: attachments.attach_proofs(sent, act(Who.SALES), MINT.id(), [file.id])).code is (
        ErrorCode.NOT_FOUND
    )


@pytest.mark.parametrize("number", [0, 21])
def test_files_are_named_in_numbers_that_end(number: int) -> None:
    """From 1 to 20 at once."""
    sent = build.dispatched()
    ids = [MINT.id() for _ in range(number)]
    for attach in (
        lambda: attachments.attach_proofs(sent, act(Who.SALES), sent.shipments[0].id, ids),
        lambda: attachments.attach_evidence(sent, act(Who.BUYER), ids),
    ):
        assert refused(attach).code is ErrorCode.TOO_MANY


def test_an_order_has_so_many_files() -> None:
    """ORD-1: nothing a client sends grows without end."""
    trade = build.dispatched()
    own = [replace(file_of(purpose=EVIDENCE), order_id=trade.order.id) for _ in range(attachments.OF_ORDER_MOST - 1)]
    for row in own:
        trade = trade.put("attachments", row)
    trade, last = build.offering(trade, act(Who.BUYER), EVIDENCE)
    full = attachments.attach_evidence(trade, act(Who.BUYER), [last.id])
    full, over = build.offering(full, act(Who.BUYER), EVIDENCE)
    assert refused(lambda: attachments.attach_evidence(full, act(Who.BUYER), [over.id])).code is ErrorCode.TOO_MANY


# --- SVC-1: documents ---------------------------------------------------------------------------------------------


def test_documents_verify_an_application() -> None:
    """SVC-1: the owner's own uploads, each once, become the application's."""
    free = replace(SELLER, membership=Membership.FREE, service=ServiceStatus.INACTIVE)
    _, application, _ = sellers.apply(free, act(Who.OWNER), FORM)
    assert application is not None
    file = file_of(purpose=AttachmentPurpose.VERIFICATION)
    (used,) = sellers.documents(application, act(Who.OWNER), [file], [file.id, file.id])
    assert (used.about, used.seller_id, used.order_id) == (application.id, free.id, None)
    alien = replace(file, uploaded_by=UUID(int=1))
    refusal = refused(lambda: sellers.documents(application, act(Who.OWNER), [alien], [file.id]))
    assert (refusal.code, refusal.field) == (ErrorCode.FILE_REFUSED, ("documents", 0))
    many = [MINT.id() for _ in range(21)]
    assert refused(lambda: sellers.documents(application, act(Who.OWNER), [], many)).code is ErrorCode.TOO_MANY


# --- section 13: who sees a file ----------------------------------------------------------------------------------

ALIEN = {
    who: replace(actor, account_id=UUID(int=0xF0 + at), seller_id=actor.seller_id and UUID(int=0xFF))
    for at, (who, actor) in enumerate(ACTORS.items())
}


def _sees(file: Attachment, actor: Actor, seen: Seen | None = None) -> bool:
    return may_see(file, actor.viewer, seen)


@pytest.mark.parametrize(("purpose", "who"), list(product((CONTRACT, PROOF, EVIDENCE), ACTORS)))
def test_an_orders_files_are_its_parties(purpose: AttachmentPurpose, who: Who) -> None:
    """Section 13: shared attachments are seen by both sides and operators, and by no stranger."""
    trade = build.confirmed()
    file = file_of(purpose=purpose, order_id=trade.order.id)
    assert _sees(file, ACTORS[who], trade.seen)
    assert _sees(file, ALIEN[who], trade.seen) == (who is Who.OPERATOR)


def test_a_drafts_contract_is_its_drafters() -> None:
    """Section 13: to the other side a draft and its file do not exist."""
    draft = on_paper(file_of())
    sees = {who for who, actor in ACTORS.items() if _sees(draft.attachments[0], actor, draft.seen)}
    assert sees == set(ACTORS) - {Who.BUYER}


def test_a_waiting_file_is_its_uploaders() -> None:
    """Section 13: a file attached to nothing belongs to its uploader only, beside operators."""
    file = file_of(Who.SALES)
    assert {who for who, actor in ACTORS.items() if _sees(file, actor)} == {Who.SALES, Who.OPERATOR}


def test_a_document_is_for_owner_finance_and_operators() -> None:
    """Section 13: what verifies an enterprise, another company's members shut out."""
    file = file_of(purpose=AttachmentPurpose.VERIFICATION, about=UUID(int=1), seller_id=SELLER.id)
    assert {who for who, actor in ACTORS.items() if _sees(file, actor)} == {Who.OWNER, Who.FINANCE, Who.OPERATOR}
    assert {who for who, actor in ALIEN.items() if _sees(file, actor)} == {Who.OPERATOR}


def test_a_products_picture_is_for_everybody_signed_in() -> None:
    """Section 13: whoever may buy may look."""
    file = file_of(purpose=AttachmentPurpose.PRODUCT, about=UUID(int=1), seller_id=SELLER.id)
    assert all(_sees(file, actor) for actor in (*ACTORS.values(), *ALIEN.values()))


def test_every_role_and_side_was_looked_at() -> None:
    """The enumerations above leave nobody out."""
    assert {Role(who) for who in ACTORS} == set(Role)
    assert file_of().by is By.SELLER
