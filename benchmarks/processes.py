"""Server processes: started, asked how much CPU they have used, and stopped."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
TICK = 0.01  # seconds: the operating system counts CPU in these


class NotStarted(Exception):
    """A server did not come up."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that it and its children have used so far, as the operating system says."""
        return cpu_of(psutil.Process(self.pid))

    def cpu_since(self, before: float) -> float:
        """What was used since then; never nothing, but less than can be told."""
        return max(self.cpu() - before, TICK)

    def resident(self) -> int:
        """Bytes of memory that it and its children hold now."""
        root = psutil.Process(self.pid)
        return sum(each.memory_info().rss for each in (root, *root.children(recursive=True)))


def cpu_of(root: psutil.Process) -> float:
    """Seconds of CPU of a process, its children, and those of its children that have ended."""
    total = 0.0
    for each in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            used = each.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


async def started(
    program: str, arguments: list[str], environ: Mapping[str, str], folder: Path
) -> asyncio.subprocess.Process:
    """Start a program."""
    return await asyncio.create_subprocess_exec(
        program, *arguments, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )


@asynccontextmanager
async def running(
    arguments: list[str], environ: Mapping[str, str], *, program: str = sys.executable, folder: Path = ROOT
) -> AsyncIterator[Process]:
    """A program that prints where it serves, if not told otherwise a Python one; stopped at the end of the block."""
    child = await started(program, arguments, environ, folder)
    try:
        yield Process(await _address(child), child.pid)
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(15):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()


async def _address(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            async for line in child.stdout:
                found = re.search(rb"http://\S+", line)
                if found:
                    return found.group().decode()
    except TimeoutError:
        pass
    raise NotStarted("A server did not say within a minute where it serves.")
