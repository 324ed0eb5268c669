"""The limit of pushing: a Starlette application that sends the body of every POST to all of its WebSockets.

`python -m benchmarks.broadcast` serves it.
"""

import asyncio
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from app.serving import Server, address, listening

sockets: set[WebSocket] = set()


async def listen(websocket: WebSocket) -> None:
    """Keep a socket until it is closed."""
    await websocket.accept("graphql-transport-ws")
    sockets.add(websocket)
    try:
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        sockets.discard(websocket)


async def push(request: Request) -> Response:
    """Send the body to everybody."""
    text = (await request.body()).decode()
    for websocket in list(sockets):
        await websocket.send_text(text)
    return Response()


def main() -> None:
    """Serve on a free port, and say which."""
    routes = [Route("/push", push, methods=["POST"]), WebSocketRoute("/graphql", listen)]
    with listening("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt, asyncio.CancelledError):
        config = uvicorn.Config(
            Starlette(routes=routes),
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            log_level="warning",
            server_header=False,
        )
        Server(config, f"Serving {address(listener)}").run(sockets=[listener])


if __name__ == "__main__":
    main()
