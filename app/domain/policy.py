"""Policy: numbers and switches an operator changes with an effective date; an agreed order keeps its own (FEE-4)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from app.domain.calendar import Calendar


@unique
class TransportMode(StrEnum):
    """How the goods travel (ORD-3)."""

    AIR = "AIR"
    SEA = "SEA"
    LAND = "LAND"
    EXPRESS = "EXPRESS"
    MULTIMODAL = "MULTIMODAL"


@unique
class ExportMethod(StrEnum):
    """Under whose customs title the goods leave (FEE-1)."""

    SELF_OPERATED = "SELF_OPERATED"
    MARKET_PROCUREMENT = "MARKET_PROCUREMENT"
    YIDATONG_AGENCY = "YIDATONG_AGENCY"
    EASY_DISPATCH = "EASY_DISPATCH"


@unique
class Logistics(StrEnum):
    """Whose logistics carry the goods; the fee schedule is keyed by it (FEE-1)."""

    PLATFORM = "PLATFORM"
    OWN = "OWN"


@unique
class PaymentMethod(StrEnum):
    """How a buyer pays (PAY-2)."""

    VISA = "VISA"
    MASTERCARD = "MASTERCARD"
    E_CHECKING = "E_CHECKING"
    TT = "TT"
    PAYPAL = "PAYPAL"
    APPLE_PAY = "APPLE_PAY"
    GOOGLE_PAY = "GOOGLE_PAY"
    REAL_TIME_BANK_TRANSFER = "REAL_TIME_BANK_TRANSFER"
    BOLETO = "BOLETO"
    PAY_LATER = "PAY_LATER"


@unique
class WithdrawalRoute(StrEnum):
    """To whose account a seller's balance is withdrawn (PAY-8)."""

    COMPANY = "COMPANY"
    AGENT = "AGENT"
    PARTNER = "PARTNER"


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What the platform charges for one export method and logistics: a rate of the total, and a cap."""

    export_method: ExportMethod
    logistics: Logistics
    rate: Decimal
    cap: int | None
    cap_currency: str | None


@dataclass(frozen=True, slots=True)
class Promotion:
    """A lower fee for a while: `factor` times the rate, from `starts_on` to `ends_on`, perhaps for new sellers only."""

    code: str
    factor: Decimal
    starts_on: date
    ends_on: date
    new_sellers_only: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """A while in which easy dispatch goes up to `limit_usd`, for at most `orders_most` orders of a seller (FEE-2)."""

    code: str
    starts_on: date
    ends_on: date
    limit_usd: int
    orders_most: int


@dataclass(frozen=True, slots=True)
class MethodRule:
    """Where a payment method is on offer: currencies and countries (empty: any), a largest USD amount, a fee rate."""

    method: PaymentMethod
    currencies: tuple[str, ...]
    countries: tuple[str, ...]
    largest_usd: int | None
    fee_rate: Decimal


@dataclass(frozen=True, slots=True)
class Bank:
    """A receiving bank, at which every order gets an account of its own (ORD-7)."""

    name: str
    bic: str
    holder: str


@dataclass(frozen=True, slots=True)
class Policy:
    """All policy in force from an instant on, as one document. Amounts in USD cents unless a currency stands beside."""

    id: UUID
    effective_at: datetime
    zone: str
    approach_hours: int
    transfer_waiting_hours: int
    payment_minutes: int
    easy_dispatch_limit_usd: int
    auto_receipt_days: Mapping[TransportMode, int]
    fees: tuple[FeeRule, ...]
    promotions: tuple[Promotion, ...]
    methods: tuple[MethodRule, ...]
    banks: tuple[Bank, ...]
    withdrawal_routes: Mapping[ExportMethod, WithdrawalRoute]
    campaigns: tuple[Campaign, ...]
    core_countries: tuple[str, ...]
    enrolment_days: int
    penalty_points: int
    promise_days_most: int
    claim_rate: Decimal
    claim_cap_usd: int
    claim_window_days: int
    conclusive_claims: bool
    coupon_days: int
    coupon_expiring_days: int
    discount_unpaid_days: int
    protection_days: int
    dispute_silence_days: int
    refund_returns_fee: bool
    count_ceiling: int
    dispatch_rate_days: int
    delivery_ranking_days: int
    delivery_ranking_least: int

    @property
    def calendar(self) -> Calendar:
        """The platform's calendar."""
        return Calendar(self.zone)

    def document(self) -> dict[str, Any]:
        """The policy as JSON, without its id and instant."""
        raw = asdict(self)
        raw.pop("id")
        raw.pop("effective_at")
        return {name: _plain(value) for name, value in raw.items()}

    def changed(self, id: UUID, effective_at: datetime, patch: Mapping[str, Any]) -> "Policy":
        """The policy that follows this one, with the named parts of its document replaced."""
        return policy_from(id, effective_at, {**self.document(), **patch})


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def policy_from(id: UUID, effective_at: datetime, document: Mapping[str, Any]) -> Policy:
    """A policy from its stored document."""
    return Policy(
        id=id,
        effective_at=effective_at,
        zone=document["zone"],
        approach_hours=document["approach_hours"],
        transfer_waiting_hours=document["transfer_waiting_hours"],
        payment_minutes=document["payment_minutes"],
        easy_dispatch_limit_usd=document["easy_dispatch_limit_usd"],
        auto_receipt_days={TransportMode(mode): days for mode, days in document["auto_receipt_days"].items()},
        fees=tuple(_fee(rule) for rule in document["fees"]),
        promotions=tuple(_promotion(promotion) for promotion in document["promotions"]),
        methods=tuple(_method(rule) for rule in document["methods"]),
        banks=tuple(Bank(**bank) for bank in document["banks"]),
        withdrawal_routes={
            ExportMethod(method): WithdrawalRoute(route) for method, route in document["withdrawal_routes"].items()
        },
        campaigns=tuple(_campaign(campaign) for campaign in document["campaigns"]),
        core_countries=tuple(document["core_countries"]),
        claim_rate=Decimal(document["claim_rate"]),
        **{name: document[name] for name in PROMISES},
    )


def _campaign(raw: Mapping[str, Any]) -> Campaign:
    return Campaign(
        raw["code"],
        date.fromisoformat(raw["starts_on"]),
        date.fromisoformat(raw["ends_on"]),
        raw["limit_usd"],
        raw["orders_most"],
    )


def _fee(raw: Mapping[str, Any]) -> FeeRule:
    return FeeRule(
        ExportMethod(raw["export_method"]),
        Logistics(raw["logistics"]),
        Decimal(raw["rate"]),
        raw["cap"],
        raw["cap_currency"],
    )


def _promotion(raw: Mapping[str, Any]) -> Promotion:
    return Promotion(
        raw["code"],
        Decimal(raw["factor"]),
        date.fromisoformat(raw["starts_on"]),
        date.fromisoformat(raw["ends_on"]),
        raw["new_sellers_only"],
    )


def _method(raw: Mapping[str, Any]) -> MethodRule:
    return MethodRule(
        PaymentMethod(raw["method"]),
        tuple(raw["currencies"]),
        tuple(raw["countries"]),
        raw["largest_usd"],
        Decimal(raw["fee_rate"]),
    )


# The lengths, limits and switches of the promises and of the desk, and what each is at first
PROMISES: Mapping[str, Any] = {
    "enrolment_days": 30,
    "penalty_points": 1,
    "promise_days_most": 45,
    "claim_cap_usd": 100_00,
    "claim_window_days": 30,
    "conclusive_claims": False,
    "coupon_days": 90,
    "coupon_expiring_days": 7,
    "discount_unpaid_days": 7,
    "protection_days": 30,
    "dispute_silence_days": 5,
    "refund_returns_fee": True,
    "count_ceiling": 10_000,
    "dispatch_rate_days": 30,
    "delivery_ranking_days": 90,
    "delivery_ranking_least": 10,
}


def _first_policy() -> dict[str, Any]:
    two_percent = {"rate": "0.02", "cap": 100_00, "cap_currency": "USD"}
    schedule: dict[ExportMethod, dict[str, Any]] = {
        ExportMethod.SELF_OPERATED: {"rate": "0", "cap": None, "cap_currency": None},
        ExportMethod.MARKET_PROCUREMENT: two_percent,
        ExportMethod.YIDATONG_AGENCY: {"rate": "0.012", "cap": 480_00, "cap_currency": "CNY"},
        ExportMethod.EASY_DISPATCH: two_percent,
    }
    anywhere: dict[str, Any] = {"currencies": [], "countries": [], "largest_usd": None, "fee_rate": "0"}
    methods: dict[PaymentMethod, dict[str, Any]] = dict.fromkeys(PaymentMethod, anywhere)
    methods[PaymentMethod.E_CHECKING] = {**anywhere, "currencies": ["USD"], "countries": ["US"]}
    methods[PaymentMethod.BOLETO] = {**anywhere, "countries": ["BR"]}
    for wallet in (PaymentMethod.PAYPAL, PaymentMethod.APPLE_PAY, PaymentMethod.GOOGLE_PAY, PaymentMethod.PAY_LATER):
        methods[wallet] = {**anywhere, "largest_usd": 12_000_00}
    return {
        "zone": "America/Los_Angeles",
        "approach_hours": 24,
        "transfer_waiting_hours": 48,
        "payment_minutes": 60,
        "easy_dispatch_limit_usd": 5_000_00,
        "auto_receipt_days": {"AIR": 15, "EXPRESS": 15, "LAND": 30, "SEA": 45, "MULTIMODAL": 45},
        "fees": [
            {"export_method": str(method), "logistics": str(logistics), **rule}
            for method, rule in schedule.items()
            for logistics in Logistics
        ],
        "promotions": [],
        "methods": [{"method": str(method), **rule} for method, rule in methods.items()],
        "banks": [
            {"name": "J.P. Morgan", "bic": "CHASUS33", "holder": "Trade Assurance Escrow"},
            {"name": "Citibank", "bic": "CITIUS33", "holder": "Trade Assurance Escrow"},
        ],
        "withdrawal_routes": {
            "SELF_OPERATED": "COMPANY",
            "EASY_DISPATCH": "COMPANY",
            "YIDATONG_AGENCY": "AGENT",
            "MARKET_PROCUREMENT": "PARTNER",
        },
        "campaigns": [],
        "core_countries": ["US", "CA", "GB", "DE", "FR", "IT", "ES", "AU", "BR", "MX"],
        "claim_rate": "0.10",
        **PROMISES,
    }


FIRST_POLICY = _first_policy()
