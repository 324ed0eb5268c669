"""What long runs measured: tests record figures, and docs/long-run.md keeps the latest of each."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from tests.sizes import LONG

PAGE = Path(__file__).resolve().parent.parent / "docs" / "long-run.md"
HEADING = """# What the long runs saw

Written by `scripts/test --long`, the same tests at full size. A later run replaces the figures it measured again.

| test | figure | value | when and where |
| --- | --- | --- | --- |
"""
MARK = "figure: "
Figures = dict[tuple[str, str], tuple[str, str]]


class Recorder(Protocol):
    """Records one figure of the running test."""

    def __call__(self, name: str, value: object) -> None:
        """Record the figure `name` with its value, its unit included."""


def written(page: Path) -> Figures:
    """The figures on the page."""
    if not page.exists():
        return {}
    cells = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in page.read_text().splitlines()]
    rows = [row for row in cells if len(row) == 4 and row[0] not in ("test", "---")]
    return {(test, name): (value, where) for test, name, value, where in rows}


def write(page: Path, measured: dict[tuple[str, str], str]) -> None:
    """Put what was measured on the page, in place of what it said of the same figures."""
    today = datetime.now(UTC).date().isoformat()
    where = f"{today}, Python {platform.python_version()}, {os.cpu_count()} cores"
    figures = written(page) | {key: (value, where) for key, value in measured.items()}
    rows = [f"| {test} | {name} | {value} | {at} |" for (test, name), (value, at) in sorted(figures.items())]
    page.write_text(HEADING + "".join(f"{row}\n" for row in rows))


def recorder(test: pytest.Item) -> Recorder:
    """The recorder of one test; a worker's figures reach the page through the test's report."""

    def record(name: str, value: object) -> None:
        test.user_properties.append((f"{MARK}{name}", str(value)))

    return record


class FigureKeeper:
    """The pytest plugin that gathers the figures of tests that passed, and keeps those of a long run."""

    def __init__(self) -> None:
        self.measured: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the figures of a test that passed."""
        if report.when == "call" and report.passed:
            for name, value in report.user_properties:
                if name.startswith(MARK):
                    self.measured[report.nodeid, name.removeprefix(MARK)] = str(value)

    def pytest_sessionfinish(self) -> None:
        """Keep what a long run measured."""
        if LONG and self.measured:
            write(PAGE, self.measured)
