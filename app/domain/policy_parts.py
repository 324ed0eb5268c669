"""A policy part by part, in the words of clients: what a change of policy is told in (FEE-4)."""

from collections.abc import Mapping
from typing import Any

from app.domain.money import amount_text
from app.domain.policy import Policy
from app.domain.words import camel

# Amounts in USD cents, and the names clients know them by
_AMOUNTS = {
    "easy_dispatch_limit_usd": "easyDispatchLimit",
    "largest_usd": "largest",
    "claim_cap_usd": "claimCap",
    "limit_usd": "limit",
}
_KEYS: Mapping[str, tuple[str, ...]] = {
    "fees": ("export_method", "logistics"),
    "promotions": ("code",),
    "methods": ("method",),
    "banks": ("name",),
    "campaigns": ("code",),
}


def parts(policy: Policy) -> dict[str, Any]:
    """A policy part by part, as differences name them."""
    found: dict[str, Any] = {}
    for name, value in policy.document().items():
        if isinstance(value, dict):
            found |= {f"{camel(name)}.{key}": part for key, part in value.items()}
        elif name in _KEYS:
            found |= {".".join([camel(name), *(str(rule[key]) for key in _KEYS[name])]): _shown(rule) for rule in value}
        else:
            found |= _shown({name: value})
    return found


def _shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule in the words of clients, its amounts as money."""
    shown = {_AMOUNTS.get(name, camel(name)): value for name, value in rule.items() if name != "cap_currency"}
    for name in rule.keys() & _AMOUNTS.keys():
        shown[_AMOUNTS[name]] = _money(rule[name], "USD")
    if "cap" in rule:
        shown["cap"] = _money(rule["cap"], rule["cap_currency"])
    return shown


def _money(minor: int | None, currency: str) -> dict[str, str] | None:
    return None if minor is None else {"amount": amount_text(minor, currency), "currencyCode": currency}
