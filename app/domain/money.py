"""Money: an integer number of minor units and an ISO 4217 currency; half-up rounding, no floats anywhere."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, Overflow
from fractions import Fraction

_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
""".split()

# ISO 4217: how many decimals a currency's amounts have
DECIMALS: dict[str, int] = {
    **dict.fromkeys(_TWO_DECIMALS, 2),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}

# Sums of a few amounts stay far inside BIGINT, and an amount that large is a typing error
LARGEST_MINOR = 10**15


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of `minor` units (cents of USD, yen of JPY, fils of KWD) of `currency`."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{amount_text(self.minor, self.currency)} {self.currency}"


def amount_text(minor: int, currency: str) -> str:
    """The exact decimal text of an amount, with as many decimals as the currency has: 52123 USD → "521.23"."""
    return str(Decimal(minor).scaleb(-DECIMALS[currency]))


def minor_units(amount: Decimal, currency: str) -> int:
    """The minor units of a decimal amount. ValueError when the currency is unknown or has fewer decimals."""
    if currency not in DECIMALS:
        raise ValueError(f"{currency} is not an ISO 4217 currency")
    try:
        scaled = amount.scaleb(DECIMALS[currency])
        # scaling rounds what has more digits than a context holds; scaled back it then differs
        exact = amount.is_finite() and scaled.scaleb(-DECIMALS[currency]) == amount
        if not exact or scaled != scaled.to_integral_value():
            raise ValueError(f"{currency} has {DECIMALS[currency]} decimals")
    except (InvalidOperation, Overflow):
        raise ValueError("the amount has too many digits") from None
    if abs(scaled) > LARGEST_MINOR:
        raise ValueError("the amount is too large")
    return int(scaled)


def half_up(value: Fraction) -> int:
    """The nearest integer, halves away from zero (section 0)."""
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


def times(minor: int, factor: Decimal) -> int:
    """An amount times an exact decimal, rounded half-up once to the minor unit."""
    return half_up(minor * Fraction(factor))


def convert(minor: int, base: str, quote: str, rate: Decimal) -> int:
    """Minor units of `base` in minor units of `quote` at `rate` (quote per one base), half-up once (FEE-4)."""
    scale = Fraction(10) ** (DECIMALS[quote] - DECIMALS[base])
    return half_up(minor * Fraction(rate) * scale)
