"""Export methods: what each takes, its limit, its campaign, and what it asks for (FEE-1 to FEE-3, ORD-6, SHP-4)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain import amendments, attachments, consignments, exports, fulfilment, orders
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import Acknowledgement, Asked, Requirement, acknowledge, asked_of, facts_of
from app.domain.fulfilment import Parcel
from app.domain.goods import AttachmentPurpose, CargoClass, Product
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.policy import Campaign, ExportMethod, TransportMode, WithdrawalRoute
from app.domain.records import CloseReason, Status
from app.domain.sellers import route_of
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import MINT, POLICY, SELLER, START, act, drafted, one_line, terms

EASY, MARKET = ExportMethod.EASY_DISPATCH, ExportMethod.MARKET_PROCUREMENT
AGENCY, SELF = ExportMethod.YIDATONG_AGENCY, ExportMethod.SELF_OPERATED
MARCH = Campaign("MARCH", date(2024, 5, 1), date(2024, 5, 31), 10_000_00, 5)
AGREED = (Acknowledgement.YIDATONG_EXPORT,)
PARTNER = {"export_method": MARKET, "customs_title": "Yiwu Market Partners"}


def refused(do: Callable[[], object]) -> Refusal:
    """The refusal with which it must end."""
    with pytest.raises(Refusal) as found:
        do()
    return found.value


def worth(
    price: str, campaigns: tuple[Campaign, ...] = (), held: Mapping[str, int] | None = None, **more: Any
) -> Trade:
    """An offer of this price that waits for the buyer, in a market with these campaigns."""
    policy = replace(POLICY, campaigns=campaigns)
    return build.submitted(one_line(price, **more), policy=policy, campaign_orders=held or {})


def confirm(trade: Trade, at: datetime = START) -> Trade:
    """The buyer agrees."""
    return orders.confirm(trade, act(Who.BUYER, at))


def product(reviewed: bool) -> Product:
    """A product that passed the agent's review, or did not."""
    return Product(
        id=MINT.id(),
        seller_id=SELLER.id,
        name="Phone case",
        description=None,
        currency="USD",
        unit="piece",
        minimum_quantity=Decimal(1),
        tiers=({"from_quantity": "1", "unit_price": "4150"},),
        cargo_class=CargoClass.GENERAL,
        unit_grams=100,
        ready_to_ship=False,
        small_fast=False,
        dispatch_days=None,
        published=True,
        agency_reviewed=reviewed,
        template_id=None,
        version=1,
        created_at=START,
        updated_at=START,
    )


def of_products(*products: Product, **more: Any) -> Trade:
    """A seller's draft with a line of each product."""
    trade = drafted(one_line("41.50", items=tuple(build.line("41.50") for _ in products), **more))
    lines = tuple(replace(row, product_id=one.id) for row, one in zip(trade.items, products, strict=True))
    return replace(trade, items=lines, products={one.id: one for one in products})


# --- FEE-2: the limit and the campaign ----------------------------------------------------------------------------


def test_the_limit_of_easy_dispatch_holds_without_a_campaign() -> None:
    """FEE-2: 5,000.00 is in, 5,000.01 is not, and other methods know no limit."""
    assert confirm(worth("5000.00")).order.campaign is None
    refusal = refused(lambda: worth("5000.01"))
    assert (refusal.code, refusal.params["limit"]) == (ErrorCode.EXPORT_AMOUNT_LIMIT, "5000.00 USD")
    assert confirm(worth("5000.01", export_method=SELF)).order.campaign is None


def test_a_campaign_opens_a_band_above_the_limit() -> None:
    """FEE-2: during it 5,000.01 and 10,000.00 take a place, 5,000.00 needs none, 10,000.01 is too much."""
    assert confirm(worth("5000.00", (MARCH,))).order.campaign is None
    for price in ("5000.01", "10000.00"):
        assert worth(price, (MARCH,)).order.campaign is None, "an offer takes no place yet"
        assert confirm(worth(price, (MARCH,))).order.campaign == "MARCH"
    refusal = refused(lambda: worth("10000.01", (MARCH,)))
    assert (refusal.code, refusal.params["limit"]) == (ErrorCode.EXPORT_AMOUNT_LIMIT, "10000.00 USD")


def test_five_orders_hold_a_place() -> None:
    """FEE-2: the fifth is taken, the sixth is refused; below the limit nobody counts."""
    assert confirm(worth("5000.01", (MARCH,), {"MARCH": 4})).order.campaign == "MARCH"
    refusal = refused(lambda: worth("5000.01", (MARCH,), {"MARCH": 5}))
    assert (refusal.code, refusal.params["limit"]) == (ErrorCode.EXPORT_AMOUNT_LIMIT, "5000.00 USD")
    assert confirm(worth("5000.00", (MARCH,), {"MARCH": 5})).order.campaign is None
    assert confirm(worth("5000.01", (MARCH,), {"OTHER": 5})).order.campaign == "MARCH"


def test_places_are_counted_at_confirmation() -> None:
    """FEE-2: what was free at the offer may be taken when the buyer confirms."""
    offered = worth("5000.01", (MARCH,), {"MARCH": 4})
    taken = replace(offered, campaign_orders={"MARCH": 5})
    assert refused(lambda: confirm(taken)).code is ErrorCode.EXPORT_AMOUNT_LIMIT


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (datetime(2024, 5, 1, 6, 59, 59, tzinfo=UTC), False),
        (datetime(2024, 5, 1, 7, 0, tzinfo=UTC), True),
        (datetime(2024, 6, 1, 6, 59, 59, tzinfo=UTC), True),
        (datetime(2024, 6, 1, 7, 0, tzinfo=UTC), False),
    ],
)
def test_a_campaign_runs_by_the_platform_calendar(at: datetime, open_: bool) -> None:
    """FEE-2, section 0: from its first date to its last in Los Angeles, by the day of confirmation."""
    offered = worth("5000.01", (MARCH,))
    if open_:
        assert confirm(offered, at).order.campaign == "MARCH"
    else:
        assert refused(lambda: confirm(offered, at)).code is ErrorCode.EXPORT_AMOUNT_LIMIT


def test_a_cancelled_order_frees_its_place() -> None:
    """FEE-2: cancelled before payment; one that is refunded after it keeps its place."""
    held = confirm(worth("5000.01", (MARCH,)))
    assert orders.cancel(held, act(Who.SALES), "Ordered twice.").order.campaign is None
    refunded = orders.close(held, act(Who.OPERATOR), CloseReason.REFUNDED, "Refunded.", EventKind.ORDER_CANCELLED)
    assert refunded.order.campaign == "MARCH"


def test_an_amendment_takes_keeps_or_frees_a_place() -> None:
    """FEE-2, ORD-10: the amended total is judged as at confirmation, and a place once held outlasts its campaign."""

    def amended(trade: Trade, price: str, at: datetime = START) -> Trade:
        trade = amendments.propose(trade, act(Who.OWNER, at), {"items": (build.line(price),)}, None)
        return amendments.answer(trade, act(Who.BUYER, at), True)

    low = build.occupying(confirm(worth("4000.00", (MARCH,))))
    assert amended(low, "6000.00").order.campaign == "MARCH"
    full = replace(low, campaign_orders={"MARCH": 5})
    assert refused(lambda: amended(full, "6000.00")).code is ErrorCode.EXPORT_AMOUNT_LIMIT
    high = build.occupying(confirm(worth("6000.00", (MARCH,))))
    assert amended(high, "4000.00").order.campaign is None
    july = START + timedelta(days=60)
    assert amended(high, "7000.00", july).order.campaign == "MARCH"
    assert refused(lambda: amended(low, "7000.00", july)).code is ErrorCode.EXPORT_AMOUNT_LIMIT


# --- FEE-1: who takes what ----------------------------------------------------------------------------------------


def test_market_procurement_needs_a_partner_and_no_express() -> None:
    """FEE-1: a partner's title, named in the contract, and no fast export."""
    assert build.submitted(terms(**PARTNER)).order.status is Status.PENDING_CONFIRMATION
    for title in (None, ""):
        refusal = refused(lambda title=title: build.submitted(terms(**PARTNER | {"customs_title": title})))  # type: ignore[misc]
        assert (refusal.code, refusal.field) == (ErrorCode.REQUIRED, ("contract", "customsTitle"))
    refusal = refused(lambda: build.submitted(terms(**PARTNER, transport_mode=TransportMode.EXPRESS)))
    assert refusal.code is ErrorCode.EXPORT_METHOD_NOT_OFFERED
    assert build.submitted(terms(transport_mode=TransportMode.EXPRESS)).order.transport_mode is TransportMode.EXPRESS


def test_the_agent_takes_only_reviewed_products() -> None:
    """FEE-1: every line with a product has passed its review; words alone have none to pass."""

    def submit(trade: Trade) -> Trade:
        return orders.submit(trade, act(Who.OWNER), acknowledged=AGREED)

    assert submit(of_products(product(True), export_method=AGENCY)).order.export_method is AGENCY
    assert submit(drafted(terms(export_method=AGENCY))).order.export_method is AGENCY
    mixed = of_products(product(True), product(False), export_method=AGENCY)
    refusal = refused(lambda: submit(mixed))
    assert refusal.code is ErrorCode.EXPORT_METHOD_NOT_OFFERED
    assert refusal.params == {"lines": f"itm_{mixed.items[1].id.hex}"}
    assert orders.submit(of_products(product(False)), act(Who.OWNER)).order.export_method is EASY


def test_what_was_possible_at_the_offer_must_be_so_at_confirmation() -> None:
    """FEE-1: a product whose review was taken back meanwhile stops the agent's export."""
    offered = orders.submit(of_products(product(True), export_method=AGENCY), act(Who.OWNER), acknowledged=AGREED)
    lost = replace(offered, products={id: replace(one, agency_reviewed=False) for id, one in offered.products.items()})
    assert refused(lambda: confirm(lost)).code is ErrorCode.EXPORT_METHOD_NOT_OFFERED


def test_the_agents_fee_is_capped_in_yuan() -> None:
    """FEE-1: 1.2 % of the total, at most CNY 480 at the rate of the day: 66.43 USD."""
    price = {"100.00": 1_20, "5535.00": 66_42, "5536.00": 66_43, "99999.00": 66_43}
    for total, fee in price.items():
        trade = drafted(one_line(total, export_method=AGENCY))
        assert trade.order.fee == fee, total


# --- ORD-6: acknowledgements --------------------------------------------------------------------------------------


def test_the_agents_export_is_acknowledged() -> None:
    """ORD-6: without it nothing is offered; what was said is kept, and nothing that was not asked for."""
    draft = drafted(terms(export_method=AGENCY))
    refusal = refused(lambda: orders.submit(draft, act(Who.OWNER)))
    assert refusal.code is ErrorCode.ACKNOWLEDGEMENT_MISSING
    assert refusal.params == {"missing": "YIDATONG_EXPORT"}
    assert orders.submit(draft, act(Who.OWNER), acknowledged=tuple(Acknowledgement)).order.acknowledged == (
        "YIDATONG_EXPORT",
    )
    assert build.submitted().order.acknowledged == ()


def test_an_attached_contract_names_no_account() -> None:
    """ORD-6: with an uploaded contract; each missing one is named."""
    draft = drafted(terms(export_method=AGENCY)).change(contract_file_id=UUID(int=7))
    for given, missing in (
        ((), "YIDATONG_EXPORT NO_COLLECTION_ACCOUNT"),
        (AGREED, "NO_COLLECTION_ACCOUNT"),
        ((Acknowledgement.NO_COLLECTION_ACCOUNT,), "YIDATONG_EXPORT"),
    ):
        assert refused(lambda given=given: acknowledge(draft, given)).params == {"missing": missing}  # type: ignore[misc]
    assert acknowledge(draft, tuple(Acknowledgement)).order.acknowledged == tuple(map(str, Acknowledgement))


def test_a_request_is_acknowledged_by_the_seller_who_completes_it() -> None:
    """ORD-6: the buyer who asks acknowledges nothing."""
    asked = build.requested()
    completed = build.completing(asked)
    completed = completed.change(export_method=AGENCY)
    assert refused(lambda: orders.submit(completed, act(Who.OWNER))).code is ErrorCode.ACKNOWLEDGEMENT_MISSING


# --- FEE-3: what is asked for -------------------------------------------------------------------------------------


def test_every_method_says_what_it_asks_for() -> None:
    """FEE-3: each requirement is met or missing, with the rows that lack it."""
    sent = build.send(build.paid(), quantity=5)
    shipment = f"shp_{sent.shipments[0].id.hex}"
    assert asked_of(SELF, facts_of(sent)) == []
    assert asked_of(EASY, facts_of(sent)) == [Asked(Requirement.SHIPMENT_PROOF, False, (shipment,))]
    assert asked_of(MARKET, facts_of(sent)) == [Asked(Requirement.PARTNER_TITLE, False)]
    assert asked_of(AGENCY, facts_of(sent)) == [
        Asked(Requirement.PRODUCT_REVIEW, True),
        Asked(Requirement.CONSIGNMENT_ORDER, False),
    ]
    assert not asked_of(EASY, facts_of(build.paid()))[0].met, "nothing was dispatched that could be proven"


def test_each_shipment_needs_its_own_proof() -> None:
    """FEE-3: a proof of the first says nothing of the second."""
    sent = build.send(build.paid(), quantity=5)
    proven = _proven(sent)
    assert asked_of(EASY, facts_of(proven))[0].met
    second = build.send(proven)
    assert asked_of(EASY, facts_of(second)) == [
        Asked(Requirement.SHIPMENT_PROOF, False, (f"shp_{second.shipments[1].id.hex}",))
    ]


def _proven(trade: Trade) -> Trade:
    trade, file = build.offering(trade, act(Who.SALES), AttachmentPurpose.PROOF)
    return attachments.attach_proofs(trade, act(Who.SALES), trade.shipments[-1].id, [file.id])


def test_every_method_has_its_manner() -> None:
    """FEE-1, FEE-3: market procurement alone has its supervision type."""
    assert set(exports.MANNERS) == set(ExportMethod)
    types = {method for method, manner in exports.MANNERS.items() if manner.supervision == "MARKET_PROCUREMENT"}
    assert types == {MARKET}


# --- SHP-4: consignment orders ------------------------------------------------------------------------------------


def agency_paid() -> Trade:
    """A paid order that the agent exports."""
    offered = orders.submit(drafted(terms(export_method=AGENCY)), act(Who.OWNER), acknowledged=AGREED)
    return build.pay(confirm(offered))


def link(trade: Trade, number: str = "YDT-1", cleared: datetime | None = None, at: datetime = START) -> Trade:
    """The seller links a consignment order."""
    return consignments.link(trade, act(Who.SALES, at), number, cleared)


def test_the_agents_export_waits_for_a_consignment_order() -> None:
    """SHP-4: no dispatch without one; other methods need none."""
    parcel = Parcel("DHL", "JD1")
    waiting = agency_paid()
    assert refused(lambda: fulfilment.dispatch(waiting, act(Who.SALES), parcel)).code is ErrorCode.CONSIGNMENT_MISSING
    assert fulfilment.dispatch(link(waiting), act(Who.SALES), parcel).order.status is Status.DISPATCHED
    assert fulfilment.dispatch(build.paid(), act(Who.SALES), parcel).order.status is Status.DISPATCHED


def test_customs_clear_after_the_drafting() -> None:
    """SHP-4: not before the order's drafting, and not in time to come."""
    trade, second = agency_paid(), timedelta(seconds=1)
    assert link(trade, cleared=START).consignments[0].customs_cleared_at == START
    for at in (START - second, START + second):
        refusal = refused(lambda at=at: link(trade, cleared=at))  # type: ignore[misc]
        assert (refusal.code, refusal.field) == (ErrorCode.OUT_OF_RANGE, ("customsClearedAt",))


def test_a_consignment_named_again_is_put_right() -> None:
    """SHP-4: the same number is the same consignment order; its clearance is filled in later."""
    once = link(agency_paid())
    later = START + timedelta(days=2)
    again = link(once, " YDT-1 ", later, later)
    assert [(row.number, row.customs_cleared_at) for row in again.consignments] == [("YDT-1", later)]
    assert [happening.kind for happening in again.happenings[-2:]] == [EventKind.CONSIGNMENT_LINKED] * 2
    assert refused(lambda: link(once, " ")).field == ("number",)
    assert refused(lambda: link(once, "x" * 65)).field == ("number",)


def test_a_wrong_consignment_is_taken_off_while_another_stays() -> None:
    """SHP-4: before dispatch freely, afterwards not the last one."""
    both = link(link(agency_paid()), "YDT-2")
    first, second = (row.id for row in both.consignments)
    one = consignments.unlink(both, act(Who.SALES), first)
    assert [row.id for row in one.consignments] == [second]
    assert one.happenings[-1].kind is EventKind.CONSIGNMENT_UNLINKED
    assert consignments.unlink(one, act(Who.SALES), second).consignments == ()
    sent = build.send(one)
    refusal = refused(lambda: consignments.unlink(sent, act(Who.SALES), second))
    assert refusal.code is ErrorCode.CONSIGNMENT_MISSING
    assert refused(lambda: consignments.unlink(one, act(Who.SALES), first)).code is ErrorCode.NOT_FOUND


# --- PAY-8: the withdrawal's route --------------------------------------------------------------------------------


def test_the_route_is_one_of_the_released_orders() -> None:
    """PAY-8: it follows the export methods; where they lead to several, the seller says which."""
    company, agent, partner = WithdrawalRoute.COMPANY, WithdrawalRoute.AGENT, WithdrawalRoute.PARTNER
    assert route_of(POLICY, [], None) is company
    assert route_of(POLICY, [SELF, EASY], None) is company
    assert route_of(POLICY, [AGENCY], None) is agent
    assert route_of(POLICY, [MARKET], partner) is partner
    assert route_of(POLICY, [SELF, AGENCY], agent) is agent
    refusal = refused(lambda: route_of(POLICY, [SELF, AGENCY], None))
    assert (refusal.code, refusal.params) == (ErrorCode.REQUIRED, {"routes": "AGENT COMPANY"})
    assert refused(lambda: route_of(POLICY, [SELF, AGENCY], partner)).code is ErrorCode.INVALID
