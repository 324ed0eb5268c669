"""Fifty clients of two server processes over one coupon and one claim: exactly one winner, the others told why."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.db import tables as t
from app.domain.conditions import State
from tests.actions import promising
from tests.actions.ledgers import faults
from tests.api import late
from tests.api.people import Hall, Json, Person
from tests.api.server import PATIENCE, Server, serving
from tests.domain.build import one_line
from tests.market import Market, row_of, submitted

CROWD = 50


# A connection for each client, so that all wait for the row at once; and as long as a client waits for its answer,
# so that on a busy machine the last of them is still told why rather than cut off
ROOM = {"CONNECTIONS": str(CROWD // 2), "STATEMENT_TIMEOUT": f"{PATIENCE:.0f}s"}


@pytest.fixture(scope="module")
async def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with room for its half of the crowd."""
    async with serving(database_url, tmp_path_factory.mktemp("server"), **ROOM) as made:
        yield made


@pytest.fixture(scope="module")
async def other(database_url: str, folder: Path) -> AsyncIterator[Server]:
    """Another server process on the same database."""
    async with serving(database_url, folder, **ROOM) as made:
        yield made


@pytest.fixture
async def promised(market: Market) -> Market:
    """The market, whose seller is in the on-time dispatch guarantee."""
    await promising.enrol(market)
    return market


@pytest.fixture
async def crowd(server: Server, other: Server, promised: Market, hall: Hall) -> list[Person]:
    """The buyer, through fifty connections to two servers."""
    return [await hall.enter((server, other)[number % 2], promised.buyer) for number in range(CROWD)]


async def at_once(crowd: list[Person], name: str, *inputs: dict[str, Any]) -> list[Json]:
    """The payloads of everybody's mutation, with the inputs in turn."""
    return await asyncio.gather(
        *(
            person.attempt(name, **inputs[number // 2 % len(inputs)], idempotencyKey=f"{name} {number}")
            for number, person in enumerate(crowd)
        )
    )


def codes(payloads: list[Json]) -> set[str]:
    """How they were refused."""
    return {error["code"] for payload in payloads for error in payload["userErrors"]}


async def test_one_claim(promised: Market, crowd: list[Person]) -> None:
    """CLM-4: of fifty claims on one order one is filed, and the others hear why not."""
    order_id = await late.overdue(promised)
    payloads = await at_once(crowd, "claimFile", {"orderId": f"ord_{order_id.hex}"})
    assert sum(not payload["userErrors"] for payload in payloads) == 1
    assert codes(payloads) == {"CLAIM_NOT_POSSIBLE"}


async def test_one_coupon_on_two_orders(promised: Market, crowd: list[Person]) -> None:
    """COU-3: of two orders that race for one coupon one is agreed with it, and the books of both sellers are right."""
    late_id = await late.approved(promised)
    async with promised.means.engine.connect() as connection:
        found = await connection.execute(select(t.claims.c.coupon_id).where(t.claims.c.order_id == late_id))
    coupon_id = found.scalar_one()
    assert coupon_id is not None
    orders = [await submitted(promised, one_line("100.00")) for _ in range(2)]
    inputs = [{"orderId": f"ord_{id.hex}", "couponId": f"cpn_{coupon_id.hex}"} for id in orders]
    payloads = await at_once(crowd, "orderConfirm", *inputs)
    assert sum(not payload["userErrors"] for payload in payloads) == 1
    assert codes(payloads) <= {"COUPON_NOT_AVAILABLE", "STEP_NOT_ALLOWED"}
    coupon = await row_of(promised.means, t.coupons, coupon_id)
    assert coupon["status"] == "RESERVED" and coupon["reserved_order_id"] in orders
    assert await faults(promised.means.engine, promised.seller.id) == []


async def test_a_refund_and_a_receipt_at_once(promised: Market, server: Server, other: Server, hall: Hall) -> None:
    """PAY-8, DSP-3: a full refund against the release by fifty clients: the money goes one way or back, once."""
    order_id = await promising.broken(late.days_ago(promised), State.DISPATCHED)
    id = f"ord_{order_id.hex}"
    buyers = [await hall.enter((server, other)[number % 2], promised.buyer) for number in range(CROWD // 2)]
    owners = [await hall.enter((server, other)[number % 2], promised.seller.owner) for number in range(CROWD // 2)]
    opened = await buyers[0].do(
        "disputeOpen", "dispute { id }", orderId=id, reason="QUALITY", text="Broken.", idempotencyKey="open"
    )
    answer = {"disputeId": opened["dispute"]["id"], "answer": "ACCEPT"}
    received, accepted = await asyncio.gather(
        at_once(buyers, "orderConfirmReceipt", {"orderId": id}), at_once(owners, "disputeAnswer", answer)
    )
    assert sum(not payload["userErrors"] for payload in accepted) == 1
    assert codes(received) <= {"DISPUTE_OPEN", "STEP_NOT_ALLOWED"}
    row = await row_of(promised.means, t.orders, order_id)
    assert (row["status"], row["refunded"], row["released"]) == ("CLOSED", row["received"], 0)
    assert await faults(promised.means.engine, promised.seller.id) == []
