"""Files over HTTP, by a client without any library for them: sent as they are, refused by type, fetched by whom they
concern (ORD-1, SHP-2, section 13); and what the schema shows of them.
"""

import asyncio
import hashlib
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from app.db import tables as t
from app.domain.access import Actor
from tests.api.contracts import contract, key
from tests.api.people import Hall, Person
from tests.api.server import PATIENCE, Server
from tests.asking import http_client
from tests.market import Market, new_account, new_seller, pay
from tests.papers import DOCX_FILE, JPEG_FILE, PDF_FILE, PNG_FILE, XLSX_FILE

FILE = "id purpose name mediaType size sha256 by path"


class Post:
    """Sends and fetches files in somebody's name."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def send(self, who: Actor | None, content: bytes, **more: str) -> httpx.Response:
        """The answer to an upload; `more` replaces what stands in the address."""
        params = {"purpose": "CONTRACT", "name": "contract.pdf", **more}
        async with http_client() as client:
            return await client.post(
                f"{self._server.url}/files", params=params, content=content, headers=self._headers(who)
            )

    async def fetch(self, who: Actor | None, path: str, method: str = "GET") -> httpx.Response:
        """The answer to a download."""
        async with http_client() as client:
            return await client.request(method, f"{self._server.url}{path}", headers=self._headers(who))

    async def sent(self, who: Actor, content: bytes = PDF_FILE, **more: str) -> str:
        """The id of a file that was taken in."""
        answer = await self.send(who, content, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def _headers(self, who: Actor | None) -> dict[str, str]:
        return {} if who is None else {"Authorization": f"Bearer {Hall.token(self._server, who)}"}


@pytest.fixture
def post(server: Server) -> Post:
    """Where files are sent."""
    return Post(server)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF_FILE, "application/pdf"),
        (PNG_FILE, "image/png"),
        (JPEG_FILE, "image/jpeg"),
        (XLSX_FILE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (DOCX_FILE, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
async def test_a_file_is_sent_and_fetched(market: Market, post: Post, content: bytes, media_type: str) -> None:
    """As it is, whatever the client calls it; answered with what it is, given back to be saved under its name."""
    answer = await post.send(market.seller.owner, content, name='合同 "2024".bin')
    assert answer.status_code == 201
    told = answer.json()
    assert told == {"id": told["id"], "name": '合同 "2024".bin', "mediaType": media_type, "size": len(content)}
    back = await post.fetch(market.seller.owner, f"/files/{told['id']}")
    assert (back.status_code, back.content) == (200, content)
    headers = back.headers
    assert headers["content-type"] == media_type
    assert headers["content-disposition"] == (
        "attachment; filename=\"__ _2024_.bin\"; filename*=UTF-8''%E5%90%88%E5%90%8C%20%222024%22.bin"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("private")
    assert headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    empty = await post.fetch(market.seller.owner, f"/files/{told['id']}", "HEAD")
    assert (empty.status_code, empty.content, empty.headers["content-length"]) == (200, b"", str(len(content)))


async def test_what_is_no_such_file_is_refused(market: Market, post: Post) -> None:
    """Wrong types, cut off, empty, without purpose or a name, with a path for a name: each with its own code."""
    owner = market.seller.owner
    for content, more, expected in (
        (b"MZ\x90\x00" + b"\x00" * 400, {}, (422, "FILE_REFUSED")),
        (b"<html>hello</html>", {"name": "page.pdf"}, (422, "FILE_REFUSED")),
        (PDF_FILE[:-8], {}, (422, "FILE_REFUSED")),
        (XLSX_FILE[:-30], {}, (422, "FILE_REFUSED")),
        (b"", {}, (422, "FILE_REFUSED")),
        (PDF_FILE, {"purpose": "PRODUCT"}, (422, "FILE_REFUSED")),
        (PDF_FILE, {"name": "../../etc/passwd"}, (422, "FILE_REFUSED")),
        (PDF_FILE, {"name": "C:\\contract.pdf"}, (422, "FILE_REFUSED")),
        (PDF_FILE, {"name": "a\x00.pdf"}, (422, "FILE_REFUSED")),
        (PDF_FILE, {"name": ""}, (422, "FILE_REFUSED")),
        (PDF_FILE, {"purpose": "FUN"}, (400, "INVALID")),
        (PDF_FILE, {"purpose": ""}, (400, "INVALID")),
    ):
        assert code_of(await post.send(owner, content, **more)) == expected, more
    assert code_of(await post.send(None, PDF_FILE)) == (401, "UNAUTHENTICATED")


async def test_a_file_that_is_too_large_is_given_up(market: Market, post: Post, server: Server) -> None:
    """10 MB and no byte more, whether it says its length or not; one far too large is refused unread."""
    most = server.settings.file_bytes
    padded = PDF_FILE[:8] + b"%" * (most - len(PDF_FILE)) + PDF_FILE[8:]
    assert len(padded) == most == 10_485_760
    answer = await post.send(market.seller.owner, padded)
    assert (answer.status_code, answer.json().get("size")) == (201, most)

    async def parts() -> Any:
        for at in range(0, most, 65_536):
            yield padded[at : at + 65_536]
        yield b"\n"

    for over in (1, most):
        assert code_of(await post.send(market.seller.owner, padded + b"\n" * over)) == (413, "TOO_LONG")
    headers = {"Authorization": f"Bearer {Hall.token(server, market.seller.owner)}"}
    async with http_client() as client:
        address = f"{server.url}/files?purpose=CONTRACT&name=a.pdf"
        streamed = await client.post(address, content=parts(), headers=headers)
    assert code_of(streamed) == (413, "TOO_LONG")


async def test_a_file_far_too_large_is_refused_unread(market: Market, server: Server) -> None:
    """Who announces gigabytes is answered before a byte of them was sent."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = Hall.token(server, market.seller.owner)
    writer.write(
        f"POST /files?purpose=CONTRACT&name=a.pdf HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {10**10}\r\n\r\n".encode()
    )
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"TOO_LONG" in answer


async def test_an_upload_that_breaks_off_leaves_nothing(market: Market, server: Server) -> None:
    """A client that goes away in the middle: no file is kept, and the server goes on."""
    folder = server.settings.storage_folder
    before = set(folder.iterdir()) if folder.exists() else set()
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = Hall.token(server, market.seller.owner)
    writer.write(
        f"POST /files?purpose=CONTRACT&name=a.pdf HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(PDF_FILE) + 100}\r\n\r\n".encode()
        + PDF_FILE
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    assert await Post(server).sent(market.seller.owner)
    assert len(set(folder.iterdir()) - before) == 1


async def test_a_path_leads_nowhere(market: Market, post: Post) -> None:
    """Only an id is an id; everything else is not there."""
    for path in ("/files/..%2F..%2Fkeys.json", "/files/%2e%2e", "/files//etc/passwd"):
        assert (await post.fetch(market.operator, path)).status_code == 404, path
    for path in ("/files/fil_" + "0" * 32, "/files/fil_x", "/files/" + "a" * 3_000, "/files/fil_" + "0" * 32 + "%0a"):
        assert code_of(await post.fetch(market.operator, path)) == (404, "NOT_FOUND"), path
    assert (await post.fetch(market.operator, "/files/../health")).status_code == 200, "the client resolves it itself"


async def test_other_pages_may_not_send(market: Market, server: Server) -> None:
    """A browser's page of elsewhere is refused before anything is read; its preflight allows it nothing."""
    headers = {
        "Authorization": f"Bearer {Hall.token(server, market.seller.owner)}",
        "Origin": "https://evil.example.com",
    }
    async with http_client() as client:
        address = f"{server.url}/files?purpose=CONTRACT&name=a.pdf"
        assert code_of(await client.post(address, content=PDF_FILE, headers=headers)) == (403, "ORIGIN_NOT_ALLOWED")
        own = {**headers, "Origin": server.url}
        assert (await client.post(address, content=PDF_FILE, headers=own)).status_code == 201
        asked = await client.options(address, headers={"Origin": server.url, "Access-Control-Request-Method": "POST"})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, server.url)


async def _draft(owner: Person, market: Market, **more: Any) -> Any:
    given = contract(market.buyer.email) | more
    drafted = await owner.do("orderDraft", "order { id }", idempotencyKey=key(), contract=given)
    await owner.do("orderMatchBuyer", orderId=drafted["order"]["id"])
    return drafted["order"]["id"]


async def test_the_story_of_an_order_on_paper(market: Market, server: Server, hall: Hall, post: Post) -> None:
    """ORD-1, ORD-6, FEE-3, SHP-2: contract sent, total keyed in, acknowledged, exported by the agent, proven."""
    owner, buyer = [await hall.enter(server, who) for who in (market.seller.owner, market.buyer)]
    paper = await post.sent(market.seller.owner)
    order = await _draft(
        owner,
        market,
        items=[],
        products="551.23",
        shippingFee="0",
        shippingDiscount="0",
        storeCoupon="0",
        contractFileId=paper,
        exportMethod="YIDATONG_AGENCY",
    )
    refused = await owner.attempt("orderSubmit", orderId=order)
    (error,) = refused["userErrors"]
    assert (error["code"], error["params"]) == (
        "ACKNOWLEDGEMENT_MISSING",
        [{"name": "missing", "value": "YIDATONG_EXPORT NO_COLLECTION_ACCOUNT"}],
    )
    assert code_of(await post.fetch(market.buyer, f"/files/{paper}")) == (404, "NOT_FOUND")
    both = ["YIDATONG_EXPORT", "NO_COLLECTION_ACCOUNT"]
    await owner.do("orderSubmit", orderId=order, acknowledge=both)
    await buyer.do("orderConfirm", orderId=order)
    seen = await buyer.ask(
        f"""query Look($id: ID!) {{ node(id: $id) {{ ... on Order {{
            acknowledged contract {{ file {{ {FILE} }} products {{ amount }} items {{ id }} }}
            exportRequirements {{
              method dispatchMethod supervisionType withdrawalRoute requirements {{ kind met lacking }} }}
            availableActions {{ step available reason {{ code }} }} }} }} }}""",
        id=order,
    )
    shown = seen["node"]
    assert shown["acknowledged"] == both
    assert shown["contract"]["file"] == {
        "id": paper,
        "purpose": "CONTRACT",
        "name": "contract.pdf",
        "mediaType": "application/pdf",
        "size": len(PDF_FILE),
        "sha256": hashlib.sha256(PDF_FILE).hexdigest(),
        "by": "SELLER",
        "path": f"/files/{paper}",
    }
    assert (shown["contract"]["products"]["amount"], shown["contract"]["items"]) == ("551.23", [])
    assert shown["exportRequirements"] == {
        "method": "YIDATONG_AGENCY",
        "dispatchMethod": "AGENT_CONSIGNMENT",
        "supervisionType": "GENERAL_TRADE",
        "withdrawalRoute": "AGENT",
        "requirements": [
            {"kind": "PRODUCT_REVIEW", "met": True, "lacking": []},
            {"kind": "CONSIGNMENT_ORDER", "met": False, "lacking": []},
        ],
    }
    assert (await post.fetch(market.buyer, f"/files/{paper}")).content == PDF_FILE
    await _exported(owner, market, post, order)


async def _exported(owner: Person, market: Market, post: Post, order: str) -> None:
    """The rest of the story: dispatch waits for a consignment order, and the shipment for its proof."""
    look = """query Look($id: ID!) { node(id: $id) { ... on Order {
        exportRequirements { requirements { kind met } } consignments { number customsClearedAt }
        availableActions { step reason { code } } } } }"""
    order_id = UUID(order.removeprefix("ord_"))
    for _ in range(2):
        await pay(market, order_id)
    shown = (await owner.ask(look, id=order))["node"]
    reasons = {action["step"]: action["reason"] for action in shown["availableActions"]}
    assert reasons["DISPATCH"] == {"code": "CONSIGNMENT_MISSING"}
    assert reasons["LINK_CONSIGNMENT"] is None
    parcel = {"orderId": order, "idempotencyKey": key(), "carrier": "DHL", "trackingNumber": "JD 1"}
    assert await owner.refused("shipmentDispatch", **parcel) == [("CONSIGNMENT_MISSING", "")]
    await owner.do("consignmentLink", orderId=order, number=f"YDT-{order[-8:]}")
    sent = await owner.do("shipmentDispatch", "shipment { id items { itemId } } order { status }", **parcel)
    assert (sent["shipment"]["items"], sent["order"]) == ([], {"status": "DISPATCHED"})
    proof = await post.sent(market.seller.sales, JPEG_FILE, purpose="PROOF", name="waybill.jpg")
    shipment = sent["shipment"]["id"]
    refused = await owner.refused("shipmentAttachProof", shipmentId=shipment, fileIds=[proof])
    assert refused == [("FILE_REFUSED", "fileIds.0")], "another member's upload is theirs"
    mine = await post.sent(market.seller.owner, JPEG_FILE, purpose="PROOF", name="waybill.jpg")
    proven = await owner.do(
        "shipmentAttachProof", "shipment { proofs { id name by } }", shipmentId=shipment, fileIds=[mine]
    )
    assert proven["shipment"]["proofs"] == [{"id": mine, "name": "waybill.jpg", "by": "SELLER"}]
    shown = (await owner.ask(look, id=order))["node"]
    assert shown["exportRequirements"]["requirements"][1] == {"kind": "CONSIGNMENT_ORDER", "met": True}
    assert shown["consignments"] == [{"number": f"YDT-{order[-8:]}", "customsClearedAt": None}]


async def test_the_schema_and_the_door_agree(market: Market, server: Server, hall: Hall, post: Post) -> None:
    """Section 13: for every kind of file and everybody, the node is there exactly when the content is."""
    owner = await hall.enter(server, market.seller.owner)
    waiting = await post.sent(market.seller.owner)
    draft = await post.sent(market.seller.owner)
    await _draft(owner, market, contractFileId=draft)
    document = await post.sent(market.seller.owner, purpose="VERIFICATION")
    picture = await post.sent(market.seller.owner, PNG_FILE, purpose="PRODUCT")
    async with market.means.engine.begin() as connection:
        for file in (document, picture):
            row = t.attachments.c.id == UUID(file.removeprefix("fil_"))
            about = {"about": market.means.mint.id(), "seller_id": market.seller.id}
            await connection.execute(update(t.attachments).where(row).values(about))
    other = await new_seller(market.means)
    own = market.seller
    everybody = [own.owner, own.sales, own.finance, market.buyer, market.operator, other.owner, other.finance]
    for file, seen_by in (
        (waiting, {own.owner, market.operator}),
        (draft, {own.owner, own.sales, own.finance, market.operator}),
        (document, {own.owner, own.finance, market.operator}),
        (picture, set(everybody)),
    ):
        for who in everybody:
            person = await hall.enter(server, who)
            node = (await person.ask("query Look($id: ID!) { node(id: $id) { id } }", id=file))["node"]
            answer = await post.fetch(who, f"/files/{file}")
            assert (node is not None, answer.status_code == 200) == (who in seen_by, who in seen_by), (file, who.role)


async def test_strangers_see_no_file(market: Market, server: Server, hall: Hall, post: Post) -> None:
    """Section 13: another buyer, another seller: not by the address, not by the schema; a sales who sees own only."""
    buyer = await hall.enter(server, market.buyer)
    owner = await hall.enter(server, market.seller.owner)
    order = await _draft(owner, market)
    await owner.do("orderSubmit", orderId=order)
    await buyer.do("orderConfirm", orderId=order)
    shown = await post.sent(market.buyer, PNG_FILE, purpose="EVIDENCE", name="picture.png")
    await buyer.do("orderAttachEvidence", orderId=order, fileIds=[shown])
    other = await new_seller(market.means)
    document = """query Look($id: ID!, $order: ID!) {
        file: node(id: $id) { id } order: node(id: $order) { ... on Order { attachments { id } } } }"""
    for who in (await new_account(market.means), other.owner, other.sales):
        assert code_of(await post.fetch(who, f"/files/{shown}")) == (404, "NOT_FOUND")
        person = await hall.enter(server, who)
        assert await person.ask(document, id=shown, order=order) == {"file": None, "order": None}
        assert await person.refused("orderAttachEvidence", orderId=order, fileIds=[shown]) == [("NOT_FOUND", "orderId")]
    for who in (market.buyer, market.seller.owner, market.seller.finance, market.operator):
        assert (await post.fetch(who, f"/files/{shown}")).content == PNG_FILE
        person = await hall.enter(server, who)
        assert await person.ask(document, id=shown, order=order) == {
            "file": {"id": shown},
            "order": {"attachments": [{"id": shown}]},
        }


async def test_a_deleted_draft_takes_nobodys_file(market: Market, server: Server, hall: Hall, post: Post) -> None:
    """A draft that is gone: its contract is its uploader's alone again, for a day."""
    owner = await hall.enter(server, market.seller.owner)
    paper = await post.sent(market.seller.owner)
    order = await _draft(owner, market, contractFileId=paper)
    assert (await post.fetch(market.seller.finance, f"/files/{paper}")).status_code == 200
    await owner.do("orderDelete", orderId=order)
    assert code_of(await post.fetch(market.seller.finance, f"/files/{paper}")) == (404, "NOT_FOUND")
    assert (await post.fetch(market.seller.owner, f"/files/{paper}")).content == PDF_FILE


async def test_documents_of_an_application(market: Market, server: Server, hall: Hall, post: Post) -> None:
    """SVC-1: sent with the verification, shown with the application to owner, finance and operators."""
    free = await new_seller(market.means, membership="FREE", service="INACTIVE")
    owner = await hall.enter(server, free.owner)
    paper = await post.sent(free.owner, JPEG_FILE, purpose="VERIFICATION", name="licence.jpg")
    enterprise = {
        "registeredName": "Ningbo Carbon Works",
        "registrationNumber": "91330200",
        "country": "CN",
        "address": "1 Harbour Road",
        "legalRepresentative": "Li Na",
    }
    done = await owner.do(
        "serviceApply",
        "seller { applications { documents { id name } } }",
        verification=enterprise,
        documents=[paper],
    )
    assert done["seller"]["applications"] == [{"documents": [{"id": paper, "name": "licence.jpg"}]}]
    assert (await post.fetch(free.finance, f"/files/{paper}")).status_code == 200
    assert (await post.fetch(market.operator, f"/files/{paper}")).status_code == 200
    assert code_of(await post.fetch(free.sales, f"/files/{paper}")) == (404, "NOT_FOUND")


async def test_a_product_is_shown_by_pictures(market: Market, server: Server, hall: Hall, post: Post) -> None:
    """Section 13: its seller attaches them, whoever is signed in looks; a document is no picture, 21 are too many."""
    owner, stranger = await hall.enter(server, market.seller.owner), await new_account(market.means)
    given = {
        "idempotencyKey": key(),
        "name": "Phone case",
        "currency": "USD",
        "unit": "piece",
        "minimumQuantity": "1",
        "cargoClass": "GENERAL",
        "unitGrams": 100,
    }
    product = (await owner.do("productCreate", "product { id version }", **given))["product"]
    pictures = [await post.sent(market.seller.owner, PNG_FILE, purpose="PRODUCT", name=f"{at}.png") for at in range(21)]
    shown = await owner.do(
        "productAttachPicture", "product { version pictures { id } }", productId=product["id"], fileIds=pictures[:2]
    )
    assert shown["product"] == {
        "version": product["version"] + 1,
        "pictures": [{"id": picture} for picture in pictures[:2]],
    }
    assert (await post.fetch(stranger, f"/files/{pictures[0]}")).content == PNG_FILE
    assert code_of(await post.fetch(stranger, f"/files/{pictures[2]}")) == (404, "NOT_FOUND")
    attach = {"productId": product["id"]}
    assert await owner.refused("productAttachPicture", **attach, fileIds=pictures[2:]) == [("TOO_MANY", "fileIds")]
    paper = await post.sent(market.seller.owner)
    assert await owner.refused("productAttachPicture", **attach, fileIds=[paper]) == [("FILE_REFUSED", "fileIds.0")]
    other = await hall.enter(server, (await new_seller(market.means)).owner)
    assert await other.refused("productAttachPicture", **attach, fileIds=[paper]) == [("NOT_FOUND", "productId")]
