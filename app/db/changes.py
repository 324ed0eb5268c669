"""Changes of rows, of many tables by one statement: each kind of change of a table takes all its rows as one JSON."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.driver import within
from app.db.rows import changed_values

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change, with its rows: records, or mappings from columns to values.

    `$rows` stands for the rows in its statement. Others refer to what it returns by its name, if it has one, and of a
    `strict` one all rows must be there.
    """

    statement: str
    rows: Sequence[Any]
    name: str = ""
    strict: bool = False


class Missing(LookupError):
    """A row that was to be changed is not there."""


def rowset(columns: Mapping[str, str]) -> str:
    """The rows of a change as a table of columns of these types, by the name `given`."""
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    return f"json_to_recordset($rows::json) AS given ({typed})"


def insertion(table: Table[Any], rows: Sequence[Any]) -> Change:
    """New rows, all with the columns of the first."""
    first = rows[0]
    names = tuple(field.name for field in fields(first)) if is_dataclass(first) else tuple(first)
    return Change(_insertion(table, names), rows)


def deletion(table: Table[Any], ids: Iterable[UUID]) -> Change:
    """Rows that go."""
    return Change(_deletion(table), [{"id": id} for id in ids])


def updates(table: Table[Any], pairs: Iterable[tuple[Any, Any]]) -> list[Change]:
    """What differs between the records of each pair: only columns that changed, and together the rows in which the
    same ones did.
    """
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for before, after in pairs:
        if before is not after and (values := changed_values(before, after)):
            together.setdefault(tuple(values), []).append({"id": after.id, **values})
    return [Change(_update(table, names), rows) for names, rows in together.items()]


@cache
def has_keys(table: Table[Any]) -> bool:
    """Whether rows of a table may stand in each other's way by more than their ids."""
    keys = any(isinstance(constraint, UniqueConstraint) for constraint in table.constraints)
    return keys or any(index.unique for index in table.indexes)


async def make(connection: AsyncConnection, changes: Collection[Change]) -> None:
    """Make changes by one statement; which of them comes first is not said, references are checked at its end."""
    if not changes:
        return
    statement = _together(tuple((each.statement, each.name, each.strict) for each in changes))
    found = await (await within(connection)).fetchrow(statement, *(_json(each.rows) for each in changes))
    assert found is not None
    for each, number in zip((each for each in changes if each.strict), found, strict=True):
        if number != len(each.rows):
            raise Missing(f"{number} of {len(each.rows)} rows are there for {each.name}")


@lru_cache(maxsize=1024)
def _together(parts: tuple[tuple[str, str, bool], ...]) -> str:
    named = [(name or f"change_{number}", text, number) for number, (text, name, _) in enumerate(parts, 1)]
    made = ",\n".join(f"{name} AS ({text.replace('$rows', f'${number}')})" for name, text, number in named)
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for _, name, strict in parts if strict)
    return f"WITH {made}\nSELECT {counts}"


@cache
def _insertion(table: Table[Any], names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {rowset(_types(table, names))}"


@cache
def _deletion(table: Table[Any]) -> str:
    return f"DELETE FROM {table.name} USING {rowset(_types(table, ('id',)))} WHERE {table.name}.id = given.id"


@cache
def _update(table: Table[Any], names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{name}" = given."{name}"' for name in names)
    rows = rowset(_types(table, ("id", *names)))
    return f"UPDATE {table.name} SET {columns} FROM {rows} WHERE {table.name}.id = given.id"


def _types(table: Table[Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: table.c[name].type.compile(_DIALECT) for name in names}


def _json(rows: Sequence[Any]) -> str:
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: Any) -> Any:
    # nearly always an id: of those the driver has a kind of its own
    return str(value) if isinstance(value, UUID) or not isinstance(value, Mapping) else dict(value)
