"""Posting to addresses that strangers chose: to the public internet only, once, without following anywhere.

A name is resolved once an attempt. Every address found is checked, and the connection goes to the first of them by its
number; the name is said in the handshake and the request. What a resolver says a moment later makes no difference.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import httpcore2

from app.domain.deliveries import ANSWER_KEPT, DeliveryFailure, failure_of
from app.domain.destinations import Reach, allowed, destination_of
from app.domain.errors import Refusal

# of an answer no more is read than is kept, in bytes of its longest characters
ANSWER_BYTES = 4 * ANSWER_KEPT
ANSWER_SECONDS = 2.0
AGENT = "assured-webhooks"
RESOLVED_AT_ONCE = 16

Resolve = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(Exception):
    """A name stands for an address that must not be reached."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post, in milliseconds; `text` is how the answer begins, `retry_after` what its header says."""

    took_ms: int
    status: int | None = None
    failure: DeliveryFailure | None = None
    text: str | None = None
    retry_after: str | None = None


class Resolver:
    """Asks the machine's resolver, in threads of its own: names that take long hold up nothing but one another."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVED_AT_ONCE, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses that a name stands for."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to names by an address that was checked, and to nothing else."""

    def __init__(self, reach: Reach, resolve: Resolve, backend: httpcore2.AsyncNetworkBackend) -> None:
        self._reach = reach
        self._resolve = resolve
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature it overrides
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to a host; one address that is not allowed refuses the name as a whole."""
        addresses = await self._resolve(host, port)
        if not addresses or not all(allowed(address, self._reach) for address in addresses):
            raise AddressRefused
        return await self._backend.connect_tcp(addresses[0], port, timeout, local_address, socket_options)


class Poster:
    """Posts bodies, each over a connection of its own, in so many `seconds` in all."""

    def __init__(
        self,
        reach: Reach,
        seconds: float,
        resolve: Resolve | None = None,
        backend: httpcore2.AsyncNetworkBackend | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.reach = reach
        self.seconds = seconds
        self._backend = CheckedBackend(reach, resolve or Resolver(), backend or httpcore2.AnyIOBackend())
        self._trust = trust or httpcore2.default_ssl_context()

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body as JSON; every way in which that can fail is an answer."""
        began = monotonic()
        status, failure, text, later = None, None, None, None
        try:
            async with asyncio.timeout(self.seconds), self._posted(url, headers, body) as response:
                status = response.status
                failure = failure_of(status)
                later = _header(response, b"retry-after")
                text = await _beginning(response)
        except (Refusal, AddressRefused):
            failure = DeliveryFailure.ADDRESS_REFUSED
        except (TimeoutError, httpcore2.TimeoutException):
            status, failure = None, DeliveryFailure.TIMED_OUT
        except (httpcore2.NetworkError, OSError, UnicodeError):
            status, failure = None, DeliveryFailure.UNREACHABLE
        except httpcore2.ProtocolError:
            status, failure = None, DeliveryFailure.ANSWER_UNREADABLE
        return Answer(round((monotonic() - began) * 1000), status, failure, text, later)

    @asynccontextmanager
    async def _posted(self, url: str, headers: Mapping[str, str], body: bytes) -> AsyncIterator[httpcore2.Response]:
        # the rules may have become narrower since the URL was given
        to = destination_of(url, self.reach)
        said = {
            "host": to.authority,
            "content-type": "application/json",
            "content-length": str(len(body)),
            "user-agent": AGENT,
            "accept-encoding": "identity",
            "connection": "close",
            **headers,
        }
        address = httpcore2.URL(scheme=to.scheme, host=to.host, port=to.port, target=to.target)
        async with (
            httpcore2.AsyncConnectionPool(
                ssl_context=self._trust, max_connections=1, max_keepalive_connections=0, network_backend=self._backend
            ) as pool,
            pool.stream("POST", address, headers=list(said.items()), content=body) as response,
        ):
            yield response


def _header(response: httpcore2.Response, name: bytes) -> str | None:
    """The first value of a header."""
    return next((value.decode("latin-1") for each, value in response.headers if each.lower() == name), None)


async def _beginning(response: httpcore2.Response) -> str:
    """How an answer begins, as text; the rest of it is not read, and that it does not come changes nothing."""
    begun = b""
    with suppress(TimeoutError, httpcore2.NetworkError, httpcore2.ProtocolError):
        async with asyncio.timeout(ANSWER_SECONDS), aclosing(response.aiter_stream()) as chunks:
            async for chunk in chunks:
                begun += chunk[: ANSWER_BYTES - len(begun)]
                if len(begun) >= ANSWER_BYTES:
                    break
    return begun.decode("utf-8", "replace").replace("\0", "�")[:ANSWER_KEPT]
