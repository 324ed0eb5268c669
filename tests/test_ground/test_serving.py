"""The commands as a person uses them: a server that answers and stops cleanly, and errors that say what to do."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app import cli
from app.db import migrations


def command(*arguments: str, settings: Mapping[str, str]) -> list[str]:
    """`python -m app …` with these settings and no others."""
    given = [f"{name}={value}" for name, value in settings.items()]
    return ["/usr/bin/env", "-i", *given, sys.executable, "-m", "app", *arguments]


def run(*arguments: str, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    full = command(*arguments, settings=settings)
    return subprocess.run(full, cwd=migrations.ROOT, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def served(*arguments: str, settings: Mapping[str, str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server that has said where it serves."""
    full = command("serve", "--port", "0", *arguments, settings=settings)
    process = subprocess.Popen(full, cwd=migrations.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
            line = process.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def postgres_of(folder: Path) -> list[int]:
    """The processes of the embedded server in this folder."""
    place = str(folder / "postgres")
    return [one.pid for one in psutil.process_iter(["cmdline"]) if place in (one.info["cmdline"] or [])]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_server_on_the_embedded_database_stops_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    """Each usual way of stopping it ends with code 0 and no PostgreSQL left."""
    with served(settings={"DATA_FOLDER": str(tmp_path)}) as (process, address):
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            assert json.load(answer)["status"] == "ok"
        assert postgres_of(tmp_path)
        process.send_signal(how)
        assert process.wait(30) == 0
    assert not postgres_of(tmp_path)


def test_several_processes_share_the_embedded_database(tmp_path: Path) -> None:
    """Two workers serve one address, and leave nothing behind either."""
    with served("--workers", "2", settings={"DATA_FOLDER": str(tmp_path)}) as (process, address):
        with urllib.request.urlopen(f"{address}/health", timeout=30) as answer:
            assert json.load(answer)["status"] == "ok"
        assert len(psutil.Process(process.pid).children(recursive=True)) >= 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not postgres_of(tmp_path)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """Before anything slow is begun."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = run("serve", "--port", port, settings={"DATA_FOLDER": str(tmp_path)})
    assert told.returncode == 1
    assert re.fullmatch(rf"Port {port} of 127\.0\.0\.1 is in use\..* --port .*\n", told.stderr)
    assert not (tmp_path / "postgres").exists()


def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    """Where it was looked for, why it failed, what to check; no traceback."""
    url = "postgresql://app:hidden@127.0.0.1:1/orders"
    told = run("serve", "--port", "0", settings={"DATA_FOLDER": str(tmp_path), "DATABASE_URL": url})
    assert told.returncode == 1
    assert told.stderr.startswith("The database app@127.0.0.1:1/orders cannot be used: ")
    assert "DATABASE_URL" in told.stderr
    assert "hidden" not in told.stderr
    assert "Traceback" not in told.stderr


def test_bad_settings_are_told(tmp_path: Path) -> None:
    """All of them, and a code other than 0."""
    told = run("serve", settings={"DATA_FOLDER": str(tmp_path), "PORT": "x", "WORKERS": "-1"})
    assert told.returncode == 1
    assert {"PORT", "WORKERS"} == set(re.findall(r"^  ([A-Z_]+):", told.stderr, re.MULTILINE))
    assert "Traceback" not in told.stderr


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    """The message names the file."""
    (tmp_path / "data").write_text("")
    told = run("migrate", settings={"DATA_FOLDER": str(tmp_path / "data")})
    assert told.returncode == 1
    assert str(tmp_path / "data") in told.stderr
    assert "Traceback" not in told.stderr


def test_migrate_goes_up_and_down(tmp_path: Path, fresh_database_url: str) -> None:
    """On a database of one's own; down is one step unless told otherwise."""
    given = {"DATA_FOLDER": str(tmp_path), "DATABASE_URL": fresh_database_url}
    assert run("migrate", "downgrade", settings=given).returncode == 0
    assert run("migrate", settings=given).returncode == 0
    told = run("migrate", "upgrade", "nowhere", settings=given)
    assert (told.returncode, "nowhere" in told.stderr, "Traceback" in told.stderr) == (1, True, False)


def test_help_names_every_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says of each what it does."""
    told = run("--help", settings={"DATA_FOLDER": str(tmp_path)})
    for name in ("serve", "worker", "migrate", "seed", "token", "schema", "ledger", "settings"):
        assert re.search(rf"^    {name} +\S", told.stdout, re.MULTILINE)
        with pytest.raises(SystemExit, match="0"):
            cli.parser().parse_args([name, "--help"])
        assert f"usage: python -m app {name}" in capsys.readouterr().out
