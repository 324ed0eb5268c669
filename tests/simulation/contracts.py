"""What simulated orders are about: goods in words, products, an attached contract; in several currencies and terms."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.access import Actor
from app.domain.buying import Purchase
from app.domain.contract import Line
from app.domain.goods import AttachmentPurpose
from app.domain.money import DECIMALS
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import DispatchTerm, GuaranteeMethod, PaymentTerms
from tests.domain.build import CONTACT, terms
from tests.market import uploaded
from tests.simulation.world import Firm, World

# The dearest line of an order in each currency, in minor units: about 300 dollars
DEAREST = {"USD": 300_00, "EUR": 280_00, "JPY": 40_000, "KWD": 90_000}


def contact(buyer: Actor) -> dict[str, Any]:
    """Where a buyer's goods go."""
    return {**CONTACT, "email": buyer.email}


async def written(world: World, firm: Firm, buyer: Actor, dollars: bool = False, paper: bool = True) -> dict[str, Any]:
    """A whole contract that a seller offers; in dollars, if it must be, and on paper only if it may."""
    goods = world.decks.draw("goods", WORDS=6, READY=5, MADE=1, PAPER=1)
    goods = "WORDS" if goods == "PAPER" and not paper else goods
    currency = "USD"
    if goods == "WORDS" and not dollars:
        currency = world.decks.draw("currency", USD=6, EUR=1, JPY=1, KWD=1)
    contract = terms(currency, **_sums(world, currency), **_term(world), **contact(buyer))
    if goods == "READY":
        contract |= _ready(world, firm)
    elif goods == "MADE":
        contract |= {"items": (Line("", Decimal(world.rng.randint(1, 5)), "", product_id=firm.made[0]),)}
        contract |= _exported(world)
    elif goods == "PAPER":
        file_id = await uploaded(world.means, firm.team.owner, AttachmentPurpose.CONTRACT)
        price = Decimal(world.rng.randint(20_00, DEAREST["USD"])).scaleb(-2)
        contract |= {"items": (), "products": price, "contract_file_id": file_id}
    else:
        contract |= {"items": _lines(world, currency), **_exported(world, currency)}
    return contract


def _lines(world: World, currency: str) -> tuple[Line, ...]:
    places, rng = DECIMALS[currency], world.rng
    dearest = DEAREST[currency] if world.decks.draw("dear", DEAR=3, CHEAP=1) == "DEAR" else DEAREST[currency] // 20
    return tuple(
        Line(f"Part {at}", Decimal(rng.randint(1, 3)), "piece", Decimal(rng.randint(1, dearest)).scaleb(-places))
        for at in range(rng.randint(1, 3))
    )


def _sums(world: World, currency: str) -> dict[str, Any]:
    places, rng = DECIMALS[currency], world.rng
    shipping = rng.randint(DEAREST[currency] // 100, DEAREST[currency] // 20)
    discounted = world.decks.draw("store coupon", NONE=5, SOME=1) == "SOME"
    deposit = world.decks.draw("payment terms", FULL=3, DEPOSIT=2) == "DEPOSIT"
    return {
        "shipping_fee": Decimal(shipping).scaleb(-places),
        "shipping_discount": Decimal(0),
        "store_coupon": Decimal(shipping // 2 if discounted else 0).scaleb(-places),
        "payment_terms": PaymentTerms.DEPOSIT_BALANCE if deposit else PaymentTerms.FULL,
        # less than the shipping costs, so less than the total
        "deposit": Decimal(shipping // 3 + 1).scaleb(-places) if deposit else None,
        "guarantee_method": rng.choice(list(GuaranteeMethod)),
    }


def _term(world: World) -> dict[str, Any]:
    term = DispatchTerm(world.decks.draw("dispatch term", **{str(term): 3 - at // 2 for at, term in enumerate(_TERMS)}))
    soon = datetime.combine((world.time.now + timedelta(days=12)).date(), datetime.min.time(), UTC)
    return {
        "dispatch_term": term,
        "dispatch_days": world.rng.randint(2, 10) if term in _TERMS[:2] else None,
        "dispatch_date": soon.date() if term is DispatchTerm.FIXED_DATE else None,
        "dispatch_instant": soon + timedelta(hours=9) if term is DispatchTerm.FIXED_INSTANT else None,
    }


_TERMS = (
    DispatchTerm.DAYS_AFTER_DEPOSIT,
    DispatchTerm.DAYS_AFTER_FULL_PAYMENT,
    DispatchTerm.FIXED_DATE,
    DispatchTerm.FIXED_INSTANT,
)


def _exported(world: World, currency: str = "USD") -> dict[str, Any]:
    methods = {"EASY_DISPATCH": 4, "SELF_OPERATED": 3, "MARKET_PROCUREMENT": 1}
    # the agent's cap is in yuan, and only dollars have a rate to them
    methods |= {"YIDATONG_AGENCY": 2} if currency == "USD" else {}
    method = ExportMethod(world.decks.draw(f"export {currency == 'USD'}", **methods))
    mode = TransportMode(world.decks.draw("mode", AIR=5, SEA=1, LAND=1))
    title = "Yiwu Partner Ltd." if method is ExportMethod.MARKET_PROCUREMENT else None
    return {"export_method": method, "transport_mode": mode, "customs_title": title}


def _ready(world: World, firm: Firm) -> dict[str, Any]:
    at = int(world.decks.draw("lane", **{"0": 3, "1": 2, "2": 1}))
    return {
        "items": tuple(Line("", Decimal(world.rng.randint(1, 9)), "", product_id=product) for product in firm.ready),
        "lane_id": firm.lanes[at],
        "transport_mode": TransportMode.AIR,
        "export_method": ExportMethod.SELF_OPERATED,
    }


def purchase(world: World, firm: Firm, buyer: Actor, **more: Any) -> Purchase:
    """What a buyer buys at once."""
    lines = tuple(Line("", Decimal(world.rng.randint(1, 9)), "", product_id=product) for product in firm.ready)
    return Purchase(lines, firm.lanes[world.rng.randint(0, 1)], contact(buyer), **more)
