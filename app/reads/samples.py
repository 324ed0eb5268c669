"""Arguments as `narrow` is given them when all of them are present, to try it before the first request."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.types.arguments import convert_arguments

from app.reads.binds import Binds
from app.reads.catalog import Catalog, Field
from app.reads.declare import PAGING, SORT, PageField

_SAMPLES: dict[str, Any] = {
    "Int": 1,
    "Float": 1.0,
    "Decimal": Decimal(1),
    "DateTime": datetime(2000, 1, 1, tzinfo=UTC),
    "Date": date(2000, 1, 1),
    "UUID": UUID(int=0),
}


def sample_arguments(catalog: Catalog, field: Field, binds: Binds) -> dict[str, Any]:
    """Every argument of a field that narrows it, by Python name."""
    others = {*PAGING, SORT} if isinstance(field.reads, PageField) and field.reads.sorts else PAGING.keys()
    given = {name: _sample(argument.type, binds) for name, argument in field.graphql.args.items() if name not in others}
    converter = catalog.strawberry.schema_converter
    return convert_arguments(given, field.arguments, converter.scalar_registry, converter.config)


def _sample(type_: Any, binds: Binds, within: frozenset[str] = frozenset()) -> Any:
    """A value of a type; an input object that holds objects of its own type has them once, and without more of them."""
    if is_non_null_type(type_):
        return _sample(type_.of_type, binds, within)
    if is_list_type(type_):
        return [_sample(type_.of_type, binds, within)]
    if isinstance(type_, GraphQLInputObjectType):
        fields = {name: each for name, each in type_.fields.items() if get_named_type(each.type).name not in within}
        return {name: _sample(each.type, binds, within | {type_.name}) for name, each in fields.items()}
    if isinstance(type_, GraphQLEnumType):
        return type_.parse_value(next(iter(type_.values)))
    if type_.name == "Boolean":
        return True
    value = _SAMPLES.get(type_.name, "x")
    return binds.value(value, lambda moment: value)
