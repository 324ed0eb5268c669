"""Orders that travel by a lane: ready products of an enrolled seller, by a guaranteed lane, agreed by the buyer."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain import drafts, orders
from app.domain.contract import Line
from app.domain.goods import CargoClass, Lane, LaneProvider, Product, TransitUnit
from app.domain.lifecycle import Who
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import Seller
from app.domain.trade import Trade
from tests.domain.build import (
    BUYER_ID,
    MINT,
    POLICY,
    RATES,
    SALES_ID,
    SELLER,
    START,
    act,
    occupying,
    one_line,
    pay,
)

LONG_BEFORE = START - timedelta(days=4_000)
ENROLLED = replace(SELLER, enrolled_at=LONG_BEFORE)


def lane(**columns: Any) -> Lane:
    """A guaranteed lane of the platform to the United States and Germany: 5 to 7 business days by air."""
    made = Lane(
        id=MINT.id(),
        provider=LaneProvider.PLATFORM,
        seller_id=None,
        name="Pacific air",
        carrier="Blue Wing",
        cargo_class=CargoClass.GENERAL,
        mode=TransportMode.AIR,
        origin="CN",
        destinations=("US", "DE"),
        min_days=5,
        max_days=7,
        unit=TransitUnit.BUSINESS_DAYS,
        base_price=12_00,
        kilo_price=3_50,
        guaranteed=True,
        recommended=False,
        demonstration=False,
        retired_at=None,
        created_at=LONG_BEFORE,
    )
    return replace(made, **columns)


def product(**columns: Any) -> Product:
    """A product that is ready to ship within 3 days, at 551.23 a piece of 400 g."""
    made = Product(
        id=MINT.id(),
        seller_id=SELLER.id,
        name="Carbon fibre lantern",
        description=None,
        currency="USD",
        unit="piece",
        minimum_quantity=Decimal(1),
        tiers=({"from": "1", "price": "55123"},),
        cargo_class=CargoClass.GENERAL,
        unit_grams=400,
        ready_to_ship=True,
        small_fast=False,
        dispatch_days=3,
        published=True,
        agency_reviewed=False,
        template_id=UUID(int=0xF0),
        version=1,
        created_at=LONG_BEFORE,
        updated_at=LONG_BEFORE,
    )
    return replace(made, **columns)


def drafted(
    by: Lane | None,
    goods: Product,
    at: datetime = START,
    seller: Seller = ENROLLED,
    bound: bool = True,
    pieces: int = 1,
    **terms: Any,
) -> Trade:
    """A seller's draft of one product by a lane of its template, dispatched within 3 days, self-operated export."""
    named = Line(goods.name, Decimal(pieces), "piece", Decimal("551.23"), product_id=goods.id)
    written = {
        **one_line("551.23", dispatch_days=3, export_method=ExportMethod.SELF_OPERATED),
        "items": (named,),
        "lane_id": by.id if by else None,
        **terms,
    }
    if by is not None:
        written = {name: value for name, value in written.items() if name not in ("carrier", "transport_mode")}
    known = {by.id: by} if by else {}
    trade = drafts.draft(act(Who.OWNER, at), seller, POLICY, RATES, written, {goods.id: goods}, lanes=known)
    held = frozenset(known) if bound else frozenset()
    return replace(
        trade,
        registered_buyer=BUYER_ID,
        buyer_country="US",
        salespeople=frozenset({SALES_ID}),
        product_lanes={goods.id: held},
    )


def agreed(by: Lane | None = None, goods: Product | None = None, at: datetime = START, **more: Any) -> Trade:
    """The order of such a draft, agreed by its buyer; by default all of the guarantee's conditions hold."""
    trade = drafted(by or lane(), goods or product(), at, **more)
    trade = drafts.match_buyer(trade, act(Who.OWNER, at))
    return occupying(orders.confirm(orders.submit(trade, act(Who.OWNER, at)), act(Who.BUYER, at)))


def paid(by: Lane | None = None, goods: Product | None = None, at: datetime = START, **more: Any) -> Trade:
    """Such an order, paid at once."""
    return pay(agreed(by, goods, at, **more), at=at)
