"""The embedded PostgreSQL: kept by whoever uses it, ended by the last, unharmed by a process that dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.db import embedded, migrations
from tests.databases import apart

HOLDER = (
    "import sys, pathlib; from app.db import embedded as e; e.start(pathlib.Path(sys.argv[1])); print('up'); input()"
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a server of the test's own, which is stopped whatever the test does."""
    place = tmp_path / "postgres"
    yield place
    if place.exists():
        embedded.start(place).stop()


def value(url: str, query: str) -> object:
    """The value of a query."""

    async def asked() -> object:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return apart(lambda: asyncio.run(asked()))


def runs(folder: Path) -> bool:
    """Whether a server works on this folder."""
    command = ["-D", str(folder)]
    return any(
        process.info["cmdline"][1:3] == command
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"]
    )


def test_it_starts_keeps_its_data_and_stops(folder: Path) -> None:
    """A second start finds what the first one wrote."""
    with embedded.running(folder) as url:
        value(url, "CREATE TABLE kept AS SELECT 7 AS number")
        assert value(url, "SELECT current_setting('jit') || current_setting('timezone')") == "offUTC"
        assert value(url, "SELECT lower('ÄÖ')") == "äö"
    assert not runs(folder)
    with embedded.running(folder) as url:
        assert value(url, "SELECT number FROM kept") == 7
    assert not runs(folder)


def test_the_last_user_stops_it(folder: Path) -> None:
    """One of two gives it up, and the other still works."""
    first = embedded.start(folder)
    second = embedded.start(folder)
    first.stop()
    first.stop()
    assert value(second.url, "SELECT 1") == 1
    second.stop()
    assert not runs(folder)


def test_a_killed_process_does_not_keep_it(folder: Path) -> None:
    """The server outlives a process that was killed, and the next user's stop ends it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=migrations.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert runs(folder)
    server = embedded.start(folder)
    assert value(server.url, "SELECT 1") == 1
    server.stop()
    assert not runs(folder)


def test_a_power_cut_is_survived(folder: Path) -> None:
    """A stale postmaster.pid, its number taken by another process, does not keep the server from starting."""
    with embedded.running(folder):
        lines = (folder / "postmaster.pid").read_text().splitlines()
    (folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with embedded.running(folder) as url:
        assert value(url, "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    """Half of the data, as a kill during its making leaves it, is thrown away."""
    (folder.parent / "postgres.making").mkdir()
    (folder.parent / "postgres.making" / "PG_VERSION").write_text("18\n")
    with embedded.running(folder) as url:
        assert value(url, "SELECT 1") == 1
    assert not (folder.parent / "postgres.making").exists()


def test_a_long_path_has_a_private_socket(tmp_path: Path) -> None:
    """A socket's name may have 107 bytes at most; its folder is the server's alone."""
    folder = tmp_path / ("long-" * 20) / "postgres"
    with embedded.running(folder) as url:
        assert value(url, "SELECT 1") == 1
        sockets = Path(url.partition("host=")[2])
        assert sockets != folder
        assert sockets.stat().st_mode & 0o077 == 0
    sockets.rmdir()


def test_data_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """The message carries what PostgreSQL itself said."""
    folder = tmp_path / "postgres"
    folder.mkdir(mode=0o700)
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.EmbeddedError, match="could not run pg_ctl"):
        embedded.start(folder)
