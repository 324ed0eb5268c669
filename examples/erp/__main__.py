"""`python -m examples.erp`: keep a copy of a seller's orders, be told of changes, and tell what the warehouse sent."""

import argparse
import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from gql import Client
from gql.transport.httpx import HTTPXAsyncTransport

from examples.erp.copy import Copy, Parcel
from examples.erp.listen import PATH, Doorbell, listen, usable
from examples.erp.push import push
from examples.erp.sync import sync

EPILOG = """The access token is read from the environment: ASSURED_TOKEN. For `listen` so are the secrets of the
webhook endpoint, separated by commas: ASSURED_WEBHOOK_SECRETS. There are two of them while one is replaced."""


def main() -> int:
    """Run one command."""
    chosen = _parser().parse_args()
    token = os.environ.get("ASSURED_TOKEN")
    if not token:
        sys.exit("Set ASSURED_TOKEN to an access token; the seller's owner makes one with `accessTokenCreate`.")
    secrets = [each.strip() for each in os.environ.get("ASSURED_WEBHOOK_SECRETS", "").split(",") if each.strip()]
    if chosen.command == "listen" and not (secrets and all(map(usable, secrets))):
        sys.exit("Set ASSURED_WEBHOOK_SECRETS to the secret that `webhookEndpointCreate` answered: whsec_…")
    copy = Copy(chosen.database)
    try:
        if chosen.command == "sent":
            copy.sent(Parcel(chosen.order, chosen.carrier, chosen.tracking_number))
        elif chosen.command == "list":
            for order in copy.orders().values():
                sys.stdout.write(json.dumps(order, ensure_ascii=False) + "\n")
        elif chosen.command == "listen":
            asyncio.run(told(chosen, token, copy, secrets))
        else:
            asyncio.run(follow(chosen.url, token, copy, chosen.every))
    except KeyboardInterrupt:
        return 130
    finally:
        copy.close()
    return 0


async def told(chosen: argparse.Namespace, token: str, copy: Copy, secrets: list[str]) -> None:
    """Follow whenever a webhook comes, and now and then without one."""
    rung = asyncio.Event()
    following = follow(chosen.url, token, copy, chosen.every, rung)
    sys.stderr.write(f"webhooks are answered at http://{chosen.host}:{chosen.port}{PATH}\n")
    await listen(Doorbell(copy, secrets, rung.set), chosen.host, chosen.port, following)


async def follow(url: str, token: str, copy: Copy, every: float | None, rung: asyncio.Event | None = None) -> None:
    """Tell and follow, once, or again after so many seconds and whenever it is rung."""
    rung = rung or asyncio.Event()
    transport = HTTPXAsyncTransport(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    async with Client(transport=transport) as session:
        while True:
            rung.clear()  # what rings from here on is asked for by the next turn
            await push(session, copy)
            await sync(session, copy)
            sys.stderr.write(f"{len(copy.orders())} orders, known up to {copy.cursor}\n")
            if every is None:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await rung.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.erp", description=__doc__, epilog=EPILOG)
    parser.add_argument("--database", type=Path, default=Path("erp.sqlite"), help="the ERP's database (erp.sqlite)")
    commands = parser.add_subparsers(dest="command", required=True)
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="where the server is asked")
    said = "tell what was sent, and bring the copy to where the server is"
    once = commands.add_parser("sync", parents=[server], help=said)
    once.add_argument("--every", type=float, metavar="SECONDS", help="do so again and again")
    bell = commands.add_parser("listen", parents=[server], help=f"answer webhooks; whenever one comes, {said}")
    bell.add_argument("--every", type=float, metavar="SECONDS", default=300, help="do so at least so often (300)")
    bell.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    bell.add_argument("--port", type=int, default=8001, help="the port to listen on (8001)")
    sent = commands.add_parser("sent", help="note a parcel that the warehouse sent; `sync` tells it")
    sent.add_argument("order", help="the order's id")
    sent.add_argument("carrier", help="who carries it")
    sent.add_argument("tracking_number", help="the carrier's number")
    commands.add_parser("list", help="print the copy, a line of JSON an order")
    return parser


if __name__ == "__main__":
    sys.exit(main())
