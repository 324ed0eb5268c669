"""Sellers: opening the service (SVC-1), the quota (SVC-2), who drafts (ORD-1), who withdraws (PAY-8)."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from app.actions import orders, sellers
from app.db import tables as t
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.money import LARGEST_MINOR
from app.domain.records import OrderType
from app.domain.sellers import FIELD_LONGEST, Verification
from tests.actions.looking import refusal
from tests.domain.build import terms
from tests.market import Market, by, completed, event_rows, new_seller, order_row, row_of, submitted

FORM = Verification("Ningbo Carbon Works Ltd.", "91330200MA", "CN", "1 Harbour Road, Ningbo", "Li Wei")


async def opened(market: Market, membership: str) -> Market:
    """The market with a seller who has not opened the service yet."""
    return replace(market, seller=await new_seller(market.means, membership=membership, service="INACTIVE"))


async def service_of(market: Market) -> str:
    """Whether the market's seller may make assured orders."""
    return str((await row_of(market.means, t.sellers, market.seller.id))["service"])


async def application_of(market: Market) -> UUID:
    """The id of the seller's application that came last."""
    rows = t.applications
    query = select(rows.c.id).where(rows.c.seller_id == market.seller.id).order_by(rows.c.id.desc()).limit(1)
    async with market.means.engine.connect() as connection:
        return (await connection.execute(query)).scalar_one()


async def kinds_told(market: Market) -> list[str]:
    """The events of the market's seller."""
    return [row["kind"] for row in await event_rows(market.means, market.seller.id)]


# --- SVC-1: the service -----------------------------------------------------------------------------------------


async def test_a_paid_member_is_active_at_once(market: Market) -> None:
    """SVC-1: without an application; before it nothing can be drafted, and it is opened once."""
    paid = await opened(market, "PAID")
    refused = await refusal(submitted(paid))
    assert refused.code is ErrorCode.SERVICE_NOT_ACTIVE
    await sellers.apply(paid.means, by(paid.seller.owner), None)
    assert (await service_of(paid), await kinds_told(paid)) == ("ACTIVE", [EventKind.SERVICE_ACTIVATED])
    refused = await refusal(sellers.apply(paid.means, by(paid.seller.owner), None))
    assert refused.code is ErrorCode.SERVICE_ALREADY_ACTIVE
    assert await submitted(paid)


async def test_a_free_members_verification_is_decided(market: Market) -> None:
    """SVC-1: it waits for an operator, is rejected or approved once with a reason, and the seller hears of each."""
    free = await opened(market, "FREE")
    owner, operator = by(free.seller.owner), by(free.operator)
    assert (await refusal(sellers.apply(free.means, owner, None))).field == ("verification",)
    for approve, service in ((False, "INACTIVE"), (True, "ACTIVE")):
        await sellers.apply(free.means, owner, FORM)
        assert await service_of(free) == "PENDING"
        assert (await refusal(sellers.apply(free.means, owner, FORM))).code is ErrorCode.APPLICATION_PENDING
        assert (await refusal(submitted(free))).code is ErrorCode.SERVICE_NOT_ACTIVE
        application_id = await application_of(free)
        assert (await refusal(sellers.decide(free.means, operator, application_id, approve, " "))).field == ("reason",)
        await sellers.decide(free.means, operator, application_id, approve, "Looked up.")
        assert await service_of(free) == service
        again = await refusal(sellers.decide(free.means, operator, application_id, not approve, "Looked up."))
        assert again.code is ErrorCode.STEP_NOT_ALLOWED
    assert await kinds_told(free) == [EventKind.APPLICATION_SUBMITTED, EventKind.APPLICATION_DECIDED] * 2
    decided = await event_rows(free.means, free.seller.id, EventKind.APPLICATION_DECIDED)
    assert [row["data"]["facts"] for row in decided] == [
        [{"name": "approved", "value": said}] for said in ("no", "yes")
    ]
    assert await submitted(free)


@pytest.mark.parametrize("name", ["registered_name", "registration_number", "address", "legal_representative"])
@pytest.mark.parametrize("word", ["", " ", "x" * (FIELD_LONGEST + 1)])
async def test_a_verification_is_whole(market: Market, name: str, word: str) -> None:
    """SVC-1: every field has 1 to 500 characters; nothing of another one is kept."""
    free = await opened(market, "FREE")
    refused = await refusal(sellers.apply(free.means, by(free.seller.owner), replace(FORM, **{name: word})))
    assert refused.field[0] == "verification"
    assert (await service_of(free), await kinds_told(free)) == ("INACTIVE", [])


async def test_one_application_at_a_time(market: Market) -> None:
    """SVC-1: of many sent together one is made; of many decisions one is taken."""
    free = await opened(market, "FREE")
    owner, operator = by(free.seller.owner), by(free.operator)
    sent = [sellers.apply(free.means, owner, FORM) for _ in range(10)]
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    assert sum(not isinstance(outcome, Refusal) for outcome in outcomes) == 1
    application_id = await application_of(free)
    decided = [sellers.decide(free.means, operator, application_id, at % 2 == 0, "Looked up.") for at in range(10)]
    outcomes = await asyncio.gather(*decided, return_exceptions=True)
    assert sum(not isinstance(outcome, Refusal) for outcome in outcomes) == 1
    assert await kinds_told(free) == [EventKind.APPLICATION_SUBMITTED, EventKind.APPLICATION_DECIDED]


async def test_who_applies_and_who_decides(market: Market) -> None:
    """SVC-1, SVC-2: the owner applies, operators decide and set quotas, and nobody else."""
    free = await opened(market, "FREE")
    for actor in (free.buyer, free.seller.sales, free.seller.finance, free.operator):
        assert (await refusal(sellers.apply(free.means, by(actor), FORM))).code is ErrorCode.FORBIDDEN
    await sellers.apply(free.means, by(free.seller.owner), FORM)
    application_id = await application_of(free)
    for actor in (free.buyer, free.seller.owner, free.seller.sales, free.seller.finance):
        decided = sellers.decide(free.means, by(actor), application_id, True, "Mine.")
        limited = sellers.set_quota(free.means, by(actor), free.seller.id, LARGEST_MINOR, "Mine.")
        assert [(await refusal(act)).code for act in (decided, limited)] == [ErrorCode.FORBIDDEN] * 2
    assert await service_of(free) == "PENDING"


# --- SVC-2: the quota -------------------------------------------------------------------------------------------


async def test_an_operator_sets_the_quota(market: Market) -> None:
    """SVC-2: 0 or more, with a reason, and the seller is told what it was before."""
    seller, operator = market.seller.id, by(market.operator)
    for limit, reason, field in ((-1, "Reviewed.", "limit"), (1, " ", "reason")):
        assert (await refusal(sellers.set_quota(market.means, operator, seller, limit, reason))).field == (field,)
    await sellers.set_quota(market.means, operator, seller, 0, "Reviewed.")
    (event,) = await event_rows(market.means, seller, EventKind.QUOTA_CHANGED)
    assert event["data"]["changes"] == [{"field": "quotaLimit", "before": "100000.00 USD", "after": "0.00 USD"}]
    assert (await refusal(submitted(market))).params == {
        "limit": "0.00 USD",
        "occupied": "0.00 USD",
        "needed": "551.23 USD",
    }


# --- ORD-1: who drafts ------------------------------------------------------------------------------------------


async def test_either_side_drafts(market: Market) -> None:
    """ORD-1: owners and sales draft for themselves, buyers ask a seller; finance and operators do neither."""
    means, patch = market.means, terms()
    for actor in (market.seller.owner, market.seller.sales):
        row = await order_row(means, await orders.draft(means, by(actor), patch, None))
        assert (row["type"], row["drafted_by"], row["seller_id"]) == (
            OrderType.SELLER_DRAFT,
            "SELLER",
            market.seller.id,
        )
        assert (row["salesperson_id"], row["buyer_id"], row["status"]) == (actor.account_id, None, "DRAFT")
    asked = {**patch, "email": market.buyer.email}
    row = await order_row(means, await orders.draft(means, by(market.buyer), asked, market.seller.id))
    assert (row["type"], row["drafted_by"], row["buyer_id"]) == (
        OrderType.START_ORDER,
        "BUYER",
        market.buyer.account_id,
    )
    for actor in (market.seller.finance, market.operator):
        refused = await refusal(orders.draft(means, by(actor), patch, market.seller.id))
        assert refused.code is ErrorCode.FORBIDDEN
    for nobody in (None, UUID(int=0)):
        assert (await refusal(orders.draft(means, by(market.buyer), asked, nobody))).field == ("sellerId",)


async def test_a_seller_drafts_for_itself_alone(market: Market) -> None:
    """ORD-1: whichever seller a member names, the draft is their own seller's."""
    other = await new_seller(market.means)
    drafted = await orders.draft(market.means, by(market.seller.owner), terms(), other.id)
    assert (await order_row(market.means, drafted))["seller_id"] == market.seller.id


# --- PAY-8: the withdrawal --------------------------------------------------------------------------------------


async def test_a_withdrawal_is_of_what_is_there(market: Market) -> None:
    """PAY-8: more than 0 and within the balance of that currency, by owner or finance, to the company's account."""
    await completed(market)
    means, finance = market.means, by(market.seller.finance)
    for amount, currency, code in (
        (0, "USD", ErrorCode.OUT_OF_RANGE),
        (-1, "USD", ErrorCode.OUT_OF_RANGE),
        (540_22, "USD", ErrorCode.BALANCE_TOO_SMALL),
        (1, "JPY", ErrorCode.BALANCE_TOO_SMALL),
    ):
        assert (await refusal(sellers.withdraw(means, finance, amount, currency))).code is code
    for actor in (market.buyer, market.seller.sales, market.operator):
        assert (await refusal(sellers.withdraw(means, by(actor), 1, "USD"))).code is ErrorCode.FORBIDDEN
    withdrawal = await row_of(means, t.withdrawals, await sellers.withdraw(means, finance, 540_21, "USD"))
    assert (withdrawal["amount"], withdrawal["currency"], withdrawal["route"]) == (540_21, "USD", "COMPANY")
    assert withdrawal["requested_by"] == market.seller.finance.account_id
    assert (await refusal(sellers.withdraw(means, finance, 1, "USD"))).code is ErrorCode.BALANCE_TOO_SMALL


# --- DSK-3: the desk's settings ---------------------------------------------------------------------------------


async def test_the_owner_sets_what_sales_see(market: Market) -> None:
    """DSK-3, section 13: all orders, or those assigned to them; told with what it was before; nobody else does."""
    seller = market.seller
    for see_all in (False, False, True):
        await sellers.set_desk(market.means, by(seller.owner), see_all)
        assert (await row_of(market.means, t.sellers, seller.id))["sales_see_all"] is see_all
    told = await event_rows(market.means, seller.id, EventKind.DESK_SETTINGS_CHANGED)
    assert [row["data"]["changes"] for row in told] == [
        [{"field": "salesSeeAll", "before": "yes", "after": "no"}],
        [{"field": "salesSeeAll", "before": "no", "after": "yes"}],
    ]
    for actor in (seller.sales, seller.finance, market.buyer, market.operator):
        assert (await refusal(sellers.set_desk(market.means, by(actor), False))).code is ErrorCode.FORBIDDEN
    assert (await row_of(market.means, t.sellers, seller.id))["sales_see_all"]
