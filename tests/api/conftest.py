"""A real server for a module, a market on its database, and people to talk to it."""

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.db.engine import write_engine
from tests.api.people import Hall
from tests.api.server import Server, serving
from tests.databases import copy_of
from tests.market import Market, open_market
from tests.means import TestMeans


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show what the server wrote beside a test that failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(server, Server):
        report.sections.append(("The server wrote", server.story))
    return report


@pytest.fixture(scope="module")
def database_url(admin_url: str, template: str) -> Iterator[str]:
    """A database for the module's server."""
    with copy_of(template, admin_url) as url:
        yield url


@pytest.fixture(scope="module")
async def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server for the module."""
    async with serving(database_url, tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
async def means(database_url: str) -> AsyncIterator[TestMeans]:
    """Means to act on the server's database beside it, on the real clock."""
    engine = write_engine(database_url)
    yield TestMeans(engine, SystemClock())
    await engine.dispose()


@pytest.fixture
async def market(means: TestMeans) -> Market:
    """A fresh seller, buyer and operator."""
    return await open_market(means)


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    """Where people are let in."""
    async with AsyncExitStack() as stack:
        yield Hall(stack)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for further servers of the module."""
    return tmp_path_factory.mktemp("servers")
