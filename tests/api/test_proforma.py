"""The proforma invoice over HTTP (ORD-12): of an order in every state, to whom it concerns and to nobody else."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import update

from app.actions import fulfilment, orders
from app.db import tables as t
from app.domain.access import Actor, Scope
from app.papers.page import POLICY
from tests.api.contracts import contract, key
from tests.api.people import Hall
from tests.api.server import Server
from tests.asking import http_client
from tests.market import Market, by, completed, confirmed, dispatched, drafted, new_account, new_seller, paid, submitted
from tests.printed.reading import Page, of_pdf, squeezed
from tests.tokens import issue_access_token

MAKERS = {
    "Draft, not offered yet": drafted,
    "Offer, not agreed yet": submitted,
    "Agreed, awaiting payment": confirmed,
    "Agreed, awaiting dispatch": paid,
    "Agreed, dispatched": dispatched,
    "Completed": completed,
}
LOOK = "query Look($id: ID!) { node(id: $id) { ... on Order { proformaInvoice { binding asOf htmlPath pdfPath } } } }"


class Shelf:
    """Fetches papers in somebody's name."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def fetch(self, who: Actor | str | None, path: str, **headers: str) -> httpx.Response:
        """The answer to whoever comes, by their account or by a token of theirs."""
        token = who if isinstance(who, str) or who is None else Hall.token(self._server, who)
        asked = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
        async with http_client() as client:
            return await client.get(f"{self._server.url}{path}", headers=asked)

    async def sees(self, who: Actor | str | None, order_id: UUID) -> bool:
        """Whether somebody is given both papers of an order, or neither."""
        forms = [await self.fetch(who, f"/orders/ord_{order_id.hex}/proforma.{form}") for form in ("html", "pdf")]
        for answer in forms:
            if answer.status_code != 200:
                assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
        assert len({answer.status_code for answer in forms}) == 1
        return forms[0].status_code == 200


@pytest.fixture
def shelf(server: Server) -> Shelf:
    """Where papers are fetched."""
    return Shelf(server)


@pytest.mark.parametrize("standing", MAKERS)
async def test_an_order_is_printed_in_every_state(
    market: Market, server: Server, hall: Hall, shelf: Shelf, standing: str
) -> None:
    """ORD-12, section 16: as it stands, with the paths that the schema names; as PDF and as a page."""
    order_id = await MAKERS[standing](market)
    person = await hall.enter(server, market.seller.owner)
    invoice = (await person.ask(LOOK, id=f"ord_{order_id.hex}"))["node"]["proformaInvoice"]
    assert invoice["binding"] is (standing[0] in "AC")
    html, pdf = [await shelf.fetch(market.seller.owner, invoice[path]) for path in ("htmlPath", "pdfPath")]
    assert (html.headers["content-type"], pdf.headers["content-type"]) == (
        "text/html; charset=utf-8",
        "application/pdf",
    )
    assert html.headers["content-security-policy"] == f"{POLICY}; sandbox"
    for answer, how in ((html, "inline"), (pdf, "attachment")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["content-disposition"].startswith(f'{how}; filename="proforma-')
    for text in (Page(html.content).text, of_pdf(pdf.content)):
        assert squeezed(standing) in text
        assert "USD551.23" in text


async def test_a_closed_order_says_that_it_is_closed(market: Market, shelf: Shelf) -> None:
    """ORD-12: the paper of a cancelled order is no contract any more."""
    order_id = await orders.cancel(market.means, by(market.buyer), await confirmed(market), "Tried.")
    made = await shelf.fetch(market.buyer, f"/orders/ord_{order_id.hex}/proforma.pdf")
    assert squeezed("Closed, no longer in force") in of_pdf(made.content)
    assert PdfReader(io.BytesIO(made.content)).metadata.title.startswith("Proforma invoice")  # type: ignore[union-attr]


async def test_whoever_sees_the_order_sees_its_papers(market: Market, shelf: Shelf) -> None:
    """Section 13: both parties and operators; no other buyer, no other seller, nobody without a token."""
    order_id, own = await confirmed(market), market.seller
    other = await new_seller(market.means)
    for who in (market.buyer, own.owner, own.sales, own.finance, market.operator):
        assert await shelf.sees(who, order_id), who.role
    for stranger in (await new_account(market.means), other.owner, other.sales, other.finance):
        assert not await shelf.sees(stranger, order_id), stranger.role
    nobody = await shelf.fetch(None, f"/orders/ord_{order_id.hex}/proforma.pdf")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_draft_is_printed_for_its_drafter_alone(market: Market, shelf: Shelf) -> None:
    """Section 13: a seller's draft is no buyer's to see, nor is its paper."""
    order_id = await drafted(market)
    assert await shelf.sees(market.seller.owner, order_id)
    assert await shelf.sees(market.operator, order_id)
    assert not await shelf.sees(market.buyer, order_id)


async def test_sales_print_their_own_orders(market: Market, shelf: Shelf) -> None:
    """Section 13: where sales see the orders assigned to them, they print no other."""
    theirs, others = await confirmed(market), await confirmed(market)
    async with market.means.engine.begin() as connection:
        await connection.execute(
            update(t.sellers).values(sales_see_all=False).where(t.sellers.c.id == market.seller.id)
        )
    await orders.assign(market.means, by(market.seller.owner), theirs, market.seller.sales.account_id)
    assert await shelf.sees(market.seller.sales, theirs)
    assert not await shelf.sees(market.seller.sales, others)


async def test_a_token_that_may_not_read_orders_prints_none(market: Market, server: Server, shelf: Shelf) -> None:
    """Section 0: an integration's token prints what its scopes let it see."""
    order_id, until = await confirmed(market), datetime.now(UTC) + timedelta(hours=1)
    for scopes, seen in (({Scope.ORDERS_READ}, True), ({Scope.SHIPMENTS_WRITE}, False)):
        owner = market.seller.owner.account_id
        token = await issue_access_token(market.means, owner, scopes, until)
        assert await shelf.sees(token, order_id) is seen


async def test_a_paper_tells_no_more_than_the_order(market: Market, server: Server, hall: Hall, shelf: Shelf) -> None:
    """Section 13: of a buyer's request the seller reads where the goods go, and from confirmation on to whom."""
    buyer = await hall.enter(server, market.buyer)
    given = {
        "idempotencyKey": key(),
        "contract": contract(market.buyer.email),
        "sellerId": f"sel_{market.seller.id.hex}",
    }
    order = (await buyer.do("orderDraft", "order { id }", **given))["order"]["id"]
    await buyer.do("orderSubmit", orderId=order)
    order_id = UUID(order.removeprefix("ord_"))

    async def read(who: Actor) -> str:
        return of_pdf((await shelf.fetch(who, f"/orders/{order}/proforma.pdf")).content)

    hidden, known = await read(market.seller.owner), await read(market.buyer)
    assert ("SanFrancisco" in hidden, "AdaBuyer" in hidden, "+1415" in hidden) == (True, False, False)
    assert "AdaBuyer" in known
    await orders.submit(market.means, by(market.seller.owner), order_id)
    await orders.confirm(market.means, by(market.buyer), order_id)
    assert "AdaBuyer" in await read(market.seller.owner)


async def test_the_fee_stands_on_nobodys_paper(market: Market, shelf: Shelf) -> None:
    """Section 13: the transaction fee of 11.02 is between seller and platform, and no term of the contract."""
    order_id = await dispatched(market)
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    for who in (market.seller.owner, market.operator):
        made = await shelf.fetch(who, f"/orders/ord_{order_id.hex}/proforma.html")
        assert "11.02" not in Page(made.content).text


async def test_what_is_no_paper_is_not_there(market: Market, server: Server, shelf: Shelf) -> None:
    """Unknown orders, other forms, addresses that lead elsewhere, pages of elsewhere: each refused by its code."""
    order_id = await confirmed(market)
    for path in (
        f"/orders/ord_{order_id.hex}/proforma.docx",
        f"/orders/ord_{'0' * 32}/proforma.pdf",
        "/orders/ord_x/proforma.pdf",
        f"/orders/{'a' * 3_000}/proforma.html",
        f"/orders/sel_{market.seller.id.hex}/proforma.html",
        f"/orders/ord_{order_id.hex}%0a/proforma.pdf",
    ):
        answer = await shelf.fetch(market.operator, path)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND"), path
    path = f"/orders/ord_{order_id.hex}/proforma.pdf"
    elsewhere = await shelf.fetch(market.operator, path, Origin="https://evil.example.com")
    assert elsewhere.status_code == 403
    here = await shelf.fetch(market.operator, path, Origin=server.url)
    assert here.headers["access-control-allow-origin"] == server.url
