"""Policies that orders are pinned to: a version never changes, so each is read once."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.domain.policy import Policy, policy_from

_policies: dict[UUID, Policy] = {}


def known() -> list[UUID]:
    """The versions that were read before."""
    return list(_policies)


def policy_of(row: Mapping[str, Any] | RowMapping) -> Policy:
    """A policy of its row."""
    policy = _policies.get(row["id"])
    if policy is None:
        document = row["document"]
        policy = policy_from(
            row["id"], row["effective_at"], orjson.loads(document) if isinstance(document, str | bytes) else document
        )
        _policies[row["id"]] = policy
    return policy


def policy_by(id: UUID, row: Mapping[str, Any] | None) -> Policy:
    """A policy by its id, of its row where it was not read before."""
    return _policies[id] if row is None else policy_of(row)


async def policies(connection: AsyncConnection, ids: Collection[UUID]) -> Mapping[UUID, Policy]:
    """Policies by their ids."""
    if fresh := [id for id in ids if id not in _policies]:
        for row in (await connection.execute(select(t.policies).where(t.policies.c.id.in_(fresh)))).mappings():
            policy_of(row)
    return {id: _policies[id] for id in ids}
