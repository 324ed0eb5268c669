"""The example connector told by webhooks: a bell that only the server rings, once a message; the sync does the rest."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.domain.signatures import ID, SIGNATURE, TIMESTAMP, secret_text
from app.jobs.webhooks import BODY_MOST, signed
from app.settings import ROOT
from examples.erp.copy import HEARD_KEPT, Copy
from examples.erp.listen import LARGEST, PATH, Doorbell
from tests import nursery
from tests.api.people import Hall
from tests.api.server import PATIENCE, serving
from tests.api.test_erp import Erp, connector, free_port
from tests.api.test_webhooks import SETTINGS, made
from tests.market import Market, confirmed, drafted

FIRST, SECOND = b"a secret of the tests, 32 bytes..", b"another of the tests, 32 bytes..."
BODY = b'{"type":"ORDER_DRAFTED"}'


@dataclass
class Porch:
    """A connector's doorbell, and how often it rang."""

    copy: Copy
    rings: int = 0
    secrets: list[bytes] = field(default_factory=lambda: [FIRST])

    def ring(self) -> None:
        """Count."""
        self.rings += 1

    async def post(self, headers: dict[str, str], body: bytes = BODY, path: str = PATH) -> int:
        """The status with which a message is answered."""
        bell = Doorbell(self.copy, [secret_text(each) for each in self.secrets], self.ring)
        transport = httpx.ASGITransport(bell.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://erp.invalid") as http:
            return (await http.post(path, content=body, headers=headers)).status_code


@pytest.fixture
def porch(tmp_path: Path) -> Iterator[Porch]:
    """One with a database of its own."""
    with closing(Copy(tmp_path / "erp.sqlite")) as copy:
        yield Porch(copy)


def message(*secrets: bytes, id: str = "msg_1", ago: timedelta = timedelta(), body: bytes = BODY) -> dict[str, str]:
    """The headers of a message as the server sends them, some time ago."""
    return signed(list(secrets), id, datetime.now(UTC) - ago, body)


async def test_what_the_server_signed_rings_once_a_message(porch: Porch) -> None:
    """A repeat is accepted and does nothing, also after a restart; another message rings again."""
    assert [await porch.post(message(FIRST)) for _ in range(2)] == [204, 204]
    assert porch.rings == 1
    assert await porch.post(message(FIRST, id="msg_2")) == 204
    assert porch.rings == 2


FORGED: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "by another secret": lambda _: {SIGNATURE: message(SECOND)[SIGNATURE]},
    "of another message": lambda _: {ID: "msg_2"},
    "of another time": lambda headers: {TIMESTAMP: str(int(headers[TIMESTAMP]) - 1)},
    "of no time": lambda _: {TIMESTAMP: "yesterday"},
    "no signature": lambda _: {SIGNATURE: "v1"},
    "no base64": lambda _: {SIGNATURE: "v1,*"},
    "another version": lambda headers: {SIGNATURE: "v2," + headers[SIGNATURE][3:]},
    "nothing at all": lambda headers: dict.fromkeys(headers, ""),
}


@pytest.mark.parametrize("forge", [pytest.param(forge, id=name) for name, forge in FORGED.items()])
async def test_what_is_not_signed_is_refused(porch: Porch, forge: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Whoever knows the address cannot ring, and nothing of it is remembered."""
    right = message(FIRST)
    assert (await porch.post({**right, **forge(right)}), porch.rings) == (401, 0)
    assert (await porch.post(right), porch.rings) == (204, 1)


async def test_a_message_without_headers_is_refused(porch: Porch) -> None:
    """None of them may be missing."""
    assert await porch.post({}) == 401
    for name in (ID, TIMESTAMP, SIGNATURE):
        assert await porch.post({each: value for each, value in message(FIRST).items() if each != name}) == 401
    assert porch.rings == 0


async def test_another_body_is_refused(porch: Porch) -> None:
    """One that was changed, and one that is no text."""
    for body in (BODY + b" ", b"\xff\xfe"):
        assert (await porch.post(message(FIRST), body), porch.rings) == (401, 0)


@pytest.mark.parametrize(("ago", "status"), [(290, 204), (-290, 204), (310, 401), (-310, 401)])
async def test_an_old_message_is_refused(porch: Porch, ago: int, status: int) -> None:
    """Five minutes either way: what somebody has kept of an earlier message rings no more."""
    headers = message(FIRST, ago=timedelta(seconds=ago))
    assert (await porch.post(headers), porch.rings) == (status, int(status == 204))


async def test_a_secret_is_replaced_without_a_gap(porch: Porch) -> None:
    """While both sign either is enough; with both given, what either signs alone is accepted; then the old one ends."""
    both = message(SECOND, FIRST)
    assert await porch.post(both) == 204
    porch.secrets = [SECOND, FIRST]
    for number, headers in enumerate((message(FIRST, id="old"), message(SECOND, id="new"), both), 2):
        assert (await porch.post(headers), porch.rings) == (204, min(number, 3))
    porch.secrets = [SECOND]
    assert await porch.post(message(FIRST, id="older")) == 401
    assert (await porch.post(message(SECOND, id="newer")), porch.rings) == (204, 4)


async def test_a_message_is_as_large_as_the_server_sends_them(porch: Porch) -> None:
    """The largest is verified, and of a larger one nothing, however well it is signed."""
    assert LARGEST == BODY_MOST
    largest = b"x" * LARGEST
    assert (await porch.post(message(FIRST, body=largest), largest), porch.rings) == (204, 1)
    larger = largest + b"x"
    assert (await porch.post(message(FIRST, id="msg_2", body=larger), larger), porch.rings) == (413, 1)
    assert await porch.post(message(FIRST), path="/") == 404


def test_what_was_heard_is_kept_for_its_time(porch: Porch) -> None:
    """For as long as the server can send it again of itself, and no longer."""
    now = datetime.now(UTC)
    assert porch.copy.hear("msg_1", now)
    assert not porch.copy.hear("msg_1", now + HEARD_KEPT)
    assert porch.copy.hear("msg_1", now + HEARD_KEPT + timedelta(seconds=1))


@asynccontextmanager
async def listening(erp: Erp, secret: str, port: int) -> AsyncIterator[None]:
    """`listen` as a process of its own that asks for nothing unless it is rung."""
    given = {"PATH": os.environ["PATH"], "ASSURED_TOKEN": erp.token, "ASSURED_WEBHOOK_SECRETS": secret}
    options = ("listen", "--url", erp.url, "--port", str(port), "--every", "3600")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "examples.erp", "--database", str(erp.file), *options),
        cwd=ROOT,
        env=given,
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield
        assert process.returncode is None, "it ended by itself"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        said, _ = await process.communicate()
        assert b"Traceback" not in said, said.decode()


@pytest.mark.parametrize("secrets", ["", " , ", "whsec_", "whsec_é", "whsec_a", f"{secret_text(FIRST)}, whsec_a"])
async def test_without_a_secret_that_could_be_one_nothing_is_answered(secrets: str, tmp_path: Path) -> None:
    """The command ends at once, and says what to set."""
    given = {"PATH": os.environ["PATH"], "ASSURED_TOKEN": "a token", "ASSURED_WEBHOOK_SECRETS": secrets}
    child = await nursery.run("examples.erp", "--database", str(tmp_path / "erp.sqlite"), "listen", environ=given)
    said = (await child.stdout.read()).decode()
    assert await child.wait() == 1
    assert said.startswith("Set ASSURED_WEBHOOK_SECRETS to the secret") and said.count("\n") == 1


async def test_a_webhook_makes_the_connector_ask(database_url: str, tmp_path: Path, market: Market, hall: Hall) -> None:
    """A change is in the copy because the server has rung, and nobody else: nothing else asks within the hour."""
    port = free_port()
    async with serving(database_url, tmp_path, **SETTINGS, WEBHOOK_FIRST_WAIT="0.1s") as server:
        owner = await hall.enter(server, market.seller.owner)
        endpoint = await made(owner, f"http://127.0.0.1:{port}{PATH}")
        erp = await connector(market, server, tmp_path)
        await drafted(market)
        async with listening(erp, endpoint["secret"], port):
            await _known(erp)
            await confirmed(market)
            await _known(erp)
        assert len(erp.known()) == 2


async def _known(erp: Erp) -> None:
    """Wait until the copy is what the server has."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if erp.file.exists() and erp.known() == await erp.truth():
                return
            await asyncio.sleep(0.1)
