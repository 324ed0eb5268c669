"""Sheets, lists of orders as files, as clients see, ask for and fetch them (DSK-3)."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import Integer, cast
from strawberry import ID, UNSET
from strawberry.utils.str_converters import to_camel_case

from app import reads
from app.db import tables as t
from app.domain.sheets import SheetFormat, SheetState
from app.reads import Node, as_enum, column, public_id
from app.schema.enums import described
from app.schema.facts import UserError
from app.schema.inputs import KEY
from app.schema.order_filter import OrderFilter
from app.schema.payloads import ERRORS
from app.schema.scalars import decimal_text, instant_text

described(
    SheetFormat,
    "SheetFormat",
    "What kind of file a sheet is.",
    """
    CSV: Values separated by commas, as RFC 4180 writes them, in UTF-8; no cell of it is a formula.
    XLSX: A workbook of one sheet, its amounts as numbers.
    """,
)
described(
    SheetState,
    "SheetState",
    "How far a sheet is.",
    """
    WAITING: It will be written as soon as a server has time for it.
    RUNNING: It is being written; `rows` says how far.
    READY: It can be fetched: `sheetLink`.
    CANCELLED: It was called off before it was whole.
    FAILED: It could not be written; `failure` says why.
    EXPIRED: It was kept long enough, and its file is gone.
    """,
)


@reads.reads(t.sheets, prefix="sht", visible=reads.account_only(t.sheets.c.account_id))
class Sheet(Node):
    """A list of orders as a file, written in the background; it is seen by whoever asked for it, and by operators."""

    id: ID = column(public_id("sht", t.sheets.c.id), "The sheet's id.")
    format: SheetFormat = column(as_enum(SheetFormat, t.sheets.c.format), "What kind of file it is.")
    state: SheetState = column(as_enum(SheetState, t.sheets.c.state), "How far it is.")
    rows: int = column(t.sheets.c.rows, "How many orders are written.")
    total: int | None = column(
        t.sheets.c.total, "How many there will be, as counted when it was begun; null before, and when uncounted."
    )
    size: int | None = column(cast(t.sheets.c.size, Integer), "How many bytes the file has; null until it is ready.")
    requested_at: datetime = column(t.sheets.c.requested_at, "When it was asked for.")
    finished_at: datetime | None = column(t.sheets.c.finished_at, "When it was ready, called off or given up.")
    expires_at: datetime | None = column(t.sheets.c.expires_at, "Until when its file is kept.")
    failure: str | None = column(t.sheets.c.failure, "Why it could not be written.")


@strawberry.input(description="A list of orders as a file.")
class SheetRequestInput:
    """A list of orders as a file."""

    format: SheetFormat = strawberry.field(description="What kind of file.")
    order_ids: list[ID] | None = strawberry.field(
        default=None,
        description="The orders, at most 250, in this order; every order you see, newest first, if left out.",
    )
    filter: OrderFilter | None = strawberry.field(
        default=None, description="Which of the orders you see, newest first; not together with `orderIds`."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="A sheet that is called off.")
class SheetCancelInput:
    """A sheet that is called off."""

    sheet_id: ID = strawberry.field(description="The sheet's id.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="A sheet as it is now.")
class SheetPayload:
    """A sheet as it is now."""

    sheet: Sheet | None = strawberry.field(description="The sheet; null when there is none.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Where a sheet is fetched, by whoever holds it.")
class SheetLink:
    """Where a sheet is fetched, by whoever holds it."""

    path: str = strawberry.field(description="The address on this server; it needs no token.")
    expires_at: datetime = strawberry.field(description="Until when it works.")


def said(value: Any) -> Any:
    """What an input says, as JSON that a variable of its type can be given again; what it leaves out is left out."""
    if isinstance(value, list):
        return [said(each) for each in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    definition = getattr(type(value), "__strawberry_definition__", None)
    if definition is None:
        return value
    return {
        field.graphql_name or to_camel_case(field.python_name): said(given)
        for field in definition.fields
        if (given := getattr(value, field.python_name)) is not UNSET
    }
