"""Roles and mutations: what each role may do is what a table kept by hand says, found by trying everything."""

from pathlib import Path

import pytest

from tests.api import late
from tests.api.everything import try_everything
from tests.api.people import MUTATIONS, Hall
from tests.api.server import Server
from tests.api.test_no_party_makes_money import Make, disputed, landed_order, requested, scene_of
from tests.market import dispatched, drafted, open_market
from tests.market import paid as paid_order
from tests.means import TestMeans

ROLES = ("BUYER", "OWNER", "FINANCE", "SALES", "OPERATOR")
TABLE = (Path(__file__).parent.parent / "roles.txt").read_text()
# Between them, every mutation is tried on something that it could be about
SCENES: tuple[Make, ...] = (drafted, requested, landed_order, paid_order, dispatched, disputed, late.claimed)
# What is its asker's alone does not exist to others: they are not even told that it is not theirs
ALONE = {"sheetCancel"}


def _rows() -> dict[str, frozenset[str]]:
    rows = [line.split() for line in TABLE.splitlines() if line.strip() and not line.startswith("#")]
    for name, *roles in rows:
        assert [role for role, said in zip(ROLES, roles, strict=True) if said not in (role, ".")] == [], name
    return {name: frozenset(roles) - {"."} for name, *roles in rows}


ROWS = _rows()


def test_every_mutation_has_its_row() -> None:
    """Section 13: whoever adds a mutation says who may take it."""
    assert set(ROWS) == set(MUTATIONS)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_what_its_rows_say_and_nothing_else(
    server: Server, means: TestMeans, hall: Hall, role: str
) -> None:
    """Section 13, section 16: what is another role's is refused as such wherever it is seen, what is not never is."""
    told: dict[str, set[str]] = {name: set() for name in MUTATIONS}
    for make in SCENES:
        market = await open_market(means, quota_limit=10_000_000_00)
        actor = getattr(market if role in ("BUYER", "OPERATOR") else market.seller, role.lower())
        outcome = await try_everything(await hall.enter(server, actor), await scene_of(market, await make(market)))
        for name, code in outcome.items():
            told[name].add(code)
    mine = {name for name in MUTATIONS if role in ROWS[name]}
    assert {name for name in mine if "FORBIDDEN" in told[name]} == set()
    assert {name: told[name] for name in set(MUTATIONS) - mine if not told[name] <= {"FORBIDDEN", "NOT_FOUND"}} == {}
    assert {name for name in set(MUTATIONS) - mine - ALONE if "FORBIDDEN" not in told[name]} == set()
