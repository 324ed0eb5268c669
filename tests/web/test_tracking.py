"""The webhook of tracking: who may report, what a report must say, in any order, again, late and corrected."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from app.actions import fulfilment
from app.db import tables as t
from app.domain.fulfilment import Parcel
from app.web import signatures
from app.web.webhooks import Webhooks
from tests.market import Market, by, event_rows, open_market, order_row, paid, row_of
from tests.means import TestMeans

KEY = "t" * 32
PATH = "/webhooks/tracking/demonstration"


@pytest.fixture
async def market(engine: AsyncEngine) -> Market:
    """A market on the worker's database."""
    return await open_market(TestMeans(engine))


@pytest.fixture
async def client(market: Market) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes, with one source of tracking."""
    webhooks = Webhooks(market.means, {"demonstration": "p" * 32}, None, {"demonstration": KEY})
    transport = httpx.ASGITransport(Starlette(routes=webhooks.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def send(
    client: httpx.AsyncClient, market: Market, said: Mapping[str, Any], key: str = KEY, path: str = PATH
) -> httpx.Response:
    """Sign a report and send it."""
    body = orjson.dumps(said)
    own = signatures.signed(key, f"msg_{uuid4().hex}", market.means.clock.real(), body)
    return await client.post(path, content=body, headers=own)


async def shipped(market: Market, number: str, carrier: str = "DHL") -> tuple[UUID, UUID]:
    """An order with everything on its way, and its shipment."""
    order_id = await paid(market)
    parcel = Parcel(carrier, number)
    return order_id, await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, parcel)


def report(number: str, at: datetime, **changed: Any) -> dict[str, Any]:
    """What a carrier says: delivered."""
    whole = {"carrier": "DHL", "trackingNumber": number, "kind": "DELIVERED", "occurredAt": at.isoformat()}
    return {**whole, "reference": uuid4().hex, "place": "Oakland", **changed}


async def tracked(market: Market, shipment_id: UUID) -> list[Any]:
    """What was reported of a shipment."""
    async with market.means.engine.connect() as connection:
        query = select(t.tracking_events).where(t.tracking_events.c.shipment_id == shipment_id)
        return list((await connection.execute(query.order_by(t.tracking_events.c.id))).mappings())


async def test_a_report_is_recorded_of_its_shipment(client: httpx.AsyncClient, market: Market) -> None:
    """SHP-2: by carrier, in whatever letters, and number; the source is whoever signed."""
    number = uuid4().hex
    order_id, shipment_id = await shipped(market, number)
    at = market.means.time.step(hours=30)
    response = await send(client, market, report(number, at, carrier=" dhl ", text="Left at the door"))
    assert (response.status_code, response.json()) == (200, {"shipments": [f"shp_{shipment_id.hex}"]})
    (event,) = await tracked(market, shipment_id)
    assert (event["source"], event["kind"], event["text"], event["place"]) == (
        "demonstration",
        "DELIVERED",
        "Left at the door",
        "Oakland",
    )
    assert (await order_row(market.means, order_id))["delivered_at"] == at
    (told,) = await event_rows(market.means, order_id, "GOODS_DELIVERED")
    assert told["by"] == "TRACKING"


async def test_a_repeated_report_counts_once(client: httpx.AsyncClient, market: Market) -> None:
    """SHP-2: ten at once and one later are answered alike, and one is kept."""
    number = uuid4().hex
    _, shipment_id = await shipped(market, number)
    said = report(number, market.means.time.step(hours=1))
    answers = [
        *await asyncio.gather(*(send(client, market, said) for _ in range(10))),
        await send(client, market, said),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await tracked(market, shipment_id)) == 1


async def test_a_correction_that_comes_before_what_it_corrects(client: httpx.AsyncClient, market: Market) -> None:
    """SHP-2: in any order; the mistaken delivery, told late, never counts."""
    number = uuid4().hex
    order_id, shipment_id = await shipped(market, number)
    at = market.means.time.step(hours=2)
    await send(client, market, report(number, at, kind="EXCEPTION", reference="2", corrects="1"))
    await send(client, market, report(number, at, reference="1"))
    assert len(await tracked(market, shipment_id)) == 2
    assert (await row_of(market.means, t.shipments, shipment_id))["delivered_at"] is None
    assert (await order_row(market.means, order_id))["delivered_at"] is None


async def test_a_parcel_with_goods_of_two_orders(client: httpx.AsyncClient, market: Market) -> None:
    """SHP-2: what happens to a parcel to each shipment in it, not to one that left later."""
    number = uuid4().hex
    first, second = await shipped(market, number), await shipped(market, number)
    at = market.means.time.step(hours=2)
    market.means.time.step(days=1)
    third = await shipped(market, number)
    response = await send(client, market, report(number, at))
    assert set(response.json()["shipments"]) == {f"shp_{shipment.hex}" for _, shipment in (first, second)}
    assert await tracked(market, third[1]) == []


@pytest.mark.parametrize(
    ("changed", "status", "code", "field"),
    [
        ({"carrier": "UPS"}, 404, "NOT_FOUND", ["trackingNumber"]),
        ({"trackingNumber": "unknown"}, 404, "NOT_FOUND", ["trackingNumber"]),
        ({"kind": "LOST"}, 400, "INVALID", ["kind"]),
        ({"kind": None}, 400, "INVALID", ["kind"]),
        ({"occurredAt": "yesterday"}, 400, "INVALID", ["occurredAt"]),
        ({"occurredAt": "2001-01-01T00:00:00Z"}, 400, "OUT_OF_RANGE", ["occurredAt"]),
        ({"reference": ""}, 400, "INVALID", ["reference"]),
        ({"reference": "x" * 201}, 400, "INVALID", ["reference"]),
        ({"corrects": "x" * 201}, 400, "INVALID", ["corrects"]),
        ({"reference": "7", "corrects": "7"}, 400, "INVALID", ["corrects"]),
        ({"text": "x" * 2_001}, 400, "INVALID", ["text"]),
    ],
)
async def test_what_a_report_must_say(
    client: httpx.AsyncClient, market: Market, changed: dict[str, Any], status: int, code: str, field: list[str]
) -> None:
    """SHP-2: each field is read strictly, and named when it is at fault; nothing is kept."""
    number = uuid4().hex
    _, shipment_id = await shipped(market, number)
    said = report(number, market.means.time.step(hours=1), **changed)
    response = await send(client, market, said)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (status, code, field)
    assert error["message"].endswith(".")
    assert await tracked(market, shipment_id) == []


async def test_only_known_sources_report(client: httpx.AsyncClient, market: Market) -> None:
    """SHP-2: an unknown name and another's key are refused; no payment provider is a source of tracking."""
    number = uuid4().hex
    _, shipment_id = await shipped(market, number)
    said = report(number, market.means.time.step(hours=1))
    for key, path, code in (
        ("p" * 32, PATH, "SIGNATURE_INVALID"),
        (KEY, "/webhooks/tracking/nobody", "PROVIDER_UNKNOWN"),
    ):
        response = await send(client, market, said, key, path)
        assert (response.status_code, response.json()["error"]["code"]) == (401, code)
    assert await tracked(market, shipment_id) == []


async def test_a_late_report_on_a_completed_order(client: httpx.AsyncClient, market: Market) -> None:
    """SHP-2, section 16: sources report of completed orders, too."""
    number = uuid4().hex
    order_id, _ = await shipped(market, number)
    at = market.means.time.step(hours=1)
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    market.means.time.step(days=20)
    assert (await send(client, market, report(number, at))).status_code == 200
    row = await order_row(market.means, order_id)
    assert (row["status"], row["delivered_at"]) == ("COMPLETED", at)
    assert at < market.means.clock.now() - timedelta(days=19)
