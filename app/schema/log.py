"""Which events of an order's operation log are asked for (ORD-13)."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import By
from app.domain.happenings import EventKind
from app.reads.visibility import Standing

Condition = ColumnElement[bool] | Callable[[Standing], ColumnElement[bool]]


def _done_by(member_id: Any) -> Condition:
    """Whether a member did it, for whoever may see the seller's members."""

    def rule(standing: Standing) -> ColumnElement[bool]:
        m = t.members.c
        mine = (m.account_id == t.events.c.by_account_id, m.id == member_id, reads.seller_only(m.seller_id)(standing))
        return select(1).where(*mine).exists()

    return rule


def narrow_log(
    types: Annotated[list[EventKind] | None, strawberry.argument(description="Only these kinds of events.")] = None,
    by: Annotated[
        list[By] | None, strawberry.argument(description="Only what these kinds of actors did, time included.")
    ] = None,
    member: Annotated[
        ID | None,
        strawberry.argument(
            description="Only what this member of the seller did; nothing for whoever may not see the members."
        ),
    ] = None,
    since: Annotated[
        datetime | None, strawberry.argument(description="Only what happened at this instant or later.")
    ] = None,
    until: Annotated[
        datetime | None, strawberry.argument(description="Only what happened before this instant.")
    ] = None,
) -> list[Any]:
    """Which events a log shows."""
    e = t.events.c
    conditions: list[Condition] = []
    if types is not None:
        conditions.append(e.kind.in_(sorted({kind.value for kind in types})))
    if by is not None:
        conditions.append(e.by.in_(sorted({each.value for each in by})))
    if member is not None:
        conditions.append(_done_by(reads.key_of("mem", member)))
    if since is not None:
        conditions.append(e.at >= since)
    if until is not None:
        conditions.append(e.at < until)
    return conditions
