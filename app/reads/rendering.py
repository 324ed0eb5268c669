"""Expressions as text templates: compiled once, with names in place of the aliases of the rows they stand on."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, literal_column, select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnClause, UnaryExpression
from sqlalchemy.sql.visitors import replacement_traverse

ROW, PARENT = "row__", "parent__"
Self = Callable[[Any, Any], ColumnElement[bool]]
On = ColumnElement[bool] | Self

_dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
# PostgreSQL's strings are standard-conforming: a backslash is itself
_dialect._backslash_escapes = False


class DeclarationError(TypeError):
    """A declaration that cannot be compiled, or could answer wrongly."""


def moved(expression: ColumnElement[Any], tables: Mapping[FromClause, FromClause]) -> ColumnElement[Any]:
    """The expression with the columns of each table taken from its stand-in."""

    def replace(element: Any, **_: Any) -> Any:
        table = element.table if isinstance(element, ColumnClause) else None
        return tables[table].c[element.key] if table is not None and table in tables else None

    replaced: ColumnElement[Any] = replacement_traverse(expression, {}, replace)
    return replaced


def filled(expression: ColumnElement[Any], row: FromClause, values: Mapping[str, Any]) -> ColumnElement[Any]:
    """The expression with expressions in place of a stand-in row's columns."""

    def replace(element: Any, **_: Any) -> Any:
        if isinstance(element, ColumnClause) and element.table is row:
            return values[element.key].self_group(against=operators.getitem)
        return None

    replaced: ColumnElement[Any] = replacement_traverse(expression, {}, replace)
    return replaced


@cache
def _alias(table: FromClause, name: str) -> Any:
    """A table under a name; making one anew would copy all its columns."""
    return table.alias(name)


def template(expression: ColumnElement[Any], row: FromClause | None, parent: FromClause | None = None) -> str:
    """The text of an expression over one row, and perhaps its parent, named ROW and PARENT."""
    tables = {table: _alias(table, name) for table, name in ((parent, PARENT), (row, ROW)) if table is not None}
    return _text(moved(expression, tables), list(tables.values()))


def joined(on: On, row: FromClause, parent: FromClause | None) -> str:
    """The text of the condition that joins a row to its parent."""
    if isinstance(on, ColumnElement):
        if row is parent:
            raise DeclarationError(f"{row} joins itself: write the condition as a function of parent and child")
        return template(on, row, parent)
    if parent is None:
        raise DeclarationError("a condition of parent and child needs a parent")
    above, below = _alias(parent, PARENT), _alias(row, ROW)
    return _text(on(above.c, below.c), [above, below])


def conjuncts(on: On, row: FromClause, parent: FromClause | None) -> frozenset[str]:
    """The conditions of a join, one by one."""
    if not isinstance(on, ColumnElement):
        return frozenset({joined(on, row, parent)})
    clauses = getattr(on, "clauses", None)
    parts = clauses if getattr(on, "operator", None) is operators.and_ and clauses is not None else [on]
    return frozenset(_condition(part, row, parent) for part in parts)


def _condition(part: Any, row: FromClause, parent: FromClause | None) -> str:
    """The text of a condition, the same whichever way round an equality is written."""
    if getattr(part, "operator", None) is not operators.eq:
        return template(part, row, parent)
    return " = ".join(sorted(template(side, row, parent) for side in (part.left, part.right)))


def tables_of(expression: ColumnElement[Any]) -> set[FromClause]:
    """The tables whose columns an expression names."""
    return {table for table in expression._from_objects if not isinstance(table, ColumnClause)}


def placed(text: str, row: str, parent: str = "") -> str:
    """A template with the aliases of its rows."""
    return text.replace(ROW, row).replace(PARENT, parent)


def direction(order: ColumnElement[Any]) -> tuple[ColumnElement[Any], bool]:
    """The expression of an ORDER BY and whether it descends."""
    if isinstance(order, UnaryExpression) and order.modifier in (operators.desc_op, operators.asc_op):
        return order.element, order.modifier is operators.desc_op
    return order, False


def _text(expression: ColumnElement[Any], rows: list[Any]) -> str:
    statement = select(expression.label("x__")).select_from(*rows)
    head, _, tail = _compiled(statement).rpartition(" AS x__")
    if any(f" AS {name}" in head for name in (ROW, PARENT)):
        raise DeclarationError(
            f"{expression} has a sub-select over any row in place of this one: do not `correlate` it"
        )
    if tail != _source(*rows):
        raise DeclarationError(f"{expression} reads other tables than {', '.join(map(str, rows)) or 'none'}:{tail}")
    return head.removeprefix("SELECT ")


@cache
def _source(*rows: Any) -> str:
    """What follows the columns of a statement that reads these rows and nothing else."""
    empty: Any = select(literal_column("1").label("x__")).select_from(*rows)
    return _compiled(empty).rpartition(" AS x__")[2]


def _compiled(statement: Any) -> str:
    return str(statement.compile(dialect=_dialect, compile_kwargs={"literal_binds": True}))
