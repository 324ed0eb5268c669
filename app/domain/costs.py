"""What an order's terms cost: its fee, the limit of its export method, the quota its guarantee occupies."""

from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import fee_terms, in_usd
from app.domain.money import Money
from app.domain.policy import ExportMethod
from app.domain.records import GuaranteeMethod
from app.domain.trade import Act, Trade


def with_fee(trade: Trade, act: Act) -> Trade:
    """The trade with the fee of its total at the policy it is judged by; none without an export method (FEE-1)."""
    order = trade.order
    if order.export_method is None:
        return trade.change(fee=None, fee_rate=None, fee_cap=None)
    today = trade.policy.calendar.date_of(act.now)
    terms = fee_terms(
        trade.policy, order.export_method, order.logistics, order.currency, trade.rates, today, trade.new_seller
    )
    return trade.change(fee=terms.fee(order.total), fee_rate=terms.rate, fee_cap=terms.cap)


def campaign_place(trade: Trade, act: Act) -> str | None:
    """The campaign in which easy dispatch takes the order beyond its limit; None: within it (FEE-2).

    Refused beyond the limit without a campaign today, beyond the campaign's own, or when the seller's places are taken;
    a place that the order holds already stays its own.
    """
    order = trade.order
    usd = in_usd(order.total, order.currency, trade.rates)
    limit = trade.policy.easy_dispatch_limit_usd
    if order.export_method is not ExportMethod.EASY_DISPATCH or usd <= limit:
        return None
    today = trade.policy.calendar.date_of(act.now)
    campaigns = trade.policy.campaigns
    running = [campaign for campaign in campaigns if campaign.starts_on <= today <= campaign.ends_on]
    held = [campaign for campaign in campaigns if campaign.code == order.campaign]
    free = [campaign for campaign in running if trade.campaign_orders.get(campaign.code, 0) < campaign.orders_most]
    place = next((campaign.code for campaign in (*held, *free) if usd <= campaign.limit_usd), None)
    if place is not None:
        return place
    most = max([limit, *(campaign.limit_usd for campaign in (*held, *free))])
    wide = any(usd <= campaign.limit_usd for campaign in running)
    taken = " The places of the campaign are taken." if wide else ""
    raise Refusal(
        ErrorCode.EXPORT_AMOUNT_LIMIT,
        f"Easy dispatch is for orders up to {Money(most, 'USD')}; this one is worth {Money(usd, 'USD')}.{taken}",
        ("contract", "exportMethod"),
        {"limit": str(Money(most, "USD")), "total": str(Money(usd, "USD"))},
    )


def quota_needed(trade: Trade) -> int:
    """The USD cents of the seller's quota that the order's guarantee occupies (GUA-2)."""
    order = trade.order
    if order.guarantee_method is GuaranteeMethod.NONE:
        return 0
    return in_usd(order.total, order.currency, trade.rates)


def quota_numbers(trade: Trade, needed: int) -> dict[str, str]:
    return {
        "limit": str(Money(trade.seller.quota_limit, "USD")),
        "occupied": str(Money(trade.quota_in_use, "USD")),
        "needed": str(Money(needed, "USD")),
    }
