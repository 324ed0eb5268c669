"""What import-linter cannot say: the domain imports only the standard library, and impure calls have one home."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
# The one place of each impure thing, with what may also use it and why.
HOMES = {
    "os.environ": {"settings.py", "cli.py"},  # the command line hands its options to the server processes
    "os.getenv": {"settings.py"},
    "datetime.now": {"clock.py"},
    "datetime.utcnow": set[str](),
    "datetime.today": set[str](),
    "date.today": set[str](),
}


def modules(folder: Path) -> list[Path]:
    """The modules below a folder."""
    return sorted(folder.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The top packages and modules that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def uses(tree: ast.AST) -> Iterator[str]:
    """The attributes that a module reads of a plain name, as `name.attribute`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize("module", modules(APP / "domain"), ids=lambda path: path.name)
def test_the_domain_imports_only_the_standard_library(module: Path) -> None:
    """So that every decision can be tried without a database, a server or a clock."""
    foreign = {
        name
        for name in imported(ast.parse(module.read_text()))
        if name.split(".")[0] not in sys.stdlib_module_names and name.split(".")[:2] != ["app", "domain"]
    }
    assert foreign == set()


def test_impure_calls_have_one_home() -> None:
    """The environment is read in settings.py, the time in clock.py."""
    found = {
        (use, module.relative_to(APP).as_posix())
        for module in modules(APP)
        for use in uses(ast.parse(module.read_text()))
        if use in HOMES
    }
    assert {(use, where) for use, where in found if where not in HOMES[use]} == set()
    assert ("datetime.now", "clock.py") in found
    assert ("os.environ", "settings.py") in found


@pytest.mark.parametrize("module", modules(APP / "actions") + modules(APP / "jobs"), ids=lambda path: path.name)
def test_what_acts_reads_the_clock_within_its_transaction(module: Path) -> None:
    """`clock.now()` is what a process last learnt; an act by it could be earlier than another process's before it."""
    found = {
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr == "now"
        and isinstance(node.value, (ast.Attribute, ast.Name))
        and (node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id) == "clock"
    }
    assert found == set(), "use `await means.clock.read(connection)`"


def test_locks_hold_hashes_and_no_address() -> None:
    """Every pin has a hash, no line names an index, and the tests run with the very versions that serve."""
    locks = {name: (ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock")}
    pins = {}
    for name, text in locks.items():
        assert "://" not in text
        assert "index-url" not in text
        blocks = [block for block in text.replace("\\\n", " ").splitlines() if block.strip()]
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)
        pins[name] = {block.split()[0] for block in blocks}
    assert pins["requirements.lock"] <= pins["requirements-dev.lock"]
    assert len(pins["requirements.lock"]) > 15
