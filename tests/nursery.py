"""Programs as processes of their own that need not load the product: forks of a process that has loaded it once.

Loading takes longer than most tests. That a server starts from nothing is seen where the commands are tested.
"""

import asyncio
import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import app

ROOT = Path(__file__).resolve().parent.parent
# besides the product: what it loads as late as it can
LOADED = ("app.cli", "app.main", "app.graphql.protocols", "alembic.command", "uvicorn.lifespan.on", "uvloop")
SAID_BYTES = 65_536


class Child:
    """A program that runs in a fork: as one of `asyncio.subprocess`, but that it is no child of this process."""

    def __init__(
        self, pid: int, stdout: asyncio.StreamReader, told: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._end(told, writer))

    async def _end(self, told: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        self.returncode = int(await told.readline())
        writer.close()
        return self.returncode

    async def wait(self) -> int:
        """Wait for its end; its exit code."""
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without warning."""
        self.send_signal(signal.SIGKILL)


async def run(module: str, *arguments: str, environ: Mapping[str, str], stderr: int | None = None) -> Child:
    """`python -m module …` with this environment and nothing else.

    What it writes can be read; its errors too, unless they go to the file descriptor `stderr`.
    """
    path = await asyncio.to_thread(_nursery)
    reading, writing = os.pipe()
    asked = json.dumps({"argv": [module, *arguments], "environ": dict(environ)}).encode() + b"\n"
    control = socket.socket(socket.AF_UNIX)
    control.connect(path)
    socket.send_fds(control, [asked], [writing, writing if stderr is None else stderr])
    os.close(writing)
    stdout = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(reading, "rb", 0)
    )
    told, writer = await asyncio.open_unix_connection(sock=control)
    return Child(int(await told.readline()), stdout, told, writer)


@cache
def _nursery() -> str:
    """The socket of this process's nursery, which lives as long as this process."""
    folder = tempfile.TemporaryDirectory(prefix="assured-nursery-")
    path = str(Path(folder.name) / "socket")
    # the product that this process has, which may be a broken copy
    places = os.pathsep.join(str(place) for place in (Path(app.__file__).parent.parent, ROOT))
    command = [sys.executable, "-P", "-m", "tests.nursery", path]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": places}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

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
    kept: list[int] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while listener in select.select([listener, sys.stdin], [], [])[0]:
            control, _ = listener.accept()
            with control:
                kept.append(os.fork())
                if kept[-1] == 0:
                    listener.close()
                    _keep(control)
            kept = [each for each in kept if os.waitpid(each, os.WNOHANG) == (0, 0)]


def _keep(control: socket.socket) -> None:
    """Fork once more, and tell whoever asked for it how the fork has ended."""
    said, streams, _, _ = socket.recv_fds(control, SAID_BYTES, 2)
    while not said.endswith(b"\n"):
        said += control.recv(SAID_BYTES)
    asked = json.loads(said)
    child = os.fork()
    if child == 0:
        control.close()
        _be(asked["argv"], asked["environ"], streams)
    for each in streams:
        os.close(each)
    control.sendall(b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    control.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _be(argv: list[str], environ: Mapping[str, str], streams: list[int]) -> None:
    """Be the program until it ends."""
    os.environ.clear()
    os.environ.update(environ)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, stream in enumerate((nothing, *streams)):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = argv
    gc.enable()
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main(sys.argv[1])
