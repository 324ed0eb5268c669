"""How papers write amounts, numbers, instants and countries: the same for whoever reads them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pycountry


def amount(money: Mapping[str, Any]) -> str:
    """An amount of money without its currency, its thousands apart."""
    return f"{Decimal(money['amount']):,f}"


def off(money: Mapping[str, Any]) -> str:
    """What is taken off, as such; nothing taken off is a dash."""
    return f"−{amount(money)}" if Decimal(money["amount"]) else "–"


def number(text: str) -> str:
    """A number, its thousands apart."""
    return f"{Decimal(text):,f}"


def instant(text: str) -> str:
    """To the second, in UTC, which it says: both sides of a border read the same."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"


def country(code: str) -> str:
    """A country's name in English, as ISO 3166 gives it, and its code."""
    known = pycountry.countries.get(alpha_2=code)
    return code if known is None else f"{getattr(known, 'common_name', known.name)} ({code})"
