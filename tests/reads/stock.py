"""What the arguments of generated documents may be: ids, numbers and cursors that exist, and some that do not."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLNamedType

from app.graphql.schema import engine
from tests.reads.bazaar import Bazaar
from tests.reads.walking import Seen

CURSORS = frozenset({"cursor", "startCursor", "endCursor"})
KEPT = 60
PREFIXES = {entity.reads.prefix: name for name, entity in engine.catalog.entities.items() if entity.reads.prefix}
WRONG_IDS = ["", "nonsense", "ord_", "ord_1", "ord_" + "f" * 32, "evt_1", "prd_" + "é" * 32, "ORD_" + "0" * 32, "_"]
WRONG_CURSORS = ["", "x", "000000.1", "f.1.2", "o.1", "a" * 200, "000000.0.0.0"]
WORDS: dict[str, list[Any]] = {
    "Decimal": ["0", "1", "1.00", "2.5", "0.001", "9", "18.50", "1000000", "-1"],
    "CountryCode": ["US", "DE", "CN"],
    "CurrencyCode": ["USD", "EUR", "JPY", "KWD"],
    "Date": ["2024-07-01"],
    "Email": ["buyer@example.com"],
    "String": ["", "DHL", "a \"quoted\" 'word' \\ ⟪p1⟫ $1 %(x)s", "碳纤维手机壳", "0"],
    "Int": [0, 1, 2, 5],
}

# What a filter's ids are of, and words that find some of the market's orders
IN_A_FILTER = {"filter.salesperson": "memberId", "filter.seller": "sellerId"}
FOUND = ["widget", "buyer", "example.com", "手机", "nobody", "VIP", "-"]


def type_of(id: str) -> str | None:
    """The type that a public id names."""
    return PREFIXES.get(id.partition("_")[0])


@dataclass
class Stock:
    """What exists, and what answers have shown of it since."""

    chance: random.Random
    now: datetime
    orders: list[str]
    numbers: list[str]
    links: list[str]
    # what is on offer
    offered: list[str]
    ids: dict[str, list[str]] = field(default_factory=dict)
    cursors: dict[str, list[str]] = field(default_factory=dict)
    # which of several types an id should rather be of
    choose: Callable[[random.Random, Sequence[str]], str] = random.Random.choice

    @classmethod
    async def of(cls, bazaar: Bazaar, chance: random.Random) -> "Stock":
        """The stock of a market."""
        numbers = await bazaar.values("SELECT number FROM orders WHERE number IS NOT NULL ORDER BY id")
        links = await bazaar.values("SELECT link FROM orders WHERE link IS NOT NULL ORDER BY id")
        offered = await bazaar.values(
            "SELECT id FROM products WHERE published ORDER BY seller_id, ready_to_ship DESC, id"
        )
        # mostly of one seller, as a quote is, and at times of another
        made = cls(chance, bazaar.now, [], numbers, links, [f"prd_{id.hex}" for id in (*offered[:2] * 2, offered[3])])
        feed = "SELECT 'f.' || position || '.' || id FROM events WHERE position IS NOT NULL ORDER BY position"
        made.cursors["Query.changedOrders"] = (await bazaar.values(feed))[-KEPT:]
        for prefix, name in PREFIXES.items():
            entity = engine.catalog.entities[name]
            keys = await bazaar.values(f"SELECT {entity.key.name} FROM {entity.row} ORDER BY 1")
            made.ids[str(prefix)] = [f"{prefix}_{getattr(key, 'hex', key)}" for key in keys]
        return made

    def values(self, coordinate: str, path: str, type_: GraphQLNamedType) -> Sequence[Any]:
        """What an argument may be."""
        last = path.rpartition(".")[2]
        if last in ("after", "before") and type_.name == "String":
            return self._cursors(coordinate)
        if last in ("first", "last"):
            return [101, -1, 0, 100] if self.chance.random() < 0.03 else [1, 2, 3, 4]
        if coordinate == "Query.checkoutQuote" and type_.name == "ID":
            # what is quoted is refused for the least thing that does not fit
            return self.offered if last == "productId" else self._ids(last) if self.chance.random() < 0.3 else []
        if type_.name == "ID":
            return self._ids(IN_A_FILTER.get(path, last))
        if path.startswith("filter.") and last == "text":
            return [*FOUND, self.chance.choice(self.numbers)[-6:]]
        if type_.name == "DateTime":
            return self._instants()
        return {"number": self.numbers, "link": [*self.links, "nobody's"]}.get(last) or WORDS.get(type_.name, [])

    def learn(self, seen: Seen) -> None:
        """Keep the cursors that an answer shows."""
        if seen.place.field in CURSORS and isinstance(seen.value, str):
            kept = self.cursors.setdefault(seen.within, [])
            if len(kept) < KEPT:
                kept.append(seen.value)
            else:
                kept[self.chance.randrange(KEPT)] = seen.value

    def _cursors(self, coordinate: str) -> Sequence[str]:
        roll = self.chance.random()
        if roll < 0.03:
            return WRONG_CURSORS
        if roll < 0.06 and self.cursors:
            return self.cursors[self.chance.choice(sorted(self.cursors))]
        return self.cursors.get(coordinate, [])

    def _ids(self, name: str) -> Sequence[str]:
        """Ids of the kind that a name like `orderId` says, of a kind by chance otherwise, and seldom none at all."""
        if self.chance.random() < 0.04:
            return WRONG_IDS
        kind = next((each for each, type_ in PREFIXES.items() if f"{type_.lower()}id" == name.lower()), None)
        if known := self.ids.get(kind or ""):
            return known
        kinds = {PREFIXES[each]: ids for each, ids in sorted(self.ids.items()) if ids}
        return kinds[self.choose(self.chance, list(kinds))]

    def _instants(self) -> Sequence[str]:
        if self.chance.random() < 0.05:
            return ["2024-07-01T00:00:00.000001+14:00"]
        past = self.now - timedelta(seconds=self.chance.randint(0, 62 * 86400))
        return [past.isoformat(), (self.now + timedelta(hours=self.chance.randint(1, 900))).isoformat()]
