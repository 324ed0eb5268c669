"""`python -m examples.erp`: keep a copy of a seller's orders, and tell what the warehouse sent."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from gql import Client
from gql.transport.httpx import HTTPXAsyncTransport

from examples.erp.copy import Copy, Parcel
from examples.erp.push import push
from examples.erp.sync import sync

EPILOG = "The access token is read from the environment: ASSURED_TOKEN."


def main() -> int:
    """Run one command."""
    chosen = _parser().parse_args()
    token = os.environ.get("ASSURED_TOKEN")
    if not token:
        sys.exit("Set ASSURED_TOKEN to an access token; the seller's owner makes one with `accessTokenCreate`.")
    copy = Copy(chosen.database)
    try:
        if chosen.command == "sent":
            copy.sent(Parcel(chosen.order, chosen.carrier, chosen.tracking_number))
        elif chosen.command == "list":
            for order in copy.orders().values():
                sys.stdout.write(json.dumps(order, ensure_ascii=False) + "\n")
        else:
            asyncio.run(run(chosen.url, token, copy, chosen.every))
    except KeyboardInterrupt:
        return 130
    finally:
        copy.close()
    return 0


async def run(url: str, token: str, copy: Copy, every: float | None) -> None:
    """Tell and follow, once or again and again."""
    transport = HTTPXAsyncTransport(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    async with Client(transport=transport) as session:
        while True:
            await push(session, copy)
            await sync(session, copy)
            sys.stderr.write(f"{len(copy.orders())} orders, known up to {copy.cursor}\n")
            if every is None:
                return
            await asyncio.sleep(every)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.erp", description=__doc__, epilog=EPILOG)
    parser.add_argument("--database", type=Path, default=Path("erp.sqlite"), help="the ERP's database (erp.sqlite)")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("sync", help="tell what was sent, and bring the copy to where the server is")
    run.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="where the server is asked")
    run.add_argument("--every", type=float, metavar="SECONDS", help="do so again and again")
    sent = commands.add_parser("sent", help="note a parcel that the warehouse sent; `sync` tells it")
    sent.add_argument("order", help="the order's id")
    sent.add_argument("carrier", help="who carries it")
    sent.add_argument("tracking_number", help="the carrier's number")
    commands.add_parser("list", help="print the copy, a line of JSON an order")
    return parser


if __name__ == "__main__":
    sys.exit(main())
