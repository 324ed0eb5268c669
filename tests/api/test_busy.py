"""A database that has no time: whoever waits is told so in time, and what is sent again is done once."""

from collections.abc import AsyncIterator

import pytest
from gql.transport.exceptions import TransportQueryError
from sqlalchemy import select, text

from app.db import tables as t
from tests.api.people import Hall, Person
from tests.api.server import Server, serving
from tests.market import Market, confirmed

READ = "query Q($id: ID!) { node(id: $id) { ... on Order { sellerReference version } } }"


@pytest.fixture(scope="module")
async def hurried(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server whose statements take a second at most."""
    async with serving(database_url, tmp_path_factory.mktemp("hurried"), STATEMENT_TIMEOUT="1s") as made:
        yield made
        waits = [line for line in made.log if " found no time in " in line]
        assert len(waits) == 2
        made.log = [line for line in made.log if line not in waits]


async def refusal(person: Person, reference: str, order: str, key: str) -> dict[str, object]:
    """The extensions of the error that a mutation is answered with."""
    with pytest.raises(TransportQueryError) as refused:
        await person.attempt("orderSetReference", orderId=order, reference=reference, idempotencyKey=key)
    assert refused.value.errors
    (error,) = refused.value.errors
    found: dict[str, object] = error["extensions"]
    return found


async def test_who_waits_for_an_order_in_vain_is_told_so_and_may_send_it_again(
    hurried: Server, market: Market, hall: Hall
) -> None:
    """UNAVAILABLE with when to ask again, and nothing is written; the same key then does it, once."""
    seller = await hall.enter(hurried, market.seller.owner)
    id = await confirmed(market)
    order = f"ord_{id.hex}"
    before = (await seller.ask(READ, id=order))["node"]
    async with market.means.engine.begin() as holding:
        await holding.execute(select(t.orders.c.id).where(t.orders.c.id == id).with_for_update())
        told = await refusal(seller, "PO 1", order, "once")
    assert (told["code"], told["retryAfter"]) == ("UNAVAILABLE", 1.0)
    assert (await seller.ask(READ, id=order))["node"] == before
    for _ in range(2):
        await seller.do("orderSetReference", orderId=order, reference="PO 1", idempotencyKey="once")
    after = (await seller.ask(READ, id=order))["node"]
    assert after == {"sellerReference": "PO 1", "version": before["version"] + 1}


async def test_a_read_that_takes_too_long_is_told_so(hurried: Server, market: Market, hall: Hall) -> None:
    """It is no mistake of ours that a client would report."""
    seller = await hall.enter(hurried, market.seller.owner)
    order = f"ord_{(await confirmed(market)).hex}"
    async with market.means.engine.begin() as holding:
        await holding.execute(text("LOCK TABLE instalments IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(TransportQueryError) as refused:
            await seller.ask(
                "query Q($id: ID!) { node(id: $id) { ... on Order { funds { status instalments { id } } } } }", id=order
            )
    assert [error["extensions"]["code"] for error in refused.value.errors or ()] == ["UNAVAILABLE"]
