"""Servers as processes of their own that need not load the product: forks of a process that has done it once.

Loading takes longer than most tests. That a server starts from nothing is seen where the commands are tested.
"""

import asyncio
import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from app.settings import ROOT

LOADED = ("app.cli", "app.main", "app.graphql.protocols", "alembic.command", "uvicorn.lifespan.on", "uvloop")
# stands before a server's exit code, which follows what the server has written
END = b"\0"


class Child:
    """A server that was forked: what it writes, and how it ended."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._reader, self._writer = reader, writer

    async def lines(self) -> AsyncIterator[str]:
        """All that it writes, line by line, until it has ended."""
        async for line in self._reader:
            said, end, code = line.partition(END)
            if said:
                yield said.decode().rstrip()
            if end:
                self.returncode = int(code)
                break
        self._writer.close()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)


async def born(environ: Mapping[str, str]) -> Child:
    """`python -m app serve` in a fork, with this environment and nothing else."""
    reader, writer = await asyncio.open_unix_connection(await asyncio.to_thread(_nursery))
    writer.write(json.dumps(dict(environ)).encode() + b"\n")
    return Child(int(await reader.readline()), reader, writer)


@cache
def _nursery() -> str:
    """The socket of this process's nursery, which lives as long as this process."""
    folder = tempfile.TemporaryDirectory(prefix="assured-nursery-")
    path = str(Path(folder.name) / "socket")
    command = [sys.executable, "-m", "tests.api.nursery", path]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def end() -> None:
        process.communicate()
        folder.cleanup()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return path


def main(path: str) -> None:
    """Load the product, then fork for everybody who connects, until nobody holds standard input open any more."""
    gc.disable()
    for name in LOADED:
        import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        _say("ready")
        while listener in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _keep(connection)
                    os._exit(0)


def _keep(connection: socket.socket) -> None:
    """Fork a server, and tell of its end whoever asked for it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile() as asked:
        environ = json.loads(asked.readline())
    if os.fork() == 0:
        _serve(environ, connection)
    _, status = os.wait()
    connection.sendall(END + b"%d\n" % os.waitstatus_to_exitcode(status))


def _serve(environ: Mapping[str, str], connection: socket.socket) -> NoReturn:
    """Be the server: its environment is the given one, and what it writes goes to the connection."""
    os.environ.clear()
    os.environ.update(environ)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(connection.fileno(), 1)
    os.dup2(connection.fileno(), 2)
    connection.close()
    _say(f"{os.getpid()}")
    sys.exit(import_module("app.cli").main(["serve"]))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
