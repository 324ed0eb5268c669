"""The demonstration market: made once, by the rules, and only where it may be."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import demonstration
from app.auth import Authenticator
from app.db.engine import Pool
from app.demonstration.market import Market
from app.demonstration.people import ADA, LANTERN, LOOM, PEOPLE
from app.domain.access import Role, Scope
from app.domain.money import DECIMALS
from app.jobs.sweeps import sweep
from app.keys import development_keys
from app.settings import Settings, SettingsError, load
from tests.means import TestMeans

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Needs(TestMeans):
    """The means of the tests, with the settings of the embedded default."""

    settings: Settings = None  # type: ignore[assignment]


@pytest.fixture
def needs(fresh_engine: AsyncEngine, tmp_path: Path) -> Needs:
    """A database of this test alone, as if it were the embedded one."""
    return Needs(fresh_engine, settings=load({"DATA_FOLDER": str(tmp_path)}))


async def rows(needs: Needs, query: str) -> list[Mapping[str, Any]]:
    """The rows of a query."""
    async with needs.engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(text(query))).mappings()]


TABLES = (
    "accounts",
    "sellers",
    "members",
    "orders",
    "events",
    "entries",
    "receipts",
    "exchange_rates",
    "applications",
    "products",
)


async def sizes(needs: Needs) -> dict[str, int]:
    """How many rows the tables have."""
    return {name: (await rows(needs, f"SELECT count(*) AS n FROM {name}"))[0]["n"] for name in TABLES}


async def test_the_market_has_somebody_of_each_kind_and_orders_in_every_state(needs: Needs) -> None:
    """Two buyers, two sellers with their members, an operator; one application waits, one transfer too."""
    await demonstration.seed(needs)
    statuses = Counter(row["status"] for row in await rows(needs, "SELECT status FROM orders"))
    assert statuses == {
        "DRAFT": 1,
        "PENDING_CONFIRMATION": 2,
        "PENDING_PAYMENT": 3,
        "PENDING_DISPATCH": 3,
        "DISPATCHED": 1,
        "COMPLETED": 1,
    }
    promised = await rows(needs, "SELECT delivery_guaranteed, promised_at FROM orders WHERE lane_id IS NOT NULL")
    # what waits for money has no date yet
    assert {(row["delivery_guaranteed"], row["promised_at"] is not None) for row in promised} == {
        (True, True),
        (True, False),
    }
    lanes = Counter(row["provider"] for row in await rows(needs, "SELECT provider FROM lanes WHERE demonstration"))
    assert lanes == {"PLATFORM": 32, "COURIER": 3, "SELLER_OWN": 3}
    awaiting = {row["awaiting"] for row in await rows(needs, "SELECT awaiting FROM orders WHERE awaiting IS NOT NULL")}
    assert awaiting == {"BUYER", "SELLER"}
    currencies = {row["currency"] for row in await rows(needs, "SELECT currency FROM orders")}
    assert {DECIMALS[currency] for currency in currencies} == {0, 2, 3}
    sellers = {row["id"]: row for row in await rows(needs, "SELECT * FROM sellers")}
    assert (sellers[LANTERN.id]["service"], sellers[LANTERN.id]["quota_limit"]) == ("ACTIVE", 200_000_00)
    assert (sellers[LOOM.id]["service"], sellers[LOOM.id]["membership"]) == ("PENDING", "FREE")
    assert sellers[LANTERN.id]["enrolled_at"] is not None
    offered = "SELECT dispatch_guaranteed FROM orders WHERE status <> 'DRAFT' AND awaiting IS DISTINCT FROM 'SELLER'"
    assert {row["dispatch_guaranteed"] for row in await rows(needs, offered)} == {True}
    assert len(await rows(needs, "SELECT 1 AS one FROM applications WHERE status = 'PENDING'")) == 1
    assert len(await rows(needs, "SELECT 1 AS one FROM receipts WHERE unassociated > 0")) == 1
    assert len({row["country"] for row in await rows(needs, "SELECT country FROM accounts")}) == 4


async def test_products_of_each_kind_are_on_offer(needs: Needs) -> None:
    """ORD-1: ready to ship and made to order, small-fast, priced by quantity and on request, in two currencies."""
    await demonstration.seed(needs)
    found = await rows(needs, "SELECT * FROM products WHERE published")
    assert {row["seller_id"] for row in found} == {LANTERN.id}
    assert {(row["ready_to_ship"], bool(row["tiers"])) for row in found} == {
        (True, True),
        (False, True),
        (False, False),
    }
    assert {row["small_fast"] for row in found} == {True, False}
    assert {row["currency"] for row in found} == {"USD", "EUR"}
    assert max(len(row["tiers"]) for row in found) == 3
    (bought,) = await rows(needs, "SELECT * FROM orders WHERE type = 'BUY_NOW'")
    assert (bought["status"], bought["products"], bought["dispatch_guaranteed"]) == ("PENDING_PAYMENT", 260_00, True)
    assert bought["shipping_fee"] > 0


async def test_it_holds_the_worked_example(needs: Needs) -> None:
    """PAY-1: 551.23 is paid and the fee will be 11.02."""
    await demonstration.seed(needs)
    (order,) = await rows(needs, "SELECT * FROM orders WHERE total = 55123 AND currency = 'USD'")
    assert (order["fee"], order["received"], order["status"]) == (11_02, 551_23, "PENDING_DISPATCH")
    assert order["buyer_id"] == ADA.id


async def test_every_act_left_its_events(needs: Needs) -> None:
    """Nothing was written beside the actions: each order's events reach its version without a gap."""
    await demonstration.seed(needs)
    query = """
        SELECT o.id, o.version, array_agg(e.version ORDER BY e.version) AS versions
        FROM orders o LEFT JOIN events e ON e.subject_id = o.id GROUP BY o.id
    """
    for row in await rows(needs, query):
        assert row["versions"] == list(range(1, row["version"] + 1))
    receipts = await rows(needs, "SELECT DISTINCT recorded_by FROM receipts")
    assert receipts == [{"recorded_by": "PROVIDER"}]


async def test_seeding_again_does_nothing(needs: Needs) -> None:
    """Also when several start at once, and also after nobody ran for a while."""
    await asyncio.gather(*(demonstration.seed(needs) for _ in range(3)))
    before = await sizes(needs)
    needs.time.step(days=3)
    await demonstration.seed(needs)
    assert await sizes(needs) == before


async def test_an_interrupted_start_is_completed(needs: Needs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made stays as it is, and the rest follows."""

    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Market, "_dispatched", interrupted)
        with pytest.raises(KeyboardInterrupt):
            await demonstration.seed(needs)
    half = await sizes(needs)
    assert half["orders"] == 6
    await demonstration.seed(needs)
    whole = await sizes(needs)
    assert whole["orders"] == 11
    assert (whole["exchange_rates"], whole["applications"]) == (half["exchange_rates"], 1)


async def test_each_start_adds_an_order_that_turns_overdue_by_itself(needs: Needs) -> None:
    """Its term is a fixed instant two minutes ahead, its money is in, and nobody dispatches it."""
    await demonstration.seed(needs)
    numbers = []
    for _ in range(2):
        needs.time.step(hours=1, milliseconds=250)
        number = await demonstration.fresh_order(needs)
        numbers.append(number)
        (order,) = await rows(needs, f"SELECT * FROM orders WHERE number = '{number}'")
        due = (needs.time.at + timedelta(minutes=2)).replace(microsecond=0)
        assert (order["status"], order["dispatch_instant"], order["overdue_at"]) == ("PENDING_DISPATCH", due, None)
        assert (order["received"], order["quota_occupied"]) == (order["total"], 0)
        needs.time.at = due
        await sweep(needs)
        assert (await rows(needs, f"SELECT overdue_at FROM orders WHERE number = '{number}'"))[0]["overdue_at"] is None
        needs.time.at = due + SECOND
        await sweep(needs)
        assert (await rows(needs, f"SELECT overdue_at FROM orders WHERE number = '{number}'"))[0]["overdue_at"] == due
    assert len(set(numbers)) == 2


async def test_there_is_a_token_for_everybody(needs: Needs, fresh_pool: Pool) -> None:
    """Each stands for its person; the integration's has scopes, and is the same at every start."""
    await demonstration.seed(needs)
    made = await demonstration.tokens(needs)
    authenticate = Authenticator(fresh_pool, needs.settings.jwt_secrets, needs.clock)
    actors = {}
    for token in made:
        actor = (await authenticate(token.token)).actor
        assert actor is not None
        actors[token.label] = actor
    assert [actor.account_id for actor in actors.values()][:-1] == [person.id for person in PEOPLE]
    integration = list(actors.values())[-1]
    assert (integration.role, integration.seller_id) == (Role.OWNER, LANTERN.id)
    assert Scope.FINANCE_READ not in integration.scopes
    assert integration.viewer.role is Role.SALES
    assert Counter(token.role for token in made) == {
        "buyer": 2,
        "seller": 2,
        "sales": 2,
        "finance": 2,
        "operator": 1,
        "integration": 1,
    }
    needs.time.step(days=20)
    again = await demonstration.tokens(needs)
    assert again[-1].token == made[-1].token
    needs.time.step(days=20)
    assert (await authenticate(again[-1].token)).actor == integration


async def test_another_installation_does_not_accept_them(needs: Needs, fresh_pool: Pool, tmp_path: Path) -> None:
    """The development's key signs nothing elsewhere."""
    await demonstration.seed(needs)
    made = await demonstration.tokens(needs)
    foreign = development_keys(tmp_path / "elsewhere")["jwt"]
    authenticate = Authenticator(fresh_pool, (foreign,), needs.clock)
    for token in made[:-1]:
        with pytest.raises(Exception, match="not known"):
            await authenticate(token.token)


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_URL": "postgresql://host/name"},
        {"DATABASE_URL": "postgresql://host/name", "MODE": "production", "JWT_SECRETS": "j" * 32},
    ],
)
async def test_it_is_made_nowhere_else(needs: Needs, tmp_path: Path, environment: dict[str, str]) -> None:
    """Neither market, nor order, nor token outside the embedded default."""
    other = Needs(needs.engine, settings=load({"DATA_FOLDER": str(tmp_path), **environment}))
    for making in (demonstration.seed(other), demonstration.fresh_order(other), demonstration.tokens(other)):
        with pytest.raises(SettingsError, match="embedded"):
            await making
    assert set((await sizes(needs)).values()) == {0}
