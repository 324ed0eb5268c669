"""Breaking the product on purpose: a copy with one wrong line, and a test that must not pass on it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ruled.rule import Change

ROOT = Path(__file__).parent.parent
PASSED, FAILED = 0, 1
# Longer than the slowest named test by far: a change that never comes to an end proves nothing
SECONDS_MOST = 300
# A change that only makes the product crash says nothing of its rule
CRASH = re.compile(r"^E +(?:\w+\.)*((?:Name|Attribute|Type|Syntax|Indentation|Import|UnboundLocal)Error\b.*)$", re.M)


@contextmanager
def copy_with(change: Change | None) -> Iterator[Path]:
    """A folder with a copy of the product in which one line is changed."""
    with tempfile.TemporaryDirectory(prefix="assured-broken-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("static", "*.tmp"))
        if change is not None:
            path = folder / change.file
            path.write_text(changed(path.read_text(), change))
        yield folder


def changed(text: str, change: Change) -> str:
    """The text with the change made; ValueError when its fragment is not there, or not only once."""
    if (found := text.count(change.old)) != 1:
        raise ValueError(f"{change.file} has this fragment {found} times: {change.old}")
    return text.replace(change.old, change.new)


def run(folder: Path, tests: Iterable[str]) -> tuple[int, str]:
    """pytest's exit code and what it said, of some tests on a copy of the product."""
    asked = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "--tb=short", "-p", "no:cacheprovider"]
    asked += ["-o", f"pythonpath={folder} {ROOT}", *tests]
    # as small as it gets, and without what this run's own workers were told
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ |= {"LONG": "0", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    done = subprocess.run(asked, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=SECONDS_MOST)
    return done.returncode, done.stdout + done.stderr


def unseen(change: Change, test: str) -> str:
    """Why a change is not seen by a test as it should be: empty when the test fails, and not by a crash alone."""
    try:
        with copy_with(change) as folder:
            code, said = run(folder, [test])
    except ValueError as error:
        return str(error)
    except subprocess.TimeoutExpired:
        return f"no end after {SECONDS_MOST} seconds"
    if code == PASSED:
        return "the test passes all the same"
    if code != FAILED:
        return f"pytest ends with {code}: {said[-1_000:]}"
    crash = CRASH.search(said)
    return f"the change only crashes: {crash[1]}" if crash else ""
