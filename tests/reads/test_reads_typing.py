"""mypy finds a field whose type is not its column's."""

import subprocess
import sys
from pathlib import Path

PLANTED = """
from datetime import datetime
from app import reads
from app.reads import column, ref
from app.schema.money import Money, money
from tests.reads import stalls as t
from tests.reads.market import Deal, Line

def late(due: datetime) -> bool:
    return True

@reads.reads(t.deals, visible=reads.public)
class Planted:
    wrong: int = column(t.deals.c.status, "x")
    nullable: str = column(t.deals.c.number, "x")
    amount: Money = money(t.deals.c.fee, t.deals.c.currency, "x")
    input: bool = reads.computed(late, t.deals.c.paid_at, description="x")
    output: str = reads.computed(late, t.deals.c.created_at, description="x")
    right: str | None = column(t.deals.c.number, "x")

other: Line = ref(Deal, 1)
"""


def test_mypy_finds_planted_errors(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(PLANTED)
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(tmp_path / "planted.py")],
        cwd=root,
        capture_output=True,
        text=True,
    )
    lines = {int(line.split(":")[1]) for line in found.stdout.splitlines() if ": error:" in line}
    expected = {at for at, line in enumerate(PLANTED.splitlines(), 1) if line.split(":")[0].strip() in WRONG}
    assert lines == expected, found.stdout


WRONG = {"wrong", "nullable", "amount", "input", "output", "other"}
