"""The servers on Node that the product is measured beside: installed when they are first wanted, then started."""

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.domain.money import DECIMALS
from benchmarks.postgres import libpq
from benchmarks.processes import Process, running

SOURCES = Path(__file__).resolve().parent / "rivals"
LEAST = 22
POOL = 10  # connections, as many as the product's own pool of reads has


class NoNode(Exception):
    """The servers on Node cannot be run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that is new enough, and the folder where the servers are installed."""

    program: str
    version: str
    folder: Path

    def versions(self) -> tuple[tuple[str, str], ...]:
        """Node and what is installed, each with its version."""
        wanted = json.loads((SOURCES / "package.json").read_text())["dependencies"]
        return (("Node", self.version), *wanted.items())

    @asynccontextmanager
    async def running(self, source: str, environ: Mapping[str, str]) -> AsyncIterator[Process]:
        """One of the servers, in production mode."""
        given = {**os.environ, **environ, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        async with running([source], given, program=self.program, folder=self.folder) as process:
            yield process


def installed(folder: Path) -> Node:
    """Node with the servers installed by its own client, as their lock file says."""
    program, version = _program()
    if not _is_installed(folder):
        npm = shutil.which("npm")
        if npm is None:
            raise NoNode("npm is not installed.")
        folder.mkdir(parents=True, exist_ok=True)
        for source in SOURCES.iterdir():
            shutil.copy(source, folder)
        environ = {**os.environ, "PATH": f"{Path(program).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run([npm, "ci"], cwd=folder, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or "no word").splitlines()[-1]
            raise NoNode(f"npm could not install them: {last}")
    for source in SOURCES.glob("*.mjs"):
        shutil.copy(source, folder)
    return Node(program, version, folder)


def _program() -> tuple[str, str]:
    program = os.environ.get("NODE") or shutil.which("node")
    if program is None:
        raise NoNode("Node is not installed, and NODE does not name it.")
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoNode(f"{program} cannot be run.") from error
    version = said.removeprefix("v")
    if int(version.partition(".")[0]) < LEAST:
        raise NoNode(f"Node is {version}, and PostGraphile 5 wants {LEAST} at least. NODE names another one.")
    return program, version


def _is_installed(folder: Path) -> bool:
    lock = folder / "package-lock.json"
    marks = (folder / "node_modules" / ".package-lock.json").exists()
    return marks and lock.exists() and lock.read_bytes() == (SOURCES / "package-lock.json").read_bytes()


def environ(url: str, seller: str) -> Mapping[str, str]:
    """What the servers of the seller's list are told."""
    return {**libpq(url), "SELLER": seller, "POOL": str(POOL), "DECIMALS": json.dumps(DECIMALS)}
