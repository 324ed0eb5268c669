"""Amendments as clients see them."""

import json
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.contract import path_of
from app.domain.records import AmendmentStatus
from app.domain.words import camel
from app.reads import Node, as_enum, column, computed, public_id


@strawberry.type(description="A term that an amendment changes.")
class AmendedTerm:
    """A term that an amendment changes."""

    field: str = strawberry.field(description="Its path in `ContractInput`, such as `dispatchTerm.date`.")
    value: str | None = strawberry.field(description="What it shall be, as JSON of the input; null: nothing.")


def _terms(changes: dict[str, object]) -> list[AmendedTerm]:
    return [
        AmendedTerm(field=path_of(name), value=None if value is None else json.dumps(_named(value, name)))
        for name, value in changes.items()
    ]


# What the input names by public ids
_IDS = {"lane_id": "lan", "product_id": "prd", "contract_file_id": "fil"}


def _named(value: object, name: str) -> object:
    if isinstance(value, list):
        return [_named(part, name) for part in value]
    if isinstance(value, dict):
        return {camel(key): _named(part, key) for key, part in value.items()}
    return f"{_IDS[name]}_{UUID(value).hex}" if name in _IDS and isinstance(value, str) else value


@reads.reads(t.amendments, prefix="amd", through=("Order", t.orders.c.id == t.amendments.c.order_id))
class Amendment(Node):
    """A change of agreed terms that takes effect when the buyer confirms it (ORD-10)."""

    id: ID = column(public_id("amd", t.amendments.c.id), "The amendment's id.")
    status: AmendmentStatus = column(as_enum(AmendmentStatus, t.amendments.c.status), "What became of it.")
    terms: list[AmendedTerm] = computed(_terms, t.amendments.c.changes, description="What it changes.")
    reason: str | None = column(t.amendments.c.reason, "Why the seller proposes it.")
    proposed_at: datetime = column(t.amendments.c.proposed_at, "When it was proposed.")
    decided_at: datetime | None = column(t.amendments.c.decided_at, "When it was answered, withdrawn or lapsed.")
