"""The proof that an expression is never NULL, from NOT NULL columns upwards."""

from typing import Any

from sqlalchemy import BindParameter, Case, Cast, Column, ColumnElement, Exists, Label, ScalarSelect, TypeCoerce
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, ClauseList, ColumnClause, Grouping, UnaryExpression
from sqlalchemy.sql.functions import FunctionElement

from app.reads.binds import NOW, Slot
from app.reads.expressions import NeverNull

# Functions that answer NULL only when they are given one
STRICT = frozenset(
    """
    abs array_length btrim cardinality ceil convert_to date_trunc encode extract floor jsonb_array_length left length
    lower ltrim md5 mod replace right round rtrim split_part strpos substr substring timezone to_char trim_scale upper
    """.split()
)
AGGREGATES = frozenset("array_agg avg bool_and bool_or count json_agg jsonb_agg max min string_agg sum".split())
_GETTERS = {operators.json_getitem_op, operators.json_path_getitem_op, operators.getitem}


def never_null(expression: Any) -> bool:
    """Whether an expression can be proved never to be NULL."""
    if isinstance(expression, ColumnElement) and isinstance(expression.type, NeverNull):
        return True
    if isinstance(expression, Column):
        return not expression.nullable
    if isinstance(expression, ColumnClause):
        return expression is NOW or (expression.is_literal and not isinstance(expression, Slot))
    if isinstance(expression, BindParameter):
        return expression.value is not None
    if isinstance(expression, Label | Grouping):
        return never_null(expression.element)
    if isinstance(expression, TypeCoerce | Cast):
        return never_null(expression.clause)
    if isinstance(expression, ScalarSelect | Exists):
        return isinstance(expression, Exists) or _always_one(expression)
    return _of_operands(expression)


def _of_operands(expression: Any) -> bool:
    if isinstance(expression, FunctionElement):
        arguments = list(expression.clauses)
        if expression.name == "coalesce":
            return any(map(never_null, arguments))
        return expression.name == "count" or (expression.name in STRICT and all(map(never_null, arguments)))
    if isinstance(expression, Case):
        results = [result for _, result in expression.whens]
        return expression.else_ is not None and all(map(never_null, [*results, expression.else_]))
    if isinstance(expression, BinaryExpression):
        if expression.operator in (operators.is_, operators.is_not):
            return True
        known = getattr(expression.operator, "opstring", "") not in ("->", "->>", "#>", "#>>")
        getter = expression.operator in _GETTERS or not known
        return not getter and never_null(expression.left) and never_null(expression.right)
    if isinstance(expression, UnaryExpression):
        return never_null(expression.element)
    if isinstance(expression, ClauseList) or type(expression).__name__ in ("BooleanClauseList", "ExpressionClauseList"):
        return all(map(never_null, expression.clauses))
    return type(expression).__name__ in ("True_", "False_")


def _always_one(scalar: ScalarSelect[Any]) -> bool:
    """Whether a sub-select always has its one row: it aggregates and does not group."""
    select: Any = scalar.element
    chosen = list(select._raw_columns)
    grouped = bool(select._group_by_clauses) or bool(select._having_criteria) or select._limit_clause is not None
    aggregated = any(getattr(each, "name", None) in AGGREGATES for each in visitors.iterate(chosen[0]))
    return len(chosen) == 1 and aggregated and not grouped and never_null(chosen[0])
