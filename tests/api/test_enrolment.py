"""Enrolment as clients meet it: joining, the dates, what is pushed, what it opens, and who sees which of it (ENR)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from app.db import tables as t
from app.domain.access import Role
from tests.actions.shelf import new_lane, new_template
from tests.api.contracts import contract, key
from tests.api.ears import EVENTS
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, new_account, new_seller, submitted
from tests.means import TestMeans

LA = ZoneInfo("America/Los_Angeles")
CORE = ["US", "CA", "GB", "DE", "FR", "IT", "ES", "AU", "BR", "MX"]
GOAL = "{ count needed met }"
STANDING = f"""
enrolled penaltyPoints
enrolment {{ enrolled since leftAt exitAllowedAt rejoinAllowedAt }}
starRating {{ eligible enrolled readyWithin7Days {GOAL} smallFast {GOAL} }}
laneCoverage {{ country covered }}
campaignEligibility {{ eligible startsOn endsOn running possibleFrom requirements {{ condition met }} }}
"""
SELLER = f"query Seller($id: ID!) {{ node(id: $id) {{ ... on Seller {{ {STANDING} }} }} }}"
SHOWN = "id contract { dispatchPromise { guaranteed days } } penaltyPoints"
PROMISE = f"order {{ {SHOWN} }}"
ORDER = f"query Order($id: ID!) {{ node(id: $id) {{ ... on Order {{ {SHOWN} }} }} }}"


def seller_id(market: Market) -> str:
    """The seller's public id."""
    return f"sel_{market.seller.id.hex}"


async def standing(person: Person, market: Market) -> Json:
    """How the market's seller stands, as a person reads it."""
    found: Json = (await person.ask(SELLER, id=seller_id(market)))["node"]
    return found


async def change_seller(market: Market, **columns: Any) -> None:
    """Put other values in the seller's row."""
    async with market.means.engine.begin() as connection:
        await connection.execute(update(t.sellers).where(t.sellers.c.id == market.seller.id).values(columns))


async def stock(market: Market, count: int, **columns: Any) -> None:
    """Put products on the seller's shelf."""
    now = market.means.clock.now()
    row = {
        "seller_id": market.seller.id,
        "name": "Lantern",
        "currency": "USD",
        "unit": "piece",
        "minimum_quantity": Decimal(1),
        "tiers": [],
        "cargo_class": "GENERAL",
        "unit_grams": 500,
        "ready_to_ship": False,
        "small_fast": False,
        "dispatch_days": None,
        "published": True,
        "agency_reviewed": False,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        **columns,
    }
    async with market.means.engine.begin() as connection:
        await connection.execute(insert(t.products), [{"id": market.means.mint.id(), **row} for _ in range(count)])


# --- ENR-1, ENR-2 -----------------------------------------------------------------------------------------------


async def test_joining_is_pushed_and_says_when_leaving_is_possible(server: Server, market: Market, hall: Hall) -> None:
    """ENR-1, ENR-2: 00:00:00 of the date + 30 on the platform's calendar, the same in answer, event and refusal."""
    owner, sales = await hall.enter(server, market.seller.owner), await hall.enter(server, market.seller.sales)
    async with sales.connected() as socket:
        feed = await socket.listen(EVENTS)
        joined = (await owner.do("enrolmentJoin", f"seller {{ {STANDING} }}", idempotencyKey=key()))["seller"]
        heard = (await feed.kind("ENROLMENT_JOINED")).message["event"]
    since = datetime.fromisoformat(joined["enrolment"]["since"])
    exit_at = datetime.fromisoformat(joined["enrolment"]["exitAllowedAt"])
    wall = exit_at.astimezone(LA)
    assert (wall.date() - since.astimezone(LA).date(), wall.time().isoformat()) == (timedelta(days=30), "00:00:00")
    assert (joined["enrolled"], joined["enrolment"]["enrolled"]) == (True, True)
    assert (joined["enrolment"]["leftAt"], joined["enrolment"]["rejoinAllowedAt"]) == (None, None)
    assert (datetime.fromisoformat(heard["dueAt"]), heard["by"], heard["order"]) == (exit_at, "SELLER", None)
    payload = await owner.attempt("enrolmentLeave", "seller { enrolled }")
    (error,) = payload["userErrors"]
    assert error["code"] == "ENROLMENT_NOT_POSSIBLE"
    assert {"name": "date", "value": wall.date().isoformat()} in error["params"]
    assert wall.date().isoformat() in error["message"]
    assert await owner.refused("enrolmentJoin") == [("STEP_NOT_ALLOWED", "")]


async def test_leaving_and_the_way_back(server: Server, market: Market, hall: Hall) -> None:
    """ENR-2, ENR-6: after leaving the date of rejoining stands there, also as when campaigns are possible again."""
    owner = await hall.enter(server, market.seller.owner)
    await change_seller(market, enrolled_at=market.means.clock.now() - timedelta(days=60))
    left = (await owner.do("enrolmentLeave", f"seller {{ {STANDING} }}"))["seller"]
    assert (left["enrolled"], left["enrolment"]["since"], left["enrolment"]["exitAllowedAt"]) == (False, None, None)
    back = left["enrolment"]["rejoinAllowedAt"]
    assert datetime.fromisoformat(back) > datetime.fromisoformat(left["enrolment"]["leftAt"]) + timedelta(days=28)
    assert left["campaignEligibility"]["possibleFrom"] == back
    assert [code for code, _ in await owner.refused("enrolmentJoin")] == ["ENROLMENT_NOT_POSSIBLE"]


async def test_only_the_owner_joins_and_leaves(server: Server, market: Market, hall: Hall) -> None:
    """ENR-1: everybody else is told whose it is."""
    for actor in (market.buyer, market.seller.sales, market.seller.finance, market.operator):
        person = await hall.enter(server, actor)
        for step in ("enrolmentJoin", "enrolmentLeave"):
            assert [code for code, _ in await person.refused(step)] == ["FORBIDDEN"]


async def test_who_sees_which_of_it(server: Server, market: Market, means: TestMeans, hall: Hall) -> None:
    """Section 13: whether a seller is enrolled is public; the rest is the seller's own, points its finance's."""
    owner = await hall.enter(server, market.seller.owner)
    await owner.do("enrolmentJoin")
    own = {"enrolment", "starRating", "laneCoverage", "campaignEligibility"}
    rival = await new_account(means, Role.OWNER, await rivals(means))
    for actor, seen in (
        (market.seller.owner, {*own, "penaltyPoints"}),
        (market.seller.finance, {*own, "penaltyPoints"}),
        (market.seller.sales, own),
        (market.operator, {*own, "penaltyPoints"}),
        (market.buyer, set()),
        (rival, set()),
    ):
        found = await standing(await hall.enter(server, actor), market)
        assert found["enrolled"] is True
        assert {name for name in (*own, "penaltyPoints") if found[name] is not None} == seen, actor.role


async def rivals(means: TestMeans) -> UUID:
    """The id of another seller."""
    return (await new_seller(means)).id


# --- ORD-3, ENR-1: the notice -----------------------------------------------------------------------------------


async def test_an_enrolled_sellers_draft_carries_the_notice(server: Server, market: Market, hall: Hall) -> None:
    """ORD-3, ENR-1: on a draft what would be promised; once offered, what is, whatever the seller does then."""
    await new_seller(market.means, enrolled_at=market.means.clock.now())
    owner, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    drafted = await owner.do(
        "orderDraft", PROMISE, idempotencyKey=key(), contract=contract(market.buyer.email, guaranteeMethod="NONE")
    )
    id = drafted["order"]["id"]
    assert drafted["order"]["contract"]["dispatchPromise"] == {"guaranteed": False, "days": 7}
    await owner.do("enrolmentJoin")
    noticed = (await owner.ask(ORDER, id=id))["node"]["contract"]["dispatchPromise"]
    assert noticed == {"guaranteed": True, "days": 7}
    await owner.do("orderMatchBuyer", orderId=id)
    await owner.do("orderSubmit", orderId=id)
    await change_seller(market, enrolled_at=None, left_at=market.means.clock.now())
    for person in (owner, buyer):
        found = (await person.ask(ORDER, id=id))["node"]
        assert found["contract"]["dispatchPromise"] == {"guaranteed": True, "days": 7}
    revised = await owner.do("orderRevise", PROMISE, orderId=id)
    assert revised["order"]["contract"]["dispatchPromise"] == {"guaranteed": False, "days": 7}


# --- ENR-3: penalty points --------------------------------------------------------------------------------------


async def test_points_add_up_over_orders(server: Server, market: Market, hall: Hall) -> None:
    """ENR-3: the seller's points are those of its orders; neither the buyer nor sales see them."""
    ids = [await submitted(market) for _ in range(3)]
    async with market.means.engine.begin() as connection:
        for order_id, points in zip(ids, (0, 1, 3), strict=True):
            query = update(t.orders).where(t.orders.c.id == order_id).values(penalty_points=points)
            await connection.execute(query)
    owner = await hall.enter(server, market.seller.owner)
    assert (await standing(owner, market))["penaltyPoints"] == 4
    id = f"ord_{ids[2].hex}"
    assert (await owner.ask(ORDER, id=id))["node"]["penaltyPoints"] == 3
    for actor in (market.buyer, market.seller.sales):
        assert (await (await hall.enter(server, actor)).ask(ORDER, id=id))["node"]["penaltyPoints"] is None


# --- ENR-4, ENR-5, ENR-6: what it opens -------------------------------------------------------------------------


async def test_the_star_rating_counts_what_is_on_offer(server: Server, market: Market, hall: Hall) -> None:
    """ENR-4: published products, ready to ship within 7 days, or small and fast; and enrolment."""
    owner = await hall.enter(server, market.seller.owner)
    await stock(market, 99, ready_to_ship=True, dispatch_days=7)
    await stock(market, 5, ready_to_ship=True, dispatch_days=8)
    await stock(market, 5, ready_to_ship=True, dispatch_days=1, published=False)
    await stock(market, 49, small_fast=True)
    await stock(market, 2, small_fast=True, published=False)
    await owner.do("enrolmentJoin")
    assert (await standing(owner, market))["starRating"] == {
        "eligible": False,
        "enrolled": True,
        "readyWithin7Days": {"count": 99, "needed": 100, "met": False},
        "smallFast": {"count": 49, "needed": 50, "met": False},
    }
    await stock(market, 1, ready_to_ship=True, dispatch_days=1, small_fast=True)
    rating = (await standing(owner, market))["starRating"]
    assert (rating["eligible"], rating["readyWithin7Days"]["met"], rating["smallFast"]["met"]) == (True, True, True)
    await change_seller(market, enrolled_at=None)
    rating = (await standing(owner, market))["starRating"]
    assert (rating["eligible"], rating["enrolled"], rating["readyWithin7Days"]["met"]) == (False, False, True)


async def test_the_core_countries_with_a_guaranteed_lane(server: Server, market: Market, hall: Hall) -> None:
    """ENR-5: of lanes in the seller's own templates, guaranteed and not retired; in the order of policy."""
    now = market.means.clock.now()
    lanes = [
        await new_lane(market, destinations=["US", "CA", "JP"], guaranteed=True),
        await new_lane(market, destinations=["DE"], guaranteed=False),
        await new_lane(market, destinations=["FR"], guaranteed=True, retired_at=now),
    ]
    await new_template(market, *lanes)
    await new_template(market, lanes[0])
    elsewhere = await new_lane(market, destinations=["MX"], guaranteed=True)
    await new_template(market, elsewhere, seller_id=await rivals(market.means))
    owner = await hall.enter(server, market.seller.owner)
    coverage = (await standing(owner, market))["laneCoverage"]
    assert [row["country"] for row in coverage] == CORE
    assert [row["country"] for row in coverage if row["covered"]] == ["US", "CA"]


async def test_a_campaign_says_what_is_missing(server: Server, market: Market, hall: Hall) -> None:
    """ENR-6: March or September, by enrolment."""
    owner = await hall.enter(server, market.seller.owner)
    entry = (await standing(owner, market))["campaignEligibility"]
    assert (entry["eligible"], entry["possibleFrom"]) == (False, None)
    assert entry["requirements"] == [
        {"condition": "SERVICE_ACTIVE", "met": True},
        {"condition": "ENROLLED", "met": False},
    ]
    assert entry["startsOn"][4:] in ("-03-01", "-09-01")
    assert entry["endsOn"][4:] in ("-03-31", "-09-30")
    await owner.do("enrolmentJoin")
    assert (await standing(owner, market))["campaignEligibility"]["eligible"] is True


# --- policy -----------------------------------------------------------------------------------------------------

TERMS = """
campaigns { code startsOn endsOn limit { amount currencyCode } ordersMost } coreCountries
enrolmentDays penaltyPoints promiseDaysMost claimRate claimCap { amount } claimWindowDays conclusiveClaims
couponDays couponExpiringDays discountUnpaidDays protectionDays disputeSilenceDays refundReturnsFee countCeiling
"""


async def test_the_promises_of_policy_are_read_and_previewed(server: Server, market: Market, hall: Hall) -> None:
    """FEE-4: what an operator sees in force, and what a change of each part would make different."""
    operator = await hall.enter(server, market.operator)
    query = f"query {{ viewer {{ desk {{ policies(first: 1) {{ nodes {{ terms {{ {TERMS} }} }} }} }} }} }}"
    (found,) = (await operator.ask(query))["viewer"]["desk"]["policies"]["nodes"]
    assert found["terms"] == {
        "campaigns": [],
        "coreCountries": CORE,
        "enrolmentDays": 30,
        "penaltyPoints": 1,
        "promiseDaysMost": 45,
        "claimRate": "0.1",
        "claimCap": {"amount": "100.00"},
        "claimWindowDays": 30,
        "conclusiveClaims": False,
        "couponDays": 90,
        "couponExpiringDays": 7,
        "discountUnpaidDays": 7,
        "protectionDays": 30,
        "disputeSilenceDays": 5,
        "refundReturnsFee": True,
        "countCeiling": 10_000,
    }
    march = {"code": "MARCH", "startsOn": "2030-03-01", "endsOn": "2030-03-31", "limit": "10000.00"}
    written = {
        "campaigns": [march],
        "coreCountries": ["US"],
        "enrolmentDays": 31,
        "penaltyPoints": 2,
        "promiseDaysMost": 46,
        "claimRate": "0.15",
        "claimCap": "200.00",
        "claimWindowDays": 31,
        "conclusiveClaims": True,
        "couponDays": 91,
        "couponExpiringDays": 8,
        "discountUnpaidDays": 8,
        "protectionDays": 31,
        "disputeSilenceDays": 6,
        "refundReturnsFee": False,
        "countCeiling": 20_000,
    }
    shown = await operator.do("policyChange", "policy { id } changes { name before after }", preview=True, **written)
    assert shown["policy"] is None
    changes = {change["name"]: change["after"] for change in shown["changes"]}
    assert set(changes) == {*written} - {"campaigns"} | {"campaigns.MARCH"}
    assert (changes["enrolmentDays"], changes["claimRate"], changes["refundReturnsFee"]) == ("31", '"0.15"', "false")
    march["limit"] = "0"
    assert await operator.refused("policyChange", preview=True, campaigns=[march], claimCap="-1") == [
        ("OUT_OF_RANGE", "claimCap"),
        ("OUT_OF_RANGE", "campaigns.0.limit"),
    ]
