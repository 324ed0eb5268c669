"""Where an order came from, as its seller says (DSK-2)."""

import pytest

from app.domain import leads
from app.domain.access import SELLER_SIDE
from app.domain.happenings import AUDIENCE, Change, EventKind
from app.domain.lifecycle import Who
from app.domain.records import LeadSource
from tests.domain.build import act, confirmed

SALES = act(Who.SALES)


def test_the_source_of_a_lead_is_said_and_put_right() -> None:
    """DSK-2: the log says what it was and is, to the seller's side alone."""
    trade = leads.set_source(leads.set_source(confirmed(), SALES, LeadSource.RFQ), SALES, LeadSource.TRADE_SHOW)
    assert trade.order.lead_source is LeadSource.TRADE_SHOW
    event = trade.happenings[-1]
    assert (event.kind, event.changes) == (
        EventKind.LEAD_SOURCE_SET,
        (Change("leadSource", "RFQ", "TRADE_SHOW"),),
    )
    assert AUDIENCE[EventKind.LEAD_SOURCE_SET] == SELLER_SIDE
    unknown = leads.set_source(trade, SALES, None)
    assert unknown.order.lead_source is None
    assert unknown.happenings[-1].changes == (Change("leadSource", "TRADE_SHOW", None),)


@pytest.mark.parametrize("source", [None, LeadSource.CHAT])
def test_what_is_said_already_changes_nothing(source: LeadSource | None) -> None:
    """DSK-2: no event, and no other version."""
    trade = leads.set_source(confirmed(), SALES, source)
    assert leads.set_source(trade, SALES, source) is trade
