"""Serving over HTTP: the listening socket, uvicorn and its processes."""

import errno
import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.settings import Settings


class ServingError(Exception):
    """The server cannot serve; the message says what to do."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to the address, before anything slow is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ServingError(_why_not(host, port, error)) from error
        listener.set_inheritable(True)
        yield listener
    finally:
        listener.close()


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve until a signal comes."""
    config = uvicorn.Config(
        "app.main:create",
        factory=True,
        http="app.graphql.protocols:HttpProtocol",
        ws="app.graphql.protocols:WebSocketProtocol",
        ws_max_size=settings.limits.body_bytes,
        ws_per_message_deflate=False,  # a message is made once for all who hear it, and would be compressed for each
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        workers=settings.workers,
        timeout_graceful_shutdown=5,
    )
    if settings.workers > 1:
        listener.listen(2048)  # whoever comes before a process is ready waits instead of being refused
        print(f"{settings.workers} processes serve {address(listener)}{_invitation(settings, listener)}", flush=True)
        Multiprocess(config, sockets=[listener]).run()
        return
    server = Server(config, f"Serving {address(listener)}{_invitation(settings, listener)}")
    gc.disable()  # until the application is made: of what it loads nothing is garbage
    server.run(sockets=[listener])
    if not server.started:
        raise ServingError("The server could not start; the reason is above.")


class Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where."""
        await super().startup(sockets)
        if self.started:
            print(self._ready, flush=True)


def _invitation(settings: Settings, listener: socket.socket) -> str:
    return f"\nOpen {address(listener)}/graphql in a browser: GraphiQL is there." if settings.graphiql else ""


def address(listener: socket.socket) -> str:
    """The address for people to open."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use. Stop what listens there, or take another with --port (0: any free one)."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} is not open to this user. Take one above 1023 with --port."
    return f"The address {host}, port {port}, cannot be listened on: {error.strerror or error}. Check --host."
