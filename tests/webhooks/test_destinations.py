"""Where webhooks may go: attempts to have the server reach what only it can reach, one test each."""

import asyncio
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from app.domain.deliveries import ANSWER_KEPT
from app.domain.destinations import Reach, allowed, destination_of
from app.domain.errors import ErrorCode, Refusal
from app.posting import Poster
from tests.sending import Received, answer, receiving

INTERNET, HERE = Reach(), Reach(loopback=True)
PUBLIC = "93.184.215.14"
CERTIFICATE = Path(__file__).with_name("erp.example.com.pem")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://10.0.0.5/", id="private, class A"),
        pytest.param("https://172.16.4.1/", id="private, class B"),
        pytest.param("https://192.168.1.1/", id="private, class C"),
        pytest.param("https://127.0.0.1/", id="loopback"),
        pytest.param("https://127.9.9.9:8443/", id="the rest of loopback"),
        pytest.param("https://0.0.0.0/", id="unspecified"),
        pytest.param("https://169.254.169.254/latest/meta-data/", id="metadata, link-local"),
        pytest.param("https://100.100.100.200/", id="shared by carriers, metadata"),
        pytest.param("https://192.0.0.192/", id="metadata among protocol assignments"),
        pytest.param("https://168.63.129.16/", id="a cloud's own services at a public address"),
        pytest.param("https://198.18.0.1/", id="benchmarks"),
        pytest.param("https://224.0.0.1/", id="multicast"),
        pytest.param("https://255.255.255.255/", id="broadcast"),
        pytest.param("https://[::1]/", id="IPv6 loopback"),
        pytest.param("https://[::]/", id="IPv6 unspecified"),
        pytest.param("https://[fd00:ec2::254]/", id="IPv6 unique local, metadata"),
        pytest.param("https://[fe80::1]/", id="IPv6 link-local"),
        pytest.param("https://[fe80::1%25eth0]/", id="IPv6 link-local with its interface"),
        pytest.param("https://[fec0::1]/", id="IPv6 site-local"),
        pytest.param("https://[ff02::1]/", id="IPv6 multicast"),
        pytest.param("https://[::ffff:127.0.0.1]/", id="IPv4 mapped into IPv6"),
        pytest.param("https://[::ffff:a00:5]/", id="IPv4 mapped, in hexadecimal"),
        pytest.param("https://[::127.0.0.1]/", id="IPv4 compatible"),
        pytest.param("https://[64:ff9b::7f00:1]/", id="IPv4 behind a translator"),
        pytest.param("https://[2002:7f00:1::]/", id="IPv4 within 6to4"),
        pytest.param("https://[2001:0:7f00:1::]/", id="IPv4 within Teredo"),
        pytest.param("https://2130706433/", id="a decimal number"),
        pytest.param("https://0x7f000001/", id="a hexadecimal number"),
        pytest.param("https://0177.0.0.1/", id="octal parts"),
        pytest.param("https://127.1/", id="parts left out"),
        pytest.param("https://0x7f.0.0.0x1/", id="hexadecimal parts"),
        pytest.param("https://127.0.0.1./", id="a dot at its end"),
        pytest.param("https://localhost/", id="localhost"),
        pytest.param("https://LOCALHOST./", id="localhost in other letters"),
        pytest.param("https://api.localhost/", id="below localhost"),
        pytest.param("https://printer.local/", id="a name of the local network"),
        pytest.param("https://metadata.google.internal/", id="a name of a cloud's own"),
        pytest.param("https://intranet/", id="a name without a dot"),
        pytest.param("https://１２７.0.0.1/", id="digits in other letters"),
        pytest.param("https://%31%32%37.0.0.1/", id="digits in percent"),
        pytest.param("https://user:secret@erp.example.com/", id="user and password"),
        pytest.param("https://erp.example.com@127.0.0.1/", id="a user that looks like a host"),
        pytest.param("https://127.0.0.1\\@erp.example.com/", id="a backslash that readers disagree on"),
        pytest.param("https://erp.example.com#@127.0.0.1/", id="a fragment that readers disagree on"),
        pytest.param("https://erp.example.com:22/", id="a system's port"),
        pytest.param("https://erp.example.com:0/", id="no port"),
        pytest.param("https://erp.example.com:99999/", id="beyond the ports"),
        pytest.param("http://erp.example.com/", id="http"),
        pytest.param("ftp://erp.example.com/", id="another scheme"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("gopher://127.0.0.1:6379/_FLUSHALL", id="gopher"),
        pytest.param("//erp.example.com/", id="no scheme"),
        pytest.param("https:///hooks", id="no host"),
        pytest.param("https://[::1/", id="half a bracket"),
        pytest.param("https://erp.example.com/\r\nX: y", id="a line within"),
        pytest.param("https://erp .example.com/", id="a space within"),
    ],
)
def test_urls_that_lead_inside_or_nowhere(url: str) -> None:
    """INT-7: refused when they are given, before anything is resolved."""
    with pytest.raises(Refusal) as refused:
        destination_of(url, INTERNET)
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, ("url",))


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://erp.example.com", "erp.example.com", "/"),
        ("https://ERP.Example.com:443/hooks?a=b&c=%20", "erp.example.com", "/hooks?a=b&c=%20"),
        ("https://erp.example.com:8443/hooks", "erp.example.com:8443", "/hooks"),
        ("https://xn--mller-kva.example:3000/", "xn--mller-kva.example:3000", "/"),
        (f"https://{PUBLIC}/", PUBLIC, "/"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]", "/"),
    ],
)
def test_urls_of_the_public_internet(url: str, authority: str, target: str) -> None:
    """Names, numbers and ports as they are."""
    found = destination_of(url, INTERNET)
    assert (found.authority, found.target) == (authority, target)
    with pytest.raises(Refusal, match="2048"):
        destination_of(f"{url}/{'x' * 2048}", INTERNET)


def test_this_machine_is_reached_only_where_a_setting_says_so() -> None:
    """And then nothing else of what is inside, and the public internet as ever."""
    assert destination_of("http://localhost:5000/hooks", HERE).port == 5000
    assert destination_of("http://127.0.0.1/hooks", HERE).port == 80
    assert allowed("127.0.0.1", HERE)
    assert allowed("::1", HERE)
    assert allowed("::ffff:127.0.0.1", HERE)
    assert not allowed("::ffff:127.0.0.1", INTERNET)
    for inside in ("10.0.0.5", "169.254.169.254", "fd00::1", "not an address", ""):
        assert not allowed(inside, HERE)
    for url in ("http://10.0.0.5/", "http://intranet/", "http://a.localhost/"):
        with pytest.raises(Refusal):
            destination_of(url, HERE)
    assert allowed(PUBLIC, INTERNET)
    assert allowed("2606:4700::1111", INTERNET)


class Wires(httpcore2.AsyncNetworkBackend):
    """Connects to this machine whatever address is asked for, and keeps what was."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._wires = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature it overrides
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to this machine."""
        self.asked.append(host)
        return await self._wires.connect_tcp("127.0.0.1", port, timeout, local_address, socket_options)


class Resolver:
    """Says what it is told to, another thing each time."""

    def __init__(self, *told: list[str]) -> None:
        self.told = list(told)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        """The next addresses."""
        self.asked.append(host)
        return self.told.pop(0)


async def posted(url: str, resolver: Resolver, wires: Wires, trust: ssl.SSLContext | None = None) -> Any:
    """What comes of posting to the public internet."""
    return await Poster(INTERNET, 2.0, resolver, wires, trust)(url, {"webhook-id": "msg_1"}, b"{}")


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param(["10.0.0.5"], id="private"),
        pytest.param([PUBLIC, "127.0.0.1"], id="one of several"),
        pytest.param(["::ffff:169.254.169.254"], id="mapped"),
        pytest.param(["fe80::1%eth0"], id="with its interface"),
        pytest.param([], id="none"),
    ],
)
async def test_a_name_that_stands_for_something_inside(addresses: list[str]) -> None:
    """INT-7: refused at every attempt, and nothing is connected to."""
    wires = Wires()
    found = await posted("https://erp.example.com/", Resolver(addresses), wires)
    assert (found.failure, found.status) == ("ADDRESS_REFUSED", None)
    assert wires.asked == []


async def test_a_name_that_changes_between_the_check_and_the_connection(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """INT-7: it is resolved once an attempt, and what was checked is connected to; the next attempt checks anew."""
    server, client = tls
    async with receiving(ssl=server) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        resolver, wires = Resolver([PUBLIC], ["127.0.0.1"]), Wires()
        url = f"https://erp.example.com:{port}/hooks"
        first = await posted(url, resolver, wires, client)
        assert (first.failure, first.status) == (None, 204)
        assert wires.asked == [PUBLIC]
        assert resolver.asked == ["erp.example.com"]
        second = await posted(url, resolver, wires, client)
        assert second.failure == "ADDRESS_REFUSED"
        assert wires.asked == [PUBLIC]
    (request,) = receiver.received
    assert request.headers["host"] == f"erp.example.com:{port}"
    assert request.headers["webhook-id"] == "msg_1"


async def test_a_certificate_of_another_name(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The name of the URL is what the certificate must be of, though the connection goes by number."""
    server, client = tls
    async with receiving(ssl=server) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        found = await posted(f"https://other.example.com:{port}/", Resolver([PUBLIC]), Wires(), client)
        unknown = await posted(f"https://erp.example.com:{port}/", Resolver([PUBLIC]), Wires())
    assert (found.failure, unknown.failure) == ("UNREACHABLE", "UNREACHABLE")
    assert receiver.received == []


async def test_a_redirect_to_something_inside() -> None:
    """INT-7, nobody is followed: what an answer points at is never asked."""
    async with receiving() as inside:

        async def redirect(_: Received) -> bytes | None:
            return answer(302, location=inside.url)

        async with receiving(redirect) as outside:
            found = await Poster(HERE, 2.0)(outside.url, {}, b"{}")
    assert (found.status, found.failure) == (302, "REDIRECT")
    assert inside.received == []


async def test_a_url_that_the_rules_allow_no_more() -> None:
    """Judged again at every attempt, so that what was made under wider rules reaches nothing."""
    async with receiving() as receiver:
        found = await Poster(INTERNET, 2.0)(receiver.url, {}, b"{}")
    assert (found.failure, receiver.received) == ("ADDRESS_REFUSED", [])


@pytest.mark.parametrize(
    ("said", "status", "failure"),
    [
        (answer(301, location="http://127.0.0.1:1/"), 301, "REDIRECT"),
        (answer(404, "no such page"), 404, "STATUS"),
        (b"\0\0 this is not HTTP\r\n\r\n", None, "ANSWER_UNREADABLE"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, None, "ANSWER_UNREADABLE"),
        (None, None, "ANSWER_UNREADABLE"),
        (answer(200, "\0 odd"), 200, None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\ncut", 200, None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"z" * 9_000_000, 200, None),
    ],
)
async def test_whatever_is_answered_is_judged(said: bytes | None, status: int | None, failure: str | None) -> None:
    """Redirects, lies, garbage and silence are failures; of an answer no more is read than is kept."""

    async def manner(_: Received) -> bytes | None:
        return said

    async with receiving(manner) as receiver:
        found = await Poster(HERE, 2.0)(receiver.url, {}, b"{}")
    assert (found.status, found.failure) == (status, failure)
    assert len(found.text or "") <= ANSWER_KEPT
    assert "\0" not in (found.text or "")


async def test_a_receiver_that_does_not_end_its_answer() -> None:
    """Drop by drop: the whole attempt has one time, and before it is over there is no answer."""
    over = asyncio.Event()

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not over.is_set() and not writer.is_closing():
            writer.write(b"x: y\r\n")
            await asyncio.wait([asyncio.create_task(over.wait())], timeout=0.02)
        writer.close()

    server = await asyncio.start_server(dripping, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = await Poster(HERE, 0.2)(f"http://127.0.0.1:{port}/", {}, b"{}")
    over.set()
    server.close()
    assert (found.failure, found.status) == ("TIMED_OUT", None)


async def test_nobody_listens() -> None:
    """Unreachable, as is a name that nobody has."""
    async with receiving() as receiver:
        url = receiver.url
    found = await Poster(HERE, 2.0)(url, {}, b"{}")
    assert (found.failure, found.status, found.text) == ("UNREACHABLE", None, None)

    async def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    found = await Poster(HERE, 2.0, nobody)("https://erp.example.com/", {}, b"{}")
    assert found.failure == "UNREACHABLE"


@pytest.fixture
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for erp.example.com, and one that trusts it; its certificate and key are good for nothing."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(CERTIFICATE)
    return server, ssl.create_default_context(cafile=str(CERTIFICATE))
