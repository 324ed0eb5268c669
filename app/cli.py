"""The command line: `python -m app …`."""

import argparse
import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app import serving, settings
from app.db import migrations
from app.db.embedded import EmbeddedError
from app.domain.errors import Refusal
from app.keys import KeysError
from app.services import ClockMoved, DatabaseUnreachable, Services, database, migrated, reaching, services
from app.settings import Settings, SettingsError

EXPLAINED = (
    SettingsError,
    KeysError,
    EmbeddedError,
    DatabaseUnreachable,
    ClockMoved,
    migrations.MigrationError,
    serving.ServingError,
    Refusal,
)
EPILOG = """Settings come from the environment and from the file .env; `python -m app settings` lists them all.
Without DATABASE_URL an embedded PostgreSQL is started in the folder .data, and stopped when nobody uses it any more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit code."""
    chosen = parser().parse_args(arguments)
    # both signals take the way of Ctrl-C, so that every `finally` is reached and the embedded database is stopped
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        return int(chosen.run(chosen) or 0)
    except EXPLAINED as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if chosen.command in ("serve", "worker") else 130


def parser() -> argparse.ArgumentParser:
    """The commands with their options."""
    top = argparse.ArgumentParser(
        prog="python -m app",
        description="Cross-border trade-assurance orders over GraphQL, with live subscriptions.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="command")

    def command(name: str, run: Callable[[argparse.Namespace], int | None], about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(run=run)
        return made

    serve = command("serve", _serve, "migrate the database and serve GraphQL, with all that a worker does")
    serve.add_argument("--host", help="the address to listen on (HOST; 127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port to listen on (PORT; 8000); 0 takes a free one")
    serve.add_argument("--workers", type=int, help="server processes (WORKERS; 1)")
    command(
        "worker", _worker, "sweep deadlines, send webhooks, write sheets and let go of what is old, without serving"
    )
    migrate = command("migrate", _migrate, "bring the database to a revision")
    migrate.add_argument("direction", nargs="?", choices=["upgrade", "downgrade"], default="upgrade")
    migrate.add_argument("revision", nargs="?", help="up to (default: head) or down to (default: -1, one step)")
    command("seed", _seed, "make the demonstration market, unless it is there")
    token = command("token", _token, "print a bearer token for an account")
    token.add_argument("email", help="the account's e-mail")
    command("schema", _schema, "print the GraphQL schema (SDL)")
    ledger = command("ledger", _ledger, "prove the ledger")
    ledger.add_argument("what", choices=["check"], help="check: every order and the whole add up")
    ledger.add_argument("--order", help="check one order only, by its number or id")
    command("settings", _settings, "print every setting, its default and what it is for")
    return top


def _serve(chosen: argparse.Namespace) -> None:
    # the server processes read the environment again, and must find there what was said here
    for name, value in (("HOST", chosen.host), ("PORT", chosen.port), ("WORKERS", chosen.workers)):
        if value is not None:
            os.environ[name] = str(value)
    loaded = settings.load()
    with serving.listening(loaded.host, loaded.port) as listener, database(loaded) as url:
        migrated(url)
        if loaded.demonstration:
            with_services(loaded, _demonstrate)
        serving.serve(loaded, listener)


async def _demonstrate(made: Services) -> None:
    """Make the demonstration market and one further order, and print how to act in it."""
    demonstration = importlib.import_module("app.demonstration")
    await demonstration.seed(made)
    number = await demonstration.fresh_order(made)
    print("The demonstration market is there. These bearer tokens work only here, on the embedded default:\n")
    for each in await demonstration.tokens(made):
        print(f"  {each.label}\n    {each.token}\n")
    print(f"Order {number} was paid just now and must be dispatched within two minutes: watch it turn overdue.\n")


def _worker(_: argparse.Namespace) -> None:
    alone = _later("app.background", "alone")

    async def run(made: Services) -> None:
        async with alone(made):
            print("Working, and serving nothing.", flush=True)
            await _told_to_stop()

    with_services(settings.load(), run, migrate=True)


async def _told_to_stop() -> None:
    """Wait for a signal between two turns of the loop: raised within a task, it would break off what that is at."""
    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    await told.wait()


def _migrate(chosen: argparse.Namespace) -> None:
    with database(settings.load()) as url:
        if chosen.direction == "upgrade":
            migrated(url, chosen.revision or "head")
        else:
            with reaching(url):
                migrations.downgrade(url, chosen.revision or "-1")


def _seed(_: argparse.Namespace) -> None:
    with_services(settings.load(), _later("app.demonstration", "seed"), migrate=True)


def _token(chosen: argparse.Namespace) -> None:
    make = _later("app.auth", "token_for")

    async def run(made: Services) -> None:
        print(await make(made, chosen.email))

    with_services(settings.load(), run)


def _schema(_: argparse.Namespace) -> None:
    _later("app.reads", "check")(_later("app.graphql.schema", "engine").catalog)
    print(_later("app.graphql.schema", "schema").as_str())


def _ledger(chosen: argparse.Namespace) -> int:
    check = _later("app.actions.ledger", "check")
    reports: list[Any] = []

    def tell(done: int) -> None:
        print(f"{done} orders …", file=sys.stderr, flush=True)

    async def run(made: Services) -> None:
        reports.append(await check(made, chosen.order, tell))

    with_services(settings.load(), run)
    (report,) = reports
    print("\n".join(report.lines()))
    return 0 if report.right else 1


def _settings(_: argparse.Namespace) -> None:
    print(settings.config_table(), end="")


def with_services(loaded: Settings, run: Callable[[Services], Awaitable[object]], *, migrate: bool = False) -> None:
    """Run something with the services of a process that serves nothing."""

    async def work() -> None:
        async with services(loaded) as made:
            await run(made)

    with database(loaded) as url:
        if migrate:
            migrated(url)
        asyncio.run(work())


def _later(module: str, name: str) -> Any:
    """Something that only one command needs, imported when it is needed, because imports are slow."""
    return getattr(importlib.import_module(module), name)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
