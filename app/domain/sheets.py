"""Sheets: a list of orders as a file, asked for by a member of a seller and written in the background (DSK-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from app.domain.access import SELLER_ROLES, Actor, By, Scope, missing_scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.trade import Act

OPEN_MOST = 3
ORDERS_MOST = 250
LEASE = timedelta(seconds=60)


@unique
class SheetFormat(StrEnum):
    """What kind of file a sheet is."""

    CSV = "CSV"
    XLSX = "XLSX"


@unique
class SheetState(StrEnum):
    """How far a sheet is."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    READY = "READY"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


OPEN = frozenset({SheetState.WAITING, SheetState.RUNNING})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which orders a sheet is of: chosen ones, those of a filter (as its asker wrote it), or every one they see."""

    order_ids: Sequence[UUID] | None = None
    filter: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: what is asked for, `rows` of `total` written so far, and the parts that hold them; `size` in bytes."""

    id: UUID
    version: int
    seller_id: UUID
    account_id: UUID
    token_id: UUID | None
    format: SheetFormat
    order_ids: tuple[UUID, ...] | None
    filter: Mapping[str, Any] | None
    state: SheetState
    requested_at: datetime
    total: int | None = None
    rows: int = 0
    cursor: str | None = None
    parts: tuple[UUID, ...] = ()
    size: int | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    writer_id: UUID | None = None
    leased_until: datetime | None = None
    failure: str | None = None


Told = tuple[Sheet, Happening]


def request(act: Act, format: SheetFormat, choice: Choice, waiting: int) -> Told:
    """A sheet of some orders that its asker sees; `waiting` are theirs that are not finished."""
    actor = act.actor
    if actor is None or actor.role not in SELLER_ROLES or actor.seller_id is None:
        raise Refusal(ErrorCode.FORBIDDEN, "This is for members of a seller only.")
    if (refusal := missing_scope(actor.scopes, Scope.ORDERS_READ)) is not None:
        raise refusal
    order_ids = choice.order_ids
    if order_ids is not None and choice.filter is not None:
        raise Refusal(ErrorCode.INVALID, "Choose orders, or filter them; not both.", ("filter",))
    if order_ids is not None and not 0 < len(set(order_ids)) <= ORDERS_MOST:
        message = f"Choose from 1 to {ORDERS_MOST} orders, or none at all for every order."
        raise Refusal(ErrorCode.TOO_MANY if order_ids else ErrorCode.REQUIRED, message, ("orderIds",))
    if waiting >= OPEN_MOST:
        message = f"{OPEN_MOST} sheets of yours are being written; wait for one of them, or cancel it."
        raise Refusal(ErrorCode.TOO_MANY, message, (), {"most": str(OPEN_MOST)})
    sheet = Sheet(
        id=act.mint.id(),
        version=0,
        seller_id=actor.seller_id,
        account_id=actor.account_id,
        token_id=actor.token_id,
        format=format,
        order_ids=None if order_ids is None else tuple(dict.fromkeys(order_ids)),
        filter=choice.filter,
        state=SheetState.WAITING,
        requested_at=act.now,
    )
    return _told(sheet, act.now, act.by)


def require_own(sheet: Sheet | None, actor: Actor) -> Sheet:
    """The sheet, which only whoever asked for it may touch."""
    if sheet is None or sheet.account_id != actor.account_id:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such sheet, or it is not yours.", ("sheetId",))
    return sheet


def cancel(sheet: Sheet, act: Act) -> Told:
    """Nothing more of it is written, and what was is let go of."""
    if sheet.state not in OPEN:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, f"The sheet is {sheet.state}; there is nothing to cancel.")
    return _told(_ended(sheet, SheetState.CANCELLED, act.now), act.now, act.by)


def advance(sheet: Sheet, now: datetime, rows: int, cursor: str | None, part: UUID, total: int | None) -> Told:
    """So many rows more are written, in a part of their own."""
    done = sheet.rows + rows
    return _told(
        replace(
            sheet,
            rows=done,
            total=max(total or 0, done),
            cursor=cursor,
            parts=(*sheet.parts, part),
            leased_until=now + LEASE,
        ),
        now,
    )


def finish(sheet: Sheet, now: datetime, size: int, kept: timedelta) -> Told:
    """The file is whole, and kept for a while."""
    ready = replace(_ended(sheet, SheetState.READY, now), total=sheet.rows, size=size, expires_at=now + kept)
    return _told(ready, now)


def fail(sheet: Sheet, now: datetime, why: str) -> Told:
    """It cannot be written."""
    return _told(replace(_ended(sheet, SheetState.FAILED, now), failure=why), now)


def expire(sheet: Sheet, now: datetime) -> Told:
    """It was kept long enough."""
    return _told(replace(sheet, state=SheetState.EXPIRED), now)


def _ended(sheet: Sheet, state: SheetState, now: datetime) -> Sheet:
    return replace(sheet, state=state, finished_at=now, writer_id=None, leased_until=None, parts=(), cursor=None)


def _told(sheet: Sheet, now: datetime, by: By = By.TIME) -> Told:
    """The sheet one version on, and the event that says how far it is; it reaches the seller, and whoever asked."""
    sheet = replace(sheet, version=sheet.version + 1)
    facts = {"sheet": f"sht_{sheet.id.hex}", "state": str(sheet.state), "rows": str(sheet.rows)}
    if sheet.total is not None:
        facts["total"] = str(sheet.total)
    return sheet, Happening(
        kind=EventKind.SHEET_CHANGED,
        version=sheet.version,
        at=now,
        by=by,
        by_account_id=None if by is By.TIME else sheet.account_id,
        seller_id=sheet.seller_id,
        salesperson_id=sheet.account_id,
        buyer_id=None,
        facts=facts,
    )
