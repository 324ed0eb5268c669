"""Uploaded files on the real database: received, attached, shown, deleted; consignments, places and routes in races."""

import asyncio
import hashlib
import io
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import consignments, files, orders, policies, sellers
from app.actions.files import KEPT_WAITING, WAITING_MOST, Received
from app.db import tables as t
from app.domain.access import Actor, Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import Acknowledgement
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.happenings import EventKind
from app.domain.policy import Campaign, ExportMethod, WithdrawalRoute
from app.domain.policy_changes import PolicyPatch
from app.domain.sellers import Verification
from app.storage import LocalStorage
from tests.actions.looking import refusal
from tests.domain.build import one_line, terms
from tests.market import (
    Market,
    by,
    completed,
    confirmed,
    dispatched,
    drafted,
    event_rows,
    new_account,
    new_seller,
    open_market,
    order_row,
    row_of,
    submitted,
)
from tests.means import TestMeans
from tests.papers import PDF_FILE, PNG_FILE

CONTRACT, PROOF, EVIDENCE = AttachmentPurpose.CONTRACT, AttachmentPurpose.PROOF, AttachmentPurpose.EVIDENCE
PAPER = one_line("1.00", items=(), products=Decimal("551.23"), export_method=ExportMethod.SELF_OPERATED)
FORM = Verification("Ningbo Carbon Works Ltd.", "91330200MA", "CN", "1 Harbour Road, Ningbo", "Li Wei")


@dataclass(frozen=True)
class Shelf(TestMeans):
    """Means that also keep contents."""

    storage: LocalStorage = field(default_factory=lambda: LocalStorage(Path()))

    @property
    def names(self) -> set[str]:
        """The files in the folder."""
        return {path.name for path in self.storage.folder.iterdir()} if self.storage.folder.exists() else set()


@pytest.fixture
def shelf(market: Market, tmp_path: Path) -> Shelf:
    """The market's means, with a folder."""
    means = market.means
    return Shelf(means.engine, means.clock, means.mint, means.feeds, LocalStorage(tmp_path / "files"))


def received(content: bytes) -> Received:
    """What a client has sent."""
    return Received(io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest())


async def sent(shelf: Shelf, actor: Actor, purpose: AttachmentPurpose, content: bytes = PDF_FILE) -> Attachment:
    """A file that was uploaded."""
    return await files.receive(shelf, actor, purpose, "paper.pdf", received(content))


async def fetched(shelf: Shelf, actor: Actor, file_id: UUID) -> bytes:
    """The content that an actor is given."""
    _, content = await files.fetch(shelf, actor, file_id)
    return b"".join([part async for part in content])


async def waiting(market: Market, file_id: UUID) -> bool:
    """Whether a file waits to be used."""
    row = await row_of(market.means, t.attachments, file_id)
    return row["order_id"] is None and row["about"] is None


# --- uploads ------------------------------------------------------------------------------------------------------


async def test_a_file_is_kept_by_its_content(market: Market, shelf: Shelf) -> None:
    """Its type is what it is, its sum and size are kept, its uploader and operators read it back."""
    owner = market.seller.owner
    file = await sent(shelf, owner, CONTRACT, PNG_FILE)
    assert (file.media_type, file.size, file.sha256) == (
        "image/png",
        len(PNG_FILE),
        hashlib.sha256(PNG_FILE).hexdigest(),
    )
    assert shelf.names == {file.id.hex}
    assert await fetched(shelf, owner, file.id) == PNG_FILE
    assert await fetched(shelf, market.operator, file.id) == PNG_FILE
    for stranger in (market.buyer, market.seller.sales, await new_account(market.means)):
        assert (await refusal(fetched(shelf, stranger, file.id))).code is ErrorCode.NOT_FOUND
    assert (await refusal(fetched(shelf, owner, UUID(int=0)))).code is ErrorCode.NOT_FOUND


async def test_what_is_refused_leaves_nothing(market: Market, shelf: Shelf) -> None:
    """A wrong kind, a path for a name, a token without the scope: no row, no file."""
    owner = market.seller.owner
    reader = replace(owner, scopes=frozenset({Scope.ORDERS_READ}))
    for actor, name, content, code in (
        (owner, "a.pdf", b"MZ" + b"\x00" * 100, ErrorCode.FILE_REFUSED),
        (owner, "../a.pdf", PDF_FILE, ErrorCode.FILE_REFUSED),
        (reader, "a.pdf", PDF_FILE, ErrorCode.SCOPE_MISSING),
    ):
        refused = await refusal(files.receive(shelf, actor, CONTRACT, name, received(content)))
        assert refused.code is code
    async with market.means.engine.connect() as connection:
        query = select(t.attachments.c.id).where(t.attachments.c.uploaded_by == owner.account_id)
        assert (await connection.execute(query)).first() is None
    assert shelf.names == set()


async def test_so_many_files_wait(market: Market, shelf: Shelf) -> None:
    """One account cannot fill the disk: of many uploads at once those beyond the limit are refused."""
    buyer = market.buyer
    for _ in range(WAITING_MOST - 2):
        await sent(shelf, buyer, EVIDENCE)
    outcomes = await asyncio.gather(*(sent(shelf, buyer, EVIDENCE) for _ in range(6)), return_exceptions=True)
    refused = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert (len(outcomes) - len(refused), set(refused)) == (2, {ErrorCode.TOO_MANY})
    assert len(shelf.names) == WAITING_MOST


async def test_an_unused_file_is_forgotten_after_a_day(market: Market, shelf: Shelf) -> None:
    """Retention: the row and the content of what nobody used; what is used stays for good."""
    owner = market.seller.owner
    unused, used = await sent(shelf, owner, CONTRACT), await sent(shelf, owner, CONTRACT)
    order_id = await drafted(market, {**PAPER, "contract_file_id": used.id})
    market.means.time.at += KEPT_WAITING
    await files.forget_unused(shelf)
    assert await fetched(shelf, owner, unused.id) == PDF_FILE
    market.means.time.at += timedelta(seconds=1)
    await files.forget_unused(shelf)
    assert (await refusal(fetched(shelf, owner, unused.id))).code is ErrorCode.NOT_FOUND
    assert shelf.names == {used.id.hex}
    assert await fetched(shelf, owner, used.id) == PDF_FILE
    refused = await refusal(orders.edit(market.means, by(owner), order_id, {"contract_file_id": unused.id}))
    assert refused.code is ErrorCode.FILE_REFUSED


async def test_a_deleted_draft_leaves_its_contract_to_its_uploader(market: Market, shelf: Shelf) -> None:
    """ORD-1: it waits again, may be used again, and is forgotten like any other."""
    owner = market.seller.owner
    file = await sent(shelf, owner, CONTRACT)
    order_id = await drafted(market, {**PAPER, "contract_file_id": file.id})
    assert not await waiting(market, file.id)
    await orders.delete_draft(market.means, by(owner), order_id)
    assert await waiting(market, file.id)
    assert await fetched(shelf, owner, file.id) == PDF_FILE
    assert (await refusal(fetched(shelf, market.seller.sales, file.id))).code is ErrorCode.NOT_FOUND
    again = await drafted(market, {**PAPER, "contract_file_id": file.id})
    assert (await order_row(market.means, again))["contract_file_id"] == file.id


# --- ORD-1: on an order -------------------------------------------------------------------------------------------


async def test_an_uploaded_contract_is_an_orders(market: Market, shelf: Shelf) -> None:
    """ORD-1, ORD-6: keyed total, acknowledgement, and both sides read it once it is offered, no stranger ever."""
    owner = market.seller.owner
    file = await sent(shelf, owner, CONTRACT)
    order_id = await drafted(market, {**PAPER, "contract_file_id": file.id})
    assert (await refusal(fetched(shelf, market.buyer, file.id))).code is ErrorCode.NOT_FOUND
    refused = await refusal(orders.submit(market.means, by(owner), order_id))
    assert refused.code is ErrorCode.ACKNOWLEDGEMENT_MISSING
    await orders.submit(market.means, by(owner), order_id, [Acknowledgement.NO_COLLECTION_ACCOUNT])
    row = await order_row(market.means, order_id)
    assert (row["products"], row["total"], row["acknowledged"]) == (551_23, 551_23, ["NO_COLLECTION_ACCOUNT"])
    assert await fetched(shelf, market.buyer, file.id) == PDF_FILE
    stranger = await new_seller(market.means)
    assert (await refusal(fetched(shelf, stranger.owner, file.id))).code is ErrorCode.NOT_FOUND
    (event,) = await event_rows(market.means, order_id, EventKind.ATTACHMENT_ADDED)
    assert event["data"]["facts"][0] == {"name": "file", "value": f"fil_{file.id.hex}"}


async def test_one_file_goes_to_one_order(market: Market, shelf: Shelf) -> None:
    """Of ten drafts that want the same file one gets it."""
    owner = market.seller.owner
    file = await sent(shelf, owner, CONTRACT)
    patch = {**PAPER, "contract_file_id": file.id}
    tries = [orders.draft(market.means, by(owner), patch, None) for _ in range(10)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    codes = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert codes == [ErrorCode.FILE_REFUSED] * 9
    assert (await row_of(market.means, t.attachments, file.id))["order_id"] in outcomes


async def test_proofs_and_evidence_are_attached(market: Market, shelf: Shelf) -> None:
    """SHP-2: the seller's proofs to their shipment, either side's evidence to the order."""
    means, order_id = market.means, await dispatched(market)
    async with means.engine.connect() as connection:
        shipment_id = (
            await connection.execute(select(t.shipments.c.id).where(t.shipments.c.order_id == order_id))
        ).scalar_one()
    proof = await sent(shelf, market.seller.sales, PROOF)
    shown = await sent(shelf, market.buyer, EVIDENCE)
    await files.attach_proofs(means, by(market.seller.sales), shipment_id, order_id, [proof.id])
    await files.attach_evidence(means, by(market.buyer), order_id, [shown.id])
    assert await fetched(shelf, market.buyer, proof.id) == PDF_FILE
    assert await fetched(shelf, market.seller.owner, shown.id) == PDF_FILE
    stranger = await new_account(means)
    for refused in (
        await refusal(files.attach_proofs(means, by(stranger), shipment_id, order_id, [proof.id])),
        await refusal(files.attach_evidence(means, by(stranger), order_id, [shown.id])),
        await refusal(fetched(shelf, stranger, proof.id)),
    ):
        assert refused.code is ErrorCode.NOT_FOUND


async def test_documents_go_with_an_application(market: Market, shelf: Shelf) -> None:
    """SVC-1: they are the application's; owner, finance and operators read them, sales do not."""
    free = replace(market, seller=await new_seller(market.means, membership="FREE", service="INACTIVE"))
    owner = free.seller.owner
    paper = await sent(shelf, owner, AttachmentPurpose.VERIFICATION)
    unknown = await refusal(sellers.apply(free.means, by(owner), FORM, [UUID(int=0)]))
    assert (unknown.code, unknown.field) == (ErrorCode.FILE_REFUSED, ("documents", 0))
    await sellers.apply(free.means, by(owner), FORM, [paper.id])
    for actor in (owner, free.seller.finance, free.operator):
        assert await fetched(shelf, actor, paper.id) == PDF_FILE
    for actor in (free.seller.sales, market.seller.owner, market.buyer):
        assert (await refusal(fetched(shelf, actor, paper.id))).code is ErrorCode.NOT_FOUND


# --- SHP-4, FEE-2, PAY-8 ------------------------------------------------------------------------------------------


async def agency(market: Market) -> UUID:
    """An agreed order that the agent exports."""
    order_id = await drafted(market, terms(export_method=ExportMethod.YIDATONG_AGENCY))
    await orders.submit(market.means, by(market.seller.owner), order_id, [Acknowledgement.YIDATONG_EXPORT])
    return await orders.confirm(market.means, by(market.buyer), order_id)


async def test_a_consignment_order_belongs_to_one_order(market: Market) -> None:
    """SHP-4: of ten orders that link it at once one does, the others are told whose it is not."""
    means, owner = market.means, by(market.seller.owner)
    many = [await agency(market) for _ in range(5)]
    number = f"YDT-{means.mint.id().hex}"
    links = [consignments.link(means, owner, order_id, number, None) for order_id in many]
    outcomes = await asyncio.gather(*links, return_exceptions=True)
    codes = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert codes == [ErrorCode.CONSIGNMENT_TAKEN] * 4
    (winner,) = (one for one in outcomes if not isinstance(one, BaseException))
    assert len(await event_rows(means, winner, EventKind.CONSIGNMENT_LINKED)) == 1
    async with means.engine.connect() as connection:
        row = (await connection.execute(select(t.consignments).where(t.consignments.c.number == number))).one()
    await consignments.unlink(means, owner, winner, row.id)
    other = next(order_id for order_id in many if order_id != winner)
    assert await consignments.link(means, owner, other, number, None) == other


async def campaign(market: Market, orders_most: int) -> str:
    """A campaign that runs now, in force for everybody; its code."""
    today, days = market.means.clock.now().date(), timedelta(days=2)
    rule = Campaign("MARCH", today - days, today + days, 10_000_00, orders_most)
    await policies.change(market.means, by(market.operator), PolicyPatch(campaigns=[rule]))
    return rule.code


async def test_the_last_place_of_a_campaign_goes_to_one(fresh_engine: AsyncEngine) -> None:
    """FEE-2: counted at confirmation under the seller's lock; a cancelled order frees its place for another."""
    market = await open_market(TestMeans(fresh_engine))
    means, code = market.means, await campaign(market, orders_most=2)
    offers = [await submitted(market, one_line("5000.01", guarantee_method="NONE")) for _ in range(5)]
    tries = [orders.confirm(means, by(market.buyer), order_id) for order_id in offers]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    codes = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert codes == [ErrorCode.EXPORT_AMOUNT_LIMIT] * 3
    rows = [await order_row(means, order_id) for order_id in offers]
    held = [row["id"] for row in rows if row["campaign"] == code]
    assert len(held) == 2
    await orders.cancel(means, by(market.buyer), held[0], "Ordered twice.")
    assert (await order_row(means, held[0]))["campaign"] is None
    again = next(row["id"] for row in rows if row["campaign"] is None)
    await orders.confirm(means, by(market.buyer), again)
    assert (await order_row(means, again))["campaign"] == code
    low = await confirmed(market, one_line("5000.00", guarantee_method="NONE"))
    assert (await order_row(means, low))["campaign"] is None


async def test_a_withdrawal_takes_a_route_of_the_released_orders(market: Market) -> None:
    """PAY-8: one route needs no name; with two, the seller names one of them."""
    means, finance = market.means, by(market.seller.finance)
    await completed(market)
    assert (await refusal(sellers.withdraw(means, finance, 1, "USD", WithdrawalRoute.AGENT))).field == ("route",)
    await completed(market, terms(export_method=ExportMethod.MARKET_PROCUREMENT, customs_title="Yiwu Partners"))
    refused = await refusal(sellers.withdraw(means, finance, 1, "USD"))
    assert (refused.code, refused.params) == (ErrorCode.REQUIRED, {"routes": "COMPANY PARTNER"})
    made = await sellers.withdraw(means, finance, 1, "USD", WithdrawalRoute.PARTNER)
    assert (await row_of(means, t.withdrawals, made))["route"] == "PARTNER"
