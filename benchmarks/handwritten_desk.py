"""A seller's desk by hand: the list under a filter and the counts of its tabs, each one statement."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from benchmarks.handwritten import OF_SELLER, listed

FILTER, WORD, TABS, NARROWED = "the list under a filter", "the list under a word", "tabs", "tabs under a filter"
CEILING = """
SELECT (document -> 'count_ceiling')::bigint FROM policies WHERE effective_at <= now()
ORDER BY effective_at DESC LIMIT 1
"""
_WORDS = "EXISTS (SELECT FROM order_words w WHERE w.order_id = o.id AND w.seller_words @> {0})"
_USUAL = f"""{OF_SELLER} AND destination = ANY($2) AND created_at >= $3 AND created_at < $4
    AND salesperson_id = ANY(ARRAY(SELECT m.account_id FROM members m WHERE m.id = ANY($5)))
    AND {_WORDS.format("$6")}"""
_TABS: Mapping[str, str] = {
    "ALL": "true",
    "TO_CONFIRM": "status = 'PENDING_CONFIRMATION'",
    "TO_PAY": "status = 'PENDING_PAYMENT'",
    "TO_DISPATCH": "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED')",
    "TO_RECEIVE": "status = 'DISPATCHED'",
    "AFTER_SALES": "(disputed OR claim_status = 'UNDER_REVIEW')",
    "FINISHED": "status IN ('COMPLETED', 'CLOSED')",
}


def _counts(condition: str, ceiling: str) -> str:
    """The statement that counts each tab's orders under a condition, as far as one more than the ceiling."""
    counted = [
        f"({at}, '{tab}', (SELECT count(*) FROM (SELECT FROM orders o WHERE {condition} AND {under}"
        f" ORDER BY created_at DESC, id DESC LIMIT {ceiling} + 1) AS counted))"
        for at, (tab, under) in enumerate(_TABS.items())
    ]
    return f"""
SELECT json_build_object('data', json_build_object('viewer', json_build_object('orderTabs', json_agg(json_build_object(
    'tab', t.tab, 'count', least(t.found, {ceiling}), 'atLeast', t.found > {ceiling}) ORDER BY t.n))))
FROM (VALUES {", ".join(counted)}) AS t (n, tab, found)
"""


STATEMENTS: Mapping[str, str] = {
    FILTER: listed(f"{_USUAL} AND status = ANY($7)"),
    WORD: listed(f"{OF_SELLER} AND {_WORDS.format('$2')}"),
    TABS: _counts(OF_SELLER, "$2::bigint"),
    NARROWED: _counts(_USUAL, "$7::bigint"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a seller looks for: values of each condition, and the word as it is kept for the seller."""

    seller: UUID
    destinations: list[str]
    since: datetime
    before: datetime
    members: list[UUID]
    words: list[str]
    statuses: list[str]

    @classmethod
    def read(cls, text: str) -> "Wanted":
        """From its text."""
        known = orjson.loads(text)
        known |= {name: datetime.fromisoformat(known[name]) for name in ("since", "before")}
        return cls(**{**known, "seller": UUID(known["seller"]), "members": [UUID(each) for each in known["members"]]})

    def text(self) -> str:
        """As text."""
        return orjson.dumps(asdict(self), default=str).decode()

    def arguments(self, question: str, ceiling: int) -> list[Any]:
        """What the statement of a question is given."""
        usual = [self.seller, self.destinations, self.since, self.before, self.members, self.words]
        known: Mapping[str, list[Any]] = {
            FILTER: [*usual, self.statuses],
            WORD: [self.seller, self.words],
            TABS: [self.seller, ceiling],
            NARROWED: [*usual, ceiling],
        }
        return known[question]
