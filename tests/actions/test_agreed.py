"""What was agreed stays: later policy and rates change no agreed order (FEE-4)."""

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import fulfilment, payments, policies
from app.domain.access import By
from app.domain.contract import AMOUNT_FIELDS
from app.domain.errors import ErrorCode
from app.domain.happenings import EventKind
from app.domain.policy import TransportMode
from app.domain.policy_changes import PolicyPatch
from app.domain.records import PaymentTerms
from tests.actions.looking import refusal
from tests.actions.taking import (
    land,
    send,
)
from tests.domain.build import one_line
from tests.market import (
    by,
    confirmed,
    event_rows,
    open_market,
    order_row,
    submitted,
)
from tests.means import TestMeans


async def test_later_policy_and_rates_leave_an_agreed_order_alone(fresh_engine: AsyncEngine) -> None:
    """FEE-4: fee, auto-receipt, waiting hours and quota are those of the confirmation, to the end of the order."""
    market = await open_market(TestMeans(fresh_engine))
    agreed = await confirmed(market, one_line("50000", "JPY"))
    before = await order_row(market.means, agreed)
    market.means.time.step(hours=1)
    operator = by(market.operator)
    patch = PolicyPatch(auto_receipt_days={TransportMode.AIR: 1}, transfer_waiting_hours=1, easy_dispatch_limit_usd=1)
    await policies.change(market.means, operator, patch)
    await policies.set_rate(market.means, operator, "JPY", "USD", Decimal("0.5"))
    receipt_id = await land(market, agreed, 50_000, "JPY")
    market.means.time.step(hours=2)
    await payments.associate(market.means, by(market.seller.finance), agreed, receipt_id)
    assert await event_rows(market.means, agreed, EventKind.TRANSFER_WAITING) == []
    await send(market, agreed)
    market.means.time.step(days=14)
    order_id = await fulfilment.confirm_receipt(market.means, by(market.buyer), agreed)
    after = await order_row(market.means, order_id)
    for column in ("policy_id", "usd_rate", "fee_rate", "fee_cap", "fee"):
        assert after[column] == before[column], column
    assert (after["received_by"], after["fee_charged"]) == (By.BUYER, 1_000)
    assert before["quota_occupied"] == 334_73
    refused = await refusal(submitted(market, one_line("50000", "JPY")))
    assert refused.code is ErrorCode.EXPORT_AMOUNT_LIMIT


async def test_a_deposit_goes_with_its_terms(fresh_engine: AsyncEngine) -> None:
    """ORD-4, ORD-10: amended to one payment of less than the deposit, nothing of the deposit is left to forbid it."""
    market = await open_market(TestMeans(fresh_engine))
    order_id = await confirmed(market)
    patch = one_line("100.00")
    named = {"items", *AMOUNT_FIELDS, "payment_terms"} - {"deposit"}
    changes = {name: value for name, value in patch.items() if name in named}
    await fulfilment.propose_amendment(market.means, by(market.seller.owner), order_id, changes, None)
    await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True)
    order = await order_row(market.means, order_id)
    assert (order["total"], order["payment_terms"], order["deposit"]) == (100_00, PaymentTerms.FULL, None)


async def test_an_amendment_is_reckoned_at_the_rates_of_the_confirmation(fresh_engine: AsyncEngine) -> None:
    """ORD-10, GUA-2, FEE-4: a changed total occupies the quota at the pinned rate."""
    market = await open_market(TestMeans(fresh_engine))
    order_id = await confirmed(market, one_line("50000", "JPY"))
    market.means.time.step(hours=1)
    await policies.set_rate(market.means, by(market.operator), "JPY", "USD", Decimal("0.0001"))
    patch = {"items": one_line("40000", "JPY")["items"]}
    await fulfilment.propose_amendment(market.means, by(market.seller.owner), order_id, patch, None)
    await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True)
    order = await order_row(market.means, order_id)
    assert (order["total"], order["quota_occupied"], order["fee"]) == (40_000, 267_78, 800)
