"""Policy and rates: who changes them, from when on, what is refused, and that agreed orders keep their own (FEE-4)."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import fulfilment, orders, policies
from app.actions.work import Call, call_of
from app.clock import SystemClock
from app.db import tables as t
from app.db.engine import write_engine
from app.db.policies import rates_in_force
from app.domain.access import Actor, Role
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import Parcel
from app.domain.happenings import KINDS_FOR
from app.domain.policy import (
    FIRST_POLICY,
    Bank,
    Campaign,
    ExportMethod,
    FeeRule,
    Logistics,
    MethodRule,
    PaymentMethod,
    Promotion,
    TransportMode,
    WithdrawalRoute,
)
from app.domain.policy_changes import PolicyPatch
from tests.databases import copy_of
from tests.domain.build import one_line
from tests.market import Market, by, confirmed, drafted, event_rows, open_market, order_row, paid, submitted
from tests.means import START, TestMeans

DAY = timedelta(days=1)
EASY, OWN = ExportMethod.EASY_DISPATCH, Logistics.OWN
HALF_PERCENT = FeeRule(EASY, OWN, Decimal("0.005"), None, None)
CHEAP = PolicyPatch(fees=[HALF_PERCENT])
CAMPAIGN = Campaign("MARCH", date(2024, 3, 1), date(2024, 3, 31), 10_000_00, 5)


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone: policy is everybody's."""
    return await open_market(TestMeans(fresh_engine))


@pytest.fixture(scope="module")
async def calm(admin_url: str, template: str) -> AsyncIterator[Market]:
    """A market in which whatever is tried is refused, so that many tests share it."""
    with copy_of(template, admin_url) as url:
        engine = write_engine(url)
        yield await open_market(TestMeans(engine))
        await engine.dispose()


def operator(market: Market) -> Call:
    """A call of the operator."""
    return by(market.operator)


async def count(market: Market, table: Any) -> int:
    """How many rows a table has."""
    async with market.means.engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def refused(doing: Awaitable[object]) -> Refusal:
    """The refusal that something ends in."""
    with pytest.raises(Refusal) as refusal:
        await doing
    return refusal.value


async def test_every_installation_begins_with_the_first_policy(market: Market) -> None:
    """The migration puts it in force, as the code knows it."""
    assert (await policies.current(market.means)).document() == FIRST_POLICY


async def test_a_change_is_in_force_from_now(market: Market) -> None:
    """The named parts are different and all else stays."""
    before = await policies.current(market.means)
    policy_id, changes = await policies.change(market.means, operator(market), CHEAP)
    after = await policies.current(market.means)
    assert after.id == policy_id
    assert [(change.field, change.after) for change in changes] == [
        (
            "fees.EASY_DISPATCH.OWN",
            '{"cap":null,"exportMethod":"EASY_DISPATCH","logistics":"OWN","rate":"0.005"}',
        )
    ]
    assert changes[0].before is not None
    assert '"rate":"0.02"' in changes[0].before
    assert len(after.fees) == len(before.fees)
    unchanged = replace(after, id=before.id, effective_at=before.effective_at, fees=before.fees)
    assert unchanged == before


async def test_every_part_can_be_changed(market: Market) -> None:
    """All of the policy is policy."""
    patch = PolicyPatch(
        zone="Asia/Shanghai",
        approach_hours=12,
        transfer_waiting_hours=24,
        payment_minutes=30,
        easy_dispatch_limit_usd=10_000_00,
        auto_receipt_days={TransportMode.AIR: 10},
        fees=[FeeRule(EASY, OWN, Decimal("0.01"), 480_00, "CNY")],
        promotions=[Promotion("HALF", Decimal("0.5"), date(2024, 5, 1), date(2024, 5, 31), True)],
        methods=[MethodRule(PaymentMethod.PAYPAL, ("USD",), ("US",), 500_00, Decimal("0.03"))],
        banks=[Bank("DBS", "DBSSSGSG", "Trade Assurance Escrow")],
        withdrawal_routes={EASY: WithdrawalRoute.AGENT},
        campaigns=[CAMPAIGN],
        core_countries=["JP", "US"],
        enrolment_days=31,
        penalty_points=2,
        promise_days_most=46,
        claim_rate=Decimal("0.15"),
        claim_cap_usd=200_00,
        claim_window_days=32,
        conclusive_claims=True,
        coupon_days=91,
        coupon_expiring_days=8,
        discount_unpaid_days=9,
        protection_days=33,
        dispute_silence_days=6,
        refund_returns_fee=False,
        count_ceiling=20_000,
        dispatch_rate_days=31,
        delivery_ranking_days=91,
        delivery_ranking_least=11,
    )
    assert all(getattr(patch, field.name) is not None for field in fields(PolicyPatch))
    shown = await policies.preview(market.means, operator(market), patch)
    _, changes = await policies.change(market.means, operator(market), patch)
    assert changes == shown
    assert {change.field for change in changes} == {
        "zone",
        "approachHours",
        "transferWaitingHours",
        "paymentMinutes",
        "easyDispatchLimit",
        "autoReceiptDays.AIR",
        "fees.EASY_DISPATCH.OWN",
        "promotions.HALF",
        "methods.PAYPAL",
        "banks.DBS",
        "banks.J.P. Morgan",
        "banks.Citibank",
        "withdrawalRoutes.EASY_DISPATCH",
        "campaigns.MARCH",
        "coreCountries",
        "enrolmentDays",
        "penaltyPoints",
        "promiseDaysMost",
        "claimRate",
        "claimCap",
        "claimWindowDays",
        "conclusiveClaims",
        "couponDays",
        "couponExpiringDays",
        "discountUnpaidDays",
        "protectionDays",
        "disputeSilenceDays",
        "refundReturnsFee",
        "countCeiling",
        "dispatchRateDays",
        "deliveryRankingDays",
        "deliveryRankingLeast",
    }
    # what it says is in the words of the API, amounts as `Money`
    told = {change.field: change.after for change in changes}
    assert told["easyDispatchLimit"] == '{"amount":"10000.00","currencyCode":"USD"}'
    assert json.loads(told["methods.PAYPAL"] or "")["largest"] == {"amount": "500.00", "currencyCode": "USD"}
    assert json.loads(told["fees.EASY_DISPATCH.OWN"] or "") == {
        "exportMethod": "EASY_DISPATCH",
        "logistics": "OWN",
        "rate": "0.01",
        "cap": {"amount": "480.00", "currencyCode": "CNY"},
    }
    assert told["claimCap"] == '{"amount":"200.00","currencyCode":"USD"}'
    assert (told["conclusiveClaims"], told["refundReturnsFee"]) == ("true", "false")
    assert json.loads(told["coreCountries"] or "") == ["JP", "US"]
    assert json.loads(told["campaigns.MARCH"] or "") == {
        "code": "MARCH",
        "startsOn": "2024-03-01",
        "endsOn": "2024-03-31",
        "limit": {"amount": "10000.00", "currencyCode": "USD"},
        "ordersMost": 5,
    }
    gone = {change.field for change in changes if change.after is None}
    assert gone == {"banks.J.P. Morgan", "banks.Citibank"}
    after = await policies.current(market.means)
    assert (after.zone, after.auto_receipt_days[TransportMode.AIR], len(after.methods)) == ("Asia/Shanghai", 10, 10)
    order = await order_row(market.means, await confirmed(market, one_line("600.00")))
    assert order["fee"] == 3_00  # 1 %, half of it


async def test_a_preview_writes_nothing(market: Market) -> None:
    """Neither a version nor an event, and the bell stays still."""
    before = [await count(market, table) for table in (t.policies, t.events)], market.means.feeds.rings
    (change,) = await policies.preview(market.means, operator(market), PolicyPatch(zone="UTC"))
    assert (change.field, change.before, change.after) == ("zone", '"America/Los_Angeles"', '"UTC"')
    assert ([await count(market, table) for table in (t.policies, t.events)], market.means.feeds.rings) == before


async def test_an_agreed_order_never_changes_with_policy(market: Market) -> None:
    """Fee, days and rates are those of its confirmation, to its end."""
    agreed = await paid(market, one_line("551.23"))
    market.means.time.step(days=1)
    await policies.change(market.means, operator(market), replace(CHEAP, auto_receipt_days={TransportMode.AIR: 1}))
    await policies.set_rate(market.means, operator(market), "CNY", "USD", Decimal("0.0001"))
    later = await paid(market, one_line("551.23"))
    for order_id, days in ((agreed, 15), (later, 1)):
        await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, Parcel("DHL", "1Z"))
        async with market.means.engine.connect() as connection:
            query = "SELECT inputs ->> 'days' FROM deadlines WHERE order_id = :id AND kind = 'AUTO_RECEIPT'"
            assert (await connection.execute(text(query), {"id": order_id})).scalar() == str(days)
        await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    assert (await order_row(market.means, agreed))["fee_charged"] == 11_02
    assert (await order_row(market.means, later))["fee_charged"] == 2_76


async def test_what_is_agreed_before_the_instant_keeps_the_old_policy(market: Market) -> None:
    """A version of tomorrow is known today and applies tomorrow."""
    tomorrow = START + DAY
    policy_id, _ = await policies.change(market.means, operator(market), CHEAP, tomorrow)
    today, offered = await confirmed(market, one_line("100.00")), await submitted(market, one_line("100.00"))
    market.means.time.at = tomorrow
    await orders.confirm(market.means, by(market.buyer), offered)
    assert (await order_row(market.means, today))["fee"] == 2_00
    order = await order_row(market.means, offered)
    assert (order["fee"], order["policy_id"]) == (50, policy_id)


async def test_a_version_that_a_later_one_would_undo_is_refused(market: Market) -> None:
    """Otherwise an urgent change would silently vanish with the scheduled one."""
    tomorrow = START + DAY
    await policies.change(market.means, operator(market), CHEAP, tomorrow)
    for at in (None, tomorrow):
        refusal = await refused(policies.change(market.means, operator(market), PolicyPatch(zone="UTC"), at))
        assert (refusal.code, refusal.field) == (ErrorCode.INVALID, ("effectiveAt",))
        assert refusal.params == {"scheduled": tomorrow.isoformat()}
    await policies.change(market.means, operator(market), PolicyPatch(zone="UTC"), tomorrow + DAY)
    market.means.time.at = tomorrow + DAY
    after = await policies.current(market.means)
    assert (after.zone, HALF_PERCENT in after.fees) == ("UTC", True)


async def test_nothing_comes_in_force_in_the_past(market: Market) -> None:
    """Not by a microsecond."""
    past = START - timedelta(microseconds=1)
    for doing in (
        policies.change(market.means, operator(market), CHEAP, past),
        policies.preview(market.means, operator(market), CHEAP, past),
        policies.set_rate(market.means, operator(market), "EUR", "USD", Decimal(1), past),
    ):
        assert (await refused(doing)).code is ErrorCode.EFFECTIVE_IN_THE_PAST
    assert await count(market, t.policies) == 1


FEE = HALF_PERCENT
METHOD = MethodRule(PaymentMethod.VISA, (), (), None, Decimal(0))
BANK = Bank("DBS", "DBSSSGSG", "Escrow")
PROMOTION = Promotion("HALF", Decimal("0.5"), date(2024, 3, 1), date(2024, 3, 31), False)
WRONG: list[tuple[PolicyPatch, tuple[str | int, ...]]] = [
    (PolicyPatch(zone="Mars/Olympus"), ("zone",)),
    (PolicyPatch(zone="../etc/passwd"), ("zone",)),
    (PolicyPatch(zone=""), ("zone",)),
    (PolicyPatch(approach_hours=0), ("approachHours",)),
    (PolicyPatch(transfer_waiting_hours=-1), ("transferWaitingHours",)),
    (PolicyPatch(payment_minutes=10**6), ("paymentMinutes",)),
    (PolicyPatch(easy_dispatch_limit_usd=0), ("easyDispatchLimit",)),
    (PolicyPatch(auto_receipt_days={TransportMode.AIR: 15, TransportMode.SEA: 0}), ("autoReceiptDays", 1, "days")),
    (PolicyPatch(fees=[FEE, replace(FEE, rate=Decimal("0.01"))]), ("fees",)),
    (PolicyPatch(fees=[replace(FEE, rate=Decimal("1.01"))]), ("fees", 0, "rate")),
    (PolicyPatch(fees=[replace(FEE, rate=Decimal("-0.01"))]), ("fees", 0, "rate")),
    (PolicyPatch(fees=[replace(FEE, rate=Decimal("NaN"))]), ("fees", 0, "rate")),
    (PolicyPatch(fees=[replace(FEE, rate=Decimal("0.00000000001"))]), ("fees", 0, "rate")),
    (PolicyPatch(fees=[replace(FEE, cap=100)]), ("fees", 0, "cap")),
    (PolicyPatch(fees=[replace(FEE, cap=100, cap_currency="EUR")]), ("fees", 0, "cap")),
    (PolicyPatch(fees=[replace(FEE, cap=-1, cap_currency="USD")]), ("fees", 0, "cap")),
    (PolicyPatch(promotions=[replace(PROMOTION, factor=Decimal(2))]), ("promotions", 0, "factor")),
    (PolicyPatch(promotions=[replace(PROMOTION, code=" ")]), ("promotions", 0, "code")),
    (PolicyPatch(promotions=[replace(PROMOTION, ends_on=date(2024, 2, 29))]), ("promotions", 0, "endsOn")),
    (PolicyPatch(promotions=[PROMOTION, PROMOTION]), ("promotions",)),
    (PolicyPatch(promotions=[replace(PROMOTION, code=str(n)) for n in range(101)]), ("promotions",)),
    (PolicyPatch(methods=[replace(METHOD, currencies=("XXX",))]), ("methods", 0, "currencies")),
    (PolicyPatch(methods=[replace(METHOD, countries=("usa",))]), ("methods", 0, "countries")),
    (PolicyPatch(methods=[replace(METHOD, largest_usd=0)]), ("methods", 0, "largest")),
    (PolicyPatch(methods=[replace(METHOD, fee_rate=Decimal(3))]), ("methods", 0, "feeRate")),
    (PolicyPatch(methods=[METHOD, METHOD]), ("methods",)),
    (PolicyPatch(banks=[]), ("banks",)),
    (PolicyPatch(banks=[BANK, BANK]), ("banks",)),
    (PolicyPatch(banks=[replace(BANK, bic="DBS")]), ("banks", 0, "bic")),
    (PolicyPatch(banks=[BANK, replace(BANK, name="")]), ("banks", 1, "name")),
    (PolicyPatch(campaigns=[replace(CAMPAIGN, code="")]), ("campaigns", 0, "code")),
    (PolicyPatch(campaigns=[replace(CAMPAIGN, ends_on=date(2024, 2, 29))]), ("campaigns", 0, "endsOn")),
    (PolicyPatch(campaigns=[replace(CAMPAIGN, limit_usd=0)]), ("campaigns", 0, "limit")),
    (PolicyPatch(campaigns=[replace(CAMPAIGN, orders_most=0)]), ("campaigns", 0, "ordersMost")),
    (PolicyPatch(campaigns=[replace(CAMPAIGN, orders_most=10_001)]), ("campaigns", 0, "ordersMost")),
    (PolicyPatch(campaigns=[CAMPAIGN, replace(CAMPAIGN, starts_on=date(2024, 4, 1))]), ("campaigns",)),
    (PolicyPatch(campaigns=[CAMPAIGN, replace(CAMPAIGN, code="AGAIN")]), ("campaigns", 1, "startsOn")),
    (PolicyPatch(core_countries=[]), ("coreCountries",)),
    (PolicyPatch(core_countries=["US", "usa"]), ("coreCountries", 1)),
    (PolicyPatch(core_countries=["US", "US"]), ("coreCountries",)),
    (PolicyPatch(penalty_points=-1), ("penaltyPoints",)),
    (PolicyPatch(penalty_points=1_001), ("penaltyPoints",)),
    (PolicyPatch(claim_rate=Decimal("1.01")), ("claimRate",)),
    (PolicyPatch(claim_rate=Decimal("-0.1")), ("claimRate",)),
    (PolicyPatch(claim_cap_usd=0), ("claimCap",)),
    (PolicyPatch(coupon_expiring_days=90), ("couponExpiringDays",)),
    (PolicyPatch(coupon_days=7), ("couponExpiringDays",)),
    (PolicyPatch(), ()),
    (PolicyPatch(zone="America/Los_Angeles", approach_hours=24), ()),
]


@pytest.mark.parametrize(("patch", "field"), WRONG)
async def test_a_policy_that_cannot_work_is_refused(
    calm: Market, patch: PolicyPatch, field: tuple[str | int, ...]
) -> None:
    """The refusal names the field, and nothing is written."""
    refusal = await refused(policies.change(calm.means, operator(calm), patch))
    assert refusal.field == field
    assert refusal.message.endswith(".")
    assert await count(calm, t.policies) == 1


async def test_everything_wrong_is_told_at_once(calm: Market) -> None:
    """A form can show it all."""
    patch = PolicyPatch(zone="Mars", approach_hours=0, banks=[])
    refusal = await refused(policies.change(calm.means, operator(calm), patch))
    assert {each.field for each in refusal.all} == {("zone",), ("approachHours",), ("banks",)}


@pytest.mark.parametrize("role", [Role.BUYER, Role.OWNER, Role.FINANCE, Role.SALES, None])
async def test_only_operators_change_policy(calm: Market, role: Role | None) -> None:
    """Nor may anybody else look at what would be different."""
    actors: dict[Role | None, Actor] = {Role.BUYER: calm.buyer}
    actors |= {Role.OWNER: calm.seller.owner, Role.FINANCE: calm.seller.finance, Role.SALES: calm.seller.sales}
    call = by(actors[role]) if role in actors else Call(by(calm.operator).by)
    doings: list[Callable[[], Awaitable[object]]] = [
        lambda: policies.change(calm.means, call, CHEAP),
        lambda: policies.preview(calm.means, call, CHEAP),
        lambda: policies.set_rate(calm.means, call, "EUR", "USD", Decimal(1)),
    ]
    for doing in doings:
        assert (await refused(doing())).code is ErrorCode.FORBIDDEN


async def test_operators_hear_of_it_and_nobody_else(market: Market) -> None:
    """One event a version, with what is different."""
    policy_id, _ = await policies.change(market.means, operator(market), PolicyPatch(approach_hours=12), START + DAY)
    rate_id = await policies.set_rate(market.means, operator(market), "EUR", "USD", Decimal("1.09"))
    (changed,), (rated,) = await event_rows(market.means, policy_id), await event_rows(market.means, rate_id)
    assert (changed["kind"], changed["version"], changed["subject"]) == ("POLICY_CHANGED", 1, "POLICY")
    assert changed["by_account_id"] == market.operator.account_id
    assert changed["data"] == {
        "changes": [{"field": "approachHours", "before": "24", "after": "12"}],
        "facts": [{"name": "effectiveAt", "value": (START + DAY).isoformat()}],
    }
    assert rated["data"]["changes"] == [{"field": "rate", "before": "1.0825", "after": "1.09"}]
    for role, kinds in KINDS_FOR.items():
        assert ({"POLICY_CHANGED", "RATE_CHANGED"} <= kinds) == (role is Role.OPERATOR)
    assert market.means.feeds.rings == 2


async def test_a_rate_applies_from_its_instant(market: Market) -> None:
    """Until then the one before it does; the other direction is another rate."""
    await policies.set_rate(market.means, operator(market), "EUR", "USD", Decimal("2.0"), START + DAY)

    async def rate(at: Any) -> Decimal:
        async with market.means.engine.connect() as connection:
            return (await rates_in_force(connection, at, ["EUR"]))["EUR", "USD"]

    assert await rate(START + DAY - timedelta(microseconds=1)) == Decimal("1.0825")
    assert await rate(START + DAY) == Decimal(2)
    market.means.time.at = START + DAY
    order = await order_row(market.means, await confirmed(market, one_line("100.00", "EUR")))
    assert (order["usd_rate"], order["quota_occupied"]) == (2, 200_00)


@pytest.mark.parametrize(
    ("base", "quote", "rate", "field"),
    [
        ("EUR", "USD", "0", "rate"),
        ("EUR", "USD", "-1", "rate"),
        ("EUR", "USD", "NaN", "rate"),
        ("EUR", "USD", "Infinity", "rate"),
        ("EUR", "USD", "1.00000000001", "rate"),
        ("EUR", "USD", "1e13", "rate"),
        ("EUR", "EUR", "1", "quote"),
        ("XXX", "USD", "1", "base"),
        ("USD", "usd", "1", "quote"),
    ],
)
async def test_a_rate_that_cannot_be_used_is_refused(
    calm: Market, base: str, quote: str, rate: str, field: str
) -> None:
    """More than 0, at most 10 decimals, between two currencies."""
    refusal = await refused(policies.set_rate(calm.means, operator(calm), base, quote, Decimal(rate)))
    assert refusal.field == (field,)


async def test_a_currency_can_be_used_once_it_has_its_rates(market: Market) -> None:
    """Without a rate no order (FEE-4)."""
    order_id = await drafted(market, {**one_line("100.00"), "currency": "GBP"})
    refusal = await refused(orders.submit(market.means, by(market.seller.owner), order_id))
    assert refusal.code is ErrorCode.CURRENCY_WITHOUT_RATE
    for pair in (("GBP", "USD"), ("USD", "GBP")):
        await policies.set_rate(market.means, operator(market), *pair, Decimal("1.25"))
    await orders.submit(market.means, by(market.seller.owner), order_id)


async def test_a_retry_makes_nothing_new(market: Market) -> None:
    """The same key answers the same version; another input under it is refused."""
    call = call_of(market.operator, "policyChange", {"approachHours": 12}, "key-1")
    first = await policies.change(market.means, call, PolicyPatch(approach_hours=12))
    market.means.time.step(seconds=1)
    assert await policies.change(market.means, call, PolicyPatch(approach_hours=12)) == first
    assert await count(market, t.policies) == 2
    rate = call_of(market.operator, "rateSet", {"rate": 2}, "key-2")
    made = [await policies.set_rate(market.means, rate, "EUR", "USD", Decimal(2)) for _ in range(2)]
    assert made[0] == made[1]
    other = call_of(market.operator, "policyChange", {"approachHours": 13}, "key-1")
    refusal = await refused(policies.change(market.means, other, PolicyPatch(approach_hours=13)))
    assert refusal.code is ErrorCode.IDEMPOTENCY_KEY_REUSED


async def test_orders_confirmed_while_policy_changes_have_what_was_in_force(fresh_engine: AsyncEngine) -> None:
    """No order is pinned to a version that, by its instant, another one had replaced."""
    market = await open_market(TestMeans(fresh_engine, SystemClock()))
    offered = [await submitted(market, one_line("50.00", guarantee_method=None)) for _ in range(24)]

    async def change(hours: int) -> UUID:
        patch = PolicyPatch(approach_hours=hours)
        return (await policies.change(market.means, operator(market), patch))[0]

    async def change_all() -> None:
        for hours in range(30, 38):
            await change(hours)

    confirmations = (orders.confirm(market.means, by(market.buyer), order_id) for order_id in offered)
    await asyncio.gather(change_all(), *confirmations)
    async with fresh_engine.connect() as connection:
        query = """
            SELECT count(*) FILTER (WHERE o.policy_id <> (SELECT p.id FROM policies p
                WHERE p.effective_at <= o.confirmed_at ORDER BY p.effective_at DESC LIMIT 1)) AS wrong,
            count(DISTINCT o.policy_id) AS versions FROM orders o
        """
        row = (await connection.execute(text(query))).one()
    assert row.wrong == 0
    assert row.versions >= 2
