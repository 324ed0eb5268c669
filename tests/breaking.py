"""Breaking the product on purpose: a copy with one wrong line, and a test that must not pass on it."""

import multiprocessing
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ruled.rule import Change

ROOT = Path(__file__).parent.parent
PASSED, FAILED = 0, 1
RAN = 100  # what is added to pytest's exit code: a process that did not get as far has none of these
# Longer than the slowest named test by far: a change that never comes to an end proves nothing
SECONDS_MOST = 300
# Loading the libraries takes longer than most of the tests
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["pytest", "hypothesis", "sqlalchemy.ext.asyncio", "asyncpg", "alembic.config", "strawberry"]
)
# A change that only makes the product crash says nothing of its rule
CRASH = re.compile(r"^E +(?:\w+\.)*((?:Name|Attribute|Type|Syntax|Indentation|Import|UnboundLocal)Error\b.*)$", re.M)


@contextmanager
def copy_with(change: Change | None) -> Iterator[Path]:
    """A folder with the product in which one line is changed; packages without that line are links."""
    with tempfile.TemporaryDirectory(prefix="assured-broken-") as name:
        folder = Path(name)
        if change is None:
            (folder / "app").symlink_to(ROOT / "app")
        else:
            text = changed((ROOT / change.file).read_text(), change)
            for above in reversed(Path(change.file).parents[:-1]):
                _copy_level(ROOT / above, folder / above)
            (folder / change.file).write_text(text)
        yield folder


def _copy_level(original: Path, copy: Path) -> None:
    """Copy the files of a folder, what Python has compiled of them included, and link its other folders."""
    copy.unlink(missing_ok=True)
    copy.mkdir()
    for each in original.iterdir():
        if each.is_file():
            shutil.copy2(each, copy)
        elif each.name == "__pycache__":
            shutil.copytree(each, copy / each.name, ignore=shutil.ignore_patterns("*.tmp", "*.pyc.*"))
        else:
            (copy / each.name).symlink_to(each)


def changed(text: str, change: Change) -> str:
    """The text with the change made; ValueError when its fragment is not there, or not only once."""
    if (found := text.count(change.old)) != 1:
        raise ValueError(f"{change.file} has this fragment {found} times: {change.old}")
    return text.replace(change.old, change.new)


def run(folder: Path, tests: Sequence[str]) -> tuple[int, str]:
    """pytest's exit code and what it said, of some tests on a copy of the product; TimeoutError when it has no end."""
    asked = ["-q", "-x", "-n0", "--tb=short", "-p", "no:cacheprovider", "-o", f"pythonpath={folder} {ROOT}", *tests]
    asked += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of the libraries that are loaded before
    said = folder / "said"
    process = FORKS.Process(target=_pytest, args=(asked, said))
    process.start()
    process.join(SECONDS_MOST)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError
    return process.exitcode - RAN, said.read_text(errors="replace")


def _pytest(arguments: list[str], said: Path) -> None:
    """Run pytest in this process, which is a fork of one that has loaded the libraries and nothing of the product."""
    with said.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    # as small as it gets, and without what this run's own workers were told
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]
    os.environ |= {"LONG": "0", "COLUMNS": "200"}
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    code = pytest.main(arguments)
    sys.stdout.flush()
    os._exit(RAN + code)


def unseen(change: Change, test: str) -> str:
    """Why a change is not seen by a test as it should be: empty when the test fails, and not by a crash alone."""
    try:
        with copy_with(change) as folder:
            code, said = run(folder, [test])
    except ValueError as error:
        return str(error)
    except TimeoutError:
        return f"no end after {SECONDS_MOST} seconds"
    if code == PASSED:
        return "the test passes all the same"
    if code != FAILED:
        return f"pytest ends with {code}: {said[-1_000:]}"
    crash = CRASH.search(said)
    return f"the change only crashes: {crash[1]}" if crash else ""
