"""Server processes: started, asked how much CPU they have used, and stopped."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


class NotStarted(Exception):
    """A server did not come up."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU it has used so far, as the operating system says."""
        used = psutil.Process(self.pid).cpu_times()
        return float(used.user + used.system)


@asynccontextmanager
async def running(arguments: list[str], environ: Mapping[str, str]) -> AsyncIterator[Process]:
    """A Python program that prints where it serves; stopped at the end of the block."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
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
