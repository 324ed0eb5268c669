"""Consignment orders linked to an order (SHP-4)."""

from datetime import datetime
from uuid import UUID

import asyncpg

from app.actions import work
from app.actions.work import Call, Means
from app.domain import consignments
from app.domain.access import Scope

_OF_ONE_ORDER = "uq_consignments_number"


async def link(means: Means, call: Call, order_id: UUID, number: str, customs_cleared_at: datetime | None) -> UUID:
    """Link a consignment order; the id of the order. Its number belongs to exactly one."""
    if call.actor is not None:
        work.require_scope(call.actor, Scope.SHIPMENTS_WRITE)
    try:
        return await work.on_order(
            means,
            call,
            order_id,
            lambda trade, act: consignments.link(trade, act, number, customs_cleared_at),
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == _OF_ONE_ORDER:
            raise consignments.taken(number) from None
        raise


async def unlink(means: Means, call: Call, order_id: UUID, consignment_id: UUID) -> UUID:
    """Take a consignment order off again; the id of the order."""
    if call.actor is not None:
        work.require_scope(call.actor, Scope.SHIPMENTS_WRITE)
    return await work.on_order(
        means, call, order_id, lambda trade, act: consignments.unlink(trade, act, consignment_id)
    )
