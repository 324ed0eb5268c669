"""Figures of long runs: kept by test and name, the latest in place of the one before."""

from pathlib import Path
from typing import Literal

import pytest

from tests.figures import FigureKeeper, recorder, write, written

When = Literal["setup", "call", "teardown"]
Outcome = Literal["passed", "failed", "skipped"]


def test_a_later_run_replaces_what_it_measured_again(tmp_path: Path) -> None:
    """And leaves the rest."""
    page = tmp_path / "long-run.md"
    write(page, {("a.py::one", "speed"): "10/s", ("a.py::one", "lost"): "0"})
    write(page, {("a.py::one", "speed"): "12/s"})
    figures = written(page)
    assert {key: value for key, (value, _) in figures.items()} == {
        ("a.py::one", "speed"): "12/s",
        ("a.py::one", "lost"): "0",
    }
    assert page.read_text().count("| figure |") == 1


def test_only_a_test_that_passed_leaves_figures(request: pytest.FixtureRequest) -> None:
    """They travel in the report, so that a worker's figures reach the run that started it."""
    record = recorder(request.node)
    record("events", 7)
    properties = list(request.node.user_properties)
    request.node.user_properties.clear()
    keeper = FigureKeeper()
    cases: list[tuple[When, Outcome, dict[str, str]]] = [
        ("call", "failed", {}),
        ("setup", "passed", {}),
        ("call", "passed", {"events": "7"}),
    ]
    for when, outcome, expected in cases:
        report = pytest.TestReport("t", ("f", 1, "t"), {}, outcome, None, when, user_properties=properties)
        keeper.pytest_runtest_logreport(report)
        assert {name: value for (_, name), value in keeper.measured.items()} == expected
