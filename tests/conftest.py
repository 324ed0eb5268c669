"""What every test may ask for: databases, connections to them, and a place for figures."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import embedded
from app.db.engine import Pool, read_pool, write_engine
from tests.databases import CARELESS, copy_of, drop_all, make_template
from tests.figures import FigureKeeper, Recorder, recorder
from tests.sizes import LONG, size

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
# derandomized at the short size, so that a red test stays red; at full size every run looks elsewhere
settings.register_profile(
    "sized",
    max_examples=size("examples of a property"),
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=QUIET,
)
settings.load_profile("sized")

# in the environment of all who take part in a run: its workers, and the runs that its tests start
FOLDER = "TEST_RUN_FOLDER"
MEMORY = Path("/dev/shm")
# ten times what the databases of a short run take
ROOM_BYTES = 4 * 2**30
# each takes as long as hundreds of others: begun last, it would be waited for
LONGEST = (
    "test_every_subscriber_gets_every_event_once_and_in_order",
    "test_a_market",
    "test_a_plan_answers_what_graphql_core_answers",
)


def _place() -> Path | None:
    """Where files lie in memory, if there is plenty for a short run; None: on a disk, as other temporary files.

    A database is hundreds of files, and a disk takes longer to make and remove them than most tests do to run.
    """
    if LONG or not os.access(MEMORY, os.W_OK):
        return None
    room = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return MEMORY if room >= ROOM_BYTES else None


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a folder of its own, unless it is a part of another."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="assured-", dir=_place())
        config.add_cleanup(_leave_nothing)
    if config.option.basetemp is None:
        # whoever begins a run closes the place that pytest shares among all runs to every other user, and by that a
        # PostgreSQL, which does not run as root, that another run is just starting there; never in memory, from where
        # programs cannot be run everywhere
        config.option.basetemp = files = tempfile.mkdtemp(prefix="assured-files-")
        config.add_cleanup(lambda: shutil.rmtree(files, ignore_errors=True))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FigureKeeper())


def _leave_nothing() -> None:
    """End the run's server, if a worker died before it could, and remove its databases."""
    folder = Path(os.environ.pop(FOLDER))
    if given := os.environ.get("TEST_DATABASE_URL"):
        drop_all(given, folder.name)
    elif (folder / "postgres" / "postmaster.pid").exists():
        embedded.start(folder / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep what is loaded out of every collection of garbage, of which there is hardly any in it.

    They took a quarter of the tests' time; and a last one would, in a fork, copy every page that is shared until then.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each worker, whose part of the tests is as large as another's, begin with one of the longest."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0"))
    for worker, name in enumerate(LONGEST[:workers]):
        found = [at for at, item in enumerate(items) if item.name.partition("[")[0] == name]
        for at in found:
            items.insert(worker * len(items) // workers, items.pop(at))


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The folder of this run of the tests."""
    return Path(os.environ[FOLDER])


@pytest.fixture(scope="session")
def admin_url(run_folder: Path) -> Iterator[str]:
    """The server of this run, by its administrator's database: TEST_DATABASE_URL, or an embedded one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with embedded.running(run_folder / "postgres", CARELESS) as url:
        yield url


@pytest.fixture(scope="session")
def template(admin_url: str, run_folder: Path) -> str:
    """The name of the migrated database that the others are copied from."""
    return make_template(admin_url, run_folder.name)


@pytest.fixture(scope="session")
def postgres_url(admin_url: str, template: str) -> Iterator[str]:
    """A migrated database for all tests of this worker: they must not mind one another's rows."""
    with copy_of(template, admin_url) as url:
        yield url


@pytest.fixture
def fresh_database_url(admin_url: str, template: str) -> Iterator[str]:
    """A migrated and empty database for one test."""
    with copy_of(template, admin_url) as url:
        yield url


@pytest.fixture(scope="session")
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the worker's database."""
    made = write_engine(postgres_url)
    yield made
    await made.dispose()


@pytest.fixture(scope="session")
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    """A pool for reading on the worker's database."""
    made = await read_pool(postgres_url)
    yield made
    await made.close()


@pytest.fixture
async def fresh_engine(fresh_database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database of this test alone."""
    made = write_engine(fresh_database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def fresh_pool(fresh_database_url: str) -> AsyncIterator[Pool]:
    """A pool for reading on the database of this test alone."""
    made = await read_pool(fresh_database_url)
    yield made
    await made.close()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Recorder:
    """Call it with a name and a value, unit included, to keep what the test measured in docs/long-run.md."""
    return recorder(request.node)
