"""The movable clock over HTTP, SSE and WebSocket: two processes on one embedded database, and one in real time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.auth import issue_jwt
from app.demonstration.people import ADA, MEI, SAM
from tests.api.contracts import key
from tests.api.people import Hall, Json, Person
from tests.api.server import PATIENCE, Server, environment
from tests.asking import http_client
from tests.market import Market

CLOCK = "{ serverTime clock { now realNow offsetSeconds movable } }"
DAY = 86_400
SHIFTED = "SHIFTED"
MOVE = "clock { offsetSeconds }"
EVENTS = "subscription Events { events(types: [OVERDUE_RAISED]) { event { kind at } } }"
RUNS = "{ viewer { desk { sweepRuns(first: 5) { nodes { startedAt tookMs due settled skipped lag } } } } }"


def shift(answer: Json) -> str | None:
    """What an answer says of the clock."""
    said: str | None = answer.get("extensions", {}).get("clock")
    return said


async def raw(server: Server, document: str, token: str | None = None, **headers: str) -> httpx.Response:
    """What the server answers, with everything that stands beside the data."""
    sent = {**headers, **({"authorization": f"Bearer {token}"} if token else {})}
    async with http_client(timeout=PATIENCE) as http:
        return await http.post(server.graphql, json={"query": document}, headers=sent)


async def instants(server: Server) -> tuple[datetime, Json]:
    """The server's time, and its clock."""
    data = (await raw(server, CLOCK)).json()["data"]
    return datetime.fromisoformat(data["serverTime"]), data["clock"]


async def say(socket: ClientConnection, **message: Any) -> None:
    """Send one message of the protocol."""
    await socket.send(orjson.dumps(message).decode())


async def told(socket: ClientConnection) -> Json:
    """The next message that is no ping."""
    async with asyncio.timeout(PATIENCE):
        while (message := orjson.loads(await socket.recv()))["type"] == "ping":
            pass
    return dict(message)


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[list[Server]]:
    """Two server processes on one embedded database."""
    given = {name: value for name, value in environment("", folder).items() if name != "DATABASE_URL"}
    given["SWEEP_INTERVAL"] = "1h"  # so that nobody learns of a move by looking for deadlines now and then
    async with AsyncExitStack() as stack:
        made = [Server(given), Server(given)]
        for server in made:
            await server.start()
            stack.push_async_callback(server.end)
        yield made


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Server]]:
    """Two server processes for the module."""
    async with embedded(tmp_path_factory.mktemp("embedded")) as made:
        yield made


async def test_a_server_with_a_database_of_its_own_keeps_real_time(server: Server, market: Market, hall: Hall) -> None:
    """Its clock is shown and cannot be moved, and no answer says that it was."""
    now, clock = await instants(server)
    assert (clock["offsetSeconds"], clock["movable"]) == (0, False)
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)
    operator = await hall.enter(server, market.operator)
    assert await operator.refused("clockAdvance", idempotencyKey=key(), by=60) == [("CLOCK_FIXED", "")]
    assert shift((await raw(server, CLOCK)).json()) is None


async def test_the_clock_is_moved_for_everybody(pair: list[Server], hall: Hall) -> None:
    """From the first answer on that comes after it, whichever process gives it; tokens and open sockets live on."""
    here, there = pair
    operator = await hall.enter(here, SAM.actor)
    short = issue_jwt(there.settings, ADA.actor.account_id, datetime.now(UTC), timedelta(hours=1))
    assert shift((await raw(there, CLOCK)).json()) is None
    async with connect(there.socket, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await _introduced(socket, short)
        await say(socket, type="subscribe", id="1", payload={"query": EVENTS})
        assert shift((await told(socket))["payload"]) is None
        await _nobody_else(hall, there)
        moved = await operator.do("clockAdvance", MOVE, idempotencyKey="a day", by=DAY)
        assert moved["clock"] == {"offsetSeconds": DAY}
        # before anything else is asked of it, the other process pushes what has become due
        message = await told(socket)
        assert message["payload"]["data"]["events"]["event"]["kind"] == "OVERDUE_RAISED"
        assert shift(message["payload"]) == SHIFTED
        await say(socket, type="subscribe", id="2", payload={"query": CLOCK})
        while (message := await told(socket))["id"] != "2":
            pass
        assert shift(message["payload"]) == SHIFTED
    await _told_everywhere(there, short)
    async with connect(there.socket, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await _introduced(socket, short)
        for turn in ("1", "2", "3"):  # a session that is over ends while the first is answered
            await say(socket, type="subscribe", id=turn, payload={"query": CLOCK})
            assert shift((await told(socket))["payload"]) == SHIFTED
            assert (await told(socket)) == {"id": turn, "type": "complete"}
    await _never_back(operator)
    for server in pair:
        now, clock = await instants(server)
        assert (clock["offsetSeconds"], clock["movable"]) == (DAY, True)
        assert timedelta(hours=23) < now - datetime.now(UTC) < timedelta(hours=25)
        assert abs(datetime.fromisoformat(clock["realNow"]) - datetime.now(UTC)) < timedelta(minutes=1)


async def _introduced(socket: ClientConnection, token: str) -> None:
    await say(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
    assert await told(socket) == {"type": "connection_ack"}


async def _nobody_else(hall: Hall, server: Server) -> None:
    for party in (ADA, MEI):
        person = await hall.enter(server, party.actor)
        assert await person.refused("clockAdvance", idempotencyKey=key(), by=DAY) == [("FORBIDDEN", "")]
    now, _ = await instants(server)
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


async def _told_everywhere(server: Server, token: str) -> None:
    """Answers, refusals and event streams."""
    assert shift((await raw(server, CLOCK, token)).json()) == SHIFTED
    assert shift((await raw(server, "{ nothing }", token)).json()) == SHIFTED
    assert shift((await raw(server, "{", token)).json()) == SHIFTED
    unknown = await raw(server, CLOCK, "nobody's")
    assert (unknown.status_code, shift(unknown.json())) == (401, SHIFTED)
    streamed = await raw(server, CLOCK, token, accept="text/event-stream")
    data = next(line for line in streamed.text.splitlines() if line.startswith("data: {"))
    assert shift(orjson.loads(data.removeprefix("data: "))) == SHIFTED
    async with http_client(timeout=PATIENCE) as http:
        health = (await http.get(f"{server.url}/health")).json()
    assert datetime.fromisoformat(health["serverTime"]) > datetime.now(UTC) + timedelta(hours=23)


async def _never_back(operator: Person) -> None:
    again = await operator.do("clockAdvance", MOVE, idempotencyKey="a day", by=DAY)
    assert again["clock"] == {"offsetSeconds": DAY}
    back = datetime.now(UTC).isoformat()
    assert await operator.refused("clockAdvance", idempotencyKey=key(), to=back) == [("CLOCK_BACKWARDS", "to")]
    assert await operator.refused("clockAdvance", idempotencyKey=key(), by=-1) == [("CLOCK_BACKWARDS", "by")]
    assert await operator.refused("clockAdvance", idempotencyKey=key(), by=2**31 - 1) == [("OUT_OF_RANGE", "by")]
    assert await operator.refused("clockAdvance", idempotencyKey=key()) == [("REQUIRED", "by")]
    recorded = await operator.ask("{ events(types: [CLOCK_MOVED]) { messages { event { facts { name value } } } } }")
    (message,) = recorded["events"]["messages"]
    assert {"name": "offsetSeconds", "value": str(DAY)} in message["event"]["facts"]


async def test_sweeps_are_on_record_for_operators(pair: list[Server], hall: Hall) -> None:
    """What the move made due was settled by a run, which says so; nobody else sees runs."""
    operator = await hall.enter(pair[1], SAM.actor)
    before = (await operator.ask(CLOCK))["clock"]["offsetSeconds"]
    await operator.do("clockAdvance", MOVE, idempotencyKey="a month", by=30 * DAY)
    assert (await instants(pair[0]))[1]["offsetSeconds"] == before + 30 * DAY
    async with asyncio.timeout(PATIENCE):
        while True:
            nodes = (await operator.ask(RUNS))["viewer"]["desk"]["sweepRuns"]["nodes"]
            if nodes and datetime.fromisoformat(nodes[0]["startedAt"]) > datetime.now(UTC) + timedelta(
                seconds=before + 29 * DAY
            ):
                break
            await asyncio.sleep(0.05)
    newest = nodes[0]
    assert newest["settled"] > 0
    assert newest["due"] == newest["settled"] + newest["skipped"]
    assert float(newest["lag"]) > 0
    starts = [node["startedAt"] for node in nodes]
    assert starts == sorted(starts, reverse=True)
    for party in (ADA, MEI):
        person = await hall.enter(pair[1], party.actor)
        assert (await person.ask(RUNS))["viewer"]["desk"] is None


async def test_the_demonstration_goes_on_in_the_moved_time(pair: list[Server], hall: Hall) -> None:
    """Its provider signs in real time, so money still arrives; a server that starts later tells the same time."""
    here, there = pair
    ahead = (await instants(there))[1]["offsetSeconds"]
    assert ahead > 0
    assert await here.end() == 0
    await here.start()
    now, clock = await instants(here)
    assert clock["offsetSeconds"] == ahead
    assert any(line.startswith("Order ") and "was paid just now" in line for line in here.log)
    number = next(line.split()[1] for line in reversed(here.log) if line.startswith("Order "))
    buyer = await hall.enter(here, ADA.actor)
    query = "query Paid($number: String!) { order(number: $number) { status firstPaidAt receipts { valueDate } } }"
    order = (await buyer.ask(query, number=number))["order"]
    assert order["status"] == "PENDING_DISPATCH"
    assert abs(datetime.fromisoformat(order["firstPaidAt"]) - now) < timedelta(minutes=2)
    assert abs(datetime.fromisoformat(order["receipts"][0]["valueDate"]) - now) < timedelta(minutes=2)


async def test_a_refusal_is_told_by_the_moved_clock_at_once(tmp_path: Path, hall: Hall) -> None:
    """A process that nobody has told answers its first request after the move rightly, though it is none."""
    async with embedded(tmp_path) as (here, there):
        operator = await hall.enter(here, SAM.actor)
        assert shift((await raw(there, "{")).json()) is None
        await operator.do("clockAdvance", MOVE, idempotencyKey=key(), by=60)
        assert shift((await raw(there, "{")).json()) == SHIFTED
