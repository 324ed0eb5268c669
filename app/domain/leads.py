"""The lead of an order: where its seller met the buyer (DSK-2)."""

from app.domain.happenings import Change, EventKind
from app.domain.lifecycle import Step
from app.domain.records import LeadSource
from app.domain.steps import require
from app.domain.trade import Act, Trade


def set_source(trade: Trade, act: Act, source: LeadSource | None) -> Trade:
    """Say where the order came from, or that it is not known; what is said already changes nothing (DSK-2)."""
    require(trade, Step.SET_LEAD_SOURCE, act)
    before = trade.order.lead_source
    if source is before:
        return trade
    return trade.change(lead_source=source).record(
        EventKind.LEAD_SOURCE_SET, act, [Change("leadSource", before, source)]
    )
