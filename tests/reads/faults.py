"""Faults planted in the planned way alone, each of which the fuzz must find."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
from graphql import FieldNode, OperationDefinitionNode, parse

from app.domain.access import SELLER_ROLES, Role
from app.reads import OperationPlans
from app.reads.holes import Hole
from app.reads.selection import Asked

Run = Callable[[Asked, Any], Awaitable[bytes | None]]
Fault = Callable[[Run, Asked, Any], Awaitable[bytes | None]]


class Spoilt(OperationPlans):
    """Plans with one fault."""

    def __init__(self, plans: OperationPlans, fault: Fault) -> None:
        super().__init__(plans.catalog, 500)
        self._fault = fault

    async def data(self, asked: Asked, context: Any) -> bytes | None:
        """The JSON of a query's data, spoilt."""
        return await self._fault(super().data, asked, context)


def _spoiling(pattern: bytes, instead: bytes) -> Fault:
    async def fault(run: Run, asked: Asked, context: Any) -> bytes | None:
        data = await run(asked, context)
        return None if data is None else re.sub(pattern, instead, data)

    return fault


async def dropped_skip(run: Run, asked: Asked, context: Any) -> bytes | None:
    """What is to be skipped is answered."""
    definitions = parse(re.sub(r"@skip\(if: [^)]*\)", "", asked.text)).definitions
    (node,) = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    return await run(replace(asked, text=asked.text + " ", definitions=definitions, node=node), context)


async def shown_to_all_sellers(run: Run, asked: Asked, context: Any) -> bytes | None:
    """A seller's members are shown what its owner is shown."""
    actor = context.actor
    if actor is not None and actor.role in SELLER_ROLES:
        context = replace(context, actor=replace(actor, role=Role.OWNER))
    return await run(asked, context)


async def null_for_a_refusal(run: Run, asked: Asked, context: Any) -> bytes | None:
    """What cannot be planned is answered with nulls."""
    fields = [each for each in asked.node.selection_set.selections if isinstance(each, FieldNode)]
    keys = [each.alias.value if each.alias else each.name.value for each in fields]
    return await run(asked, context) or orjson.dumps(dict.fromkeys(keys))


def kept_for_all() -> Fault:
    """An answer is kept for the next viewer."""
    kept: dict[Any, bytes | None] = {}

    async def fault(run: Run, asked: Asked, context: Any) -> bytes | None:
        key = (asked.text, repr(asked.variables))
        if key not in kept or context.premise is not None:
            kept[key] = await run(asked, context)
        return kept[key]

    return fault


def kept_for_all_values() -> Fault:
    """The values of a plan's first run are kept in it."""
    kept: dict[Any, bytes | None] = {}

    async def fault(run: Run, asked: Asked, context: Any) -> bytes | None:
        key = (asked.place, context.viewer)
        if key not in kept or context.premise is not None:
            kept[key] = await run(asked, context)
        return kept[key]

    return fault


class Sticky:
    """A computed field's hole that remembers its first answer."""

    def __init__(self, hole: Hole) -> None:
        self._hole = hole
        self._first: bytes | None = None

    def text(self, values: list[Any], moment: Any) -> bytes:
        """The JSON of the field, as it was for the first row."""
        self._first = self._first or self._hole.text(values, moment)
        return self._first


FAULTS: dict[str, Callable[[], Fault]] = {
    "two keys of Money swapped": lambda: _spoiling(rb'("\w+" : "-?[\d.]+"), ("\w+" : "[A-Z]{3}")', rb"\2, \1"),
    "a cursor off by one": lambda: _spoiling(rb'"([0-9a-f]{6}\.[0-9a-f.]*)[0-9a-f]"', rb'"\g<1>g"'),
    "null for an empty list": lambda: _spoiling(rb"\[\]", b"null"),
    "a dropped @skip": lambda: dropped_skip,
    "a role's field shown": lambda: shown_to_all_sellers,
    "null for a refusal": lambda: null_for_a_refusal,
    "an answer kept for another viewer": kept_for_all,
    "an answer kept for other values": kept_for_all_values,
}
# how often a variable is spoilt to come to a fault that is seldom seen
SPOILT = {"null for a refusal": 1.0}
