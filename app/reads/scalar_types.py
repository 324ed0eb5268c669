"""Which SQL types may stand behind which GraphQL scalars."""

from enum import Enum
from typing import Any

from graphql import GraphQLEnumType, GraphQLScalarType, is_list_type, is_non_null_type
from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Date, DateTime, Float, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import String

from app.reads.expressions import EnumText, ExactText, PublicId, sql_type

_BUILT_IN: dict[str, tuple[type, ...]] = {
    "Int": (Integer,),
    "Float": (Float,),
    "Boolean": (Boolean,),
    "ID": (PublicId,),
    "Decimal": (Numeric, ExactText),
    "DateTime": (DateTime,),
    "Date": (Date,),
}


def mismatch(graphql: Any, expression: ColumnElement[Any]) -> str | None:
    """What is wrong with an expression behind a field of this type, if anything."""
    return _mismatch(graphql, sql_type(expression))


def _mismatch(graphql: Any, type_: Any) -> str | None:
    if is_non_null_type(graphql):
        return _mismatch(graphql.of_type, type_)
    if is_list_type(graphql):
        if isinstance(type_, JSONB):
            return None
        return _mismatch(graphql.of_type, type_.item_type) if isinstance(type_, ARRAY) else f"{type_!r} is no list"
    if isinstance(graphql, GraphQLEnumType):
        return _enum_mismatch(graphql, type_)
    assert isinstance(graphql, GraphQLScalarType)
    if graphql.name == "Int" and isinstance(type_, BigInteger):
        return "a BIGINT does not fit into Int: cast it, or show it as text or Money"
    allowed = _BUILT_IN.get(graphql.name, (String, Text))
    exact = not (graphql.name == "Decimal" and isinstance(type_, Integer | Float))
    if isinstance(type_, DateTime) and not type_.timezone:
        return "an instant needs its zone: timestamptz"
    return None if isinstance(type_, allowed) and exact else f"{type_!r} does not fit into {graphql.name}"


def _enum_mismatch(graphql: GraphQLEnumType, type_: Any) -> str | None:
    if not isinstance(type_, EnumText):
        return "say `as_enum(…)` of the column"
    members: dict[str, Enum] = dict(type_.enum.__members__)
    if set(members) != set(graphql.values):
        return f"{type_.enum.__name__} is not the enum behind {graphql.name}"
    wrong = [name for name, member in members.items() if member.value != name]
    return f"{', '.join(wrong)} of {graphql.name} is not stored by its name" if wrong else None
