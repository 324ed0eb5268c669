"""Filters by chance: every condition, alone and in filters of filters, of values that exist and some that do not."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from app.domain.order_lists import DEPTH_MOST, OrderService, OrderSort, OrderTab
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import LeadSource, OrderType, Status
from app.domain.remedies import ClaimStatus
from tests.lists.world import COUNTRIES, CURRENCIES, World
from tests.means import START

SORTS = st.sampled_from([sort.value for sort in OrderSort])
WORDS = [
    "手机",
    "碳纤维",
    "维手",
    "机",
    "机手",
    "手机支架",
    "carbon",
    "CASE",
    "cup",
    "usb-c",
    "iPhone手机",
    "vip",
    "急单",
    "2026",
]
WORDS += ["ada", "José", "müller", "小明", "orders", "example.com", "nobody", "3.orders@import-2.example.com"]
AMOUNTS = ["0", "0.01", "99.99", "100", "100.005", "100.01", "551.23", "10000000", "-1"]


def _some(values: Any, most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([getattr(each, "value", each) for each in values]), max_size=most)


def conditions(world: World) -> dict[str, st.SearchStrategy[Any]]:
    """Every condition of a filter that is no filter itself, with its values."""
    numbers = [trade.order.number for trade in world.orders if trade.order.number is not None][::9]
    texts = [*WORDS, *numbers, *(number[-6:] for number in numbers), world.buyers[0].email.upper()]
    texts += [f"buy_{world.buyers[1].account_id.hex}"]
    instants = st.sampled_from([(START - timedelta(hours=hours)).isoformat() for hours in (0, 5, 12, 30, 60)])
    members = [f"mem_{id.hex}" for id in world.members.values()]
    amount = {"least": st.sampled_from(AMOUNTS), "most": st.sampled_from(AMOUNTS)}
    return {
        "text": st.lists(st.sampled_from(texts), min_size=1, max_size=2).map(" ".join),
        "tab": st.sampled_from([tab.value for tab in OrderTab]),
        "status": _some(Status),
        "salesperson": _some([*members, "mem_0"], 2),
        "destination": _some([*COUNTRIES, "JP"]),
        "created": st.fixed_dictionaries({}, optional={"from": instants, "before": instants}),
        "amount": st.fixed_dictionaries({"currencyCode": st.sampled_from([*CURRENCIES, "KWD"])}, optional=amount),
        "buyerCountry": _some(COUNTRIES),
        "draftedBy": st.sampled_from(["BUYER", "SELLER", "TIME"]),
        "type": _some(OrderType),
        "leadSource": _some(LeadSource),
        "transportMode": _some(TransportMode),
        "currency": _some([*CURRENCIES, "KWD"]),
        "exportMethod": _some(ExportMethod),
        "discounted": st.booleans(),
        "services": _some(OrderService),
        "overdue": st.booleans(),
        "claimStatus": _some(ClaimStatus),
        "seller": _some([f"sel_{team.id.hex}" for team in world.sellers] + ["sel_0"], 2),
    }


def filters(world: World) -> st.SearchStrategy[dict[str, Any]]:
    """Filters of up to three conditions, some of which are filters again."""
    alone = conditions(world)
    names = st.lists(st.sampled_from(sorted(alone)), min_size=1, max_size=3, unique=True)
    plain = names.flatmap(lambda chosen: st.fixed_dictionaries({name: alone[name] for name in chosen}))
    made = plain
    for _ in range(DEPTH_MOST - 2):
        several = st.lists(made, max_size=3)
        inner = {"and": several, "or": several, "not": made | st.none()}
        nested = st.one_of(*(st.fixed_dictionaries({name: values}) for name, values in inner.items()))
        made = plain | st.tuples(plain, nested).map(lambda pair: {**pair[0], **pair[1]}) | nested
    return made
