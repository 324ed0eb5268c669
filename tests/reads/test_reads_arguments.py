"""Arguments come to what Strawberry makes of them, whichever fields of them are given, null or left out."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    Undefined,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from strawberry.types.arguments import convert_argument

from app.graphql.schema import schema
from app.reads.arguments import Arguments

DEEPEST = 4
CONVERTER = schema.schema_converter
ROOTS = (schema._schema.query_type, schema._schema.mutation_type)


def taking() -> Iterator[tuple[str, Any, GraphQLInputType]]:
    """Every argument that Python takes: where, as Strawberry knows it, and as graphql-core does."""
    for root in filter(None, ROOTS):
        for name, field in root.fields.items():
            for argument in field.extensions["strawberry-definition"].arguments:
                called = CONVERTER.config.name_converter.from_argument(argument)
                yield f"{name}.{called}", argument.type, field.args[called].type


def value_of(type_: Any, which: str, depth: int = 0) -> Any:
    """A coerced value: `whole`, `least` with nothing that may be left out, or `nulls` for whatever may be null."""
    nullable = not is_non_null_type(type_)
    if nullable and (which == "nulls" or depth > DEEPEST):
        return None
    type_ = get_nullable_type(type_)
    if is_list_type(type_):
        return [value_of(type_.of_type, which, depth + 1) for _ in range(2)]
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: value_of(field.type, which, depth + 1)
            for name, field in type_.fields.items()
            if which != "least" or is_required_input_field(field) or field.default_value is not Undefined
        }
    return next(iter(type_.values.values())).value if isinstance(type_, GraphQLEnumType) else f"a {type_}"


@pytest.mark.parametrize("which", ["whole", "least", "nulls"])
def test_arguments_come_to_what_strawberry_makes_of_them(which: str) -> None:
    """Of all inputs, and of the inputs in them; a list is a copy."""
    arguments = Arguments(CONVERTER)
    seen = 0
    for name, type_, graphql in taking():
        value = value_of(graphql, which)
        wanted = convert_argument(value, type_, CONVERTER.scalar_registry, CONVERTER.config)
        found = arguments.of(type_)(value)
        assert found == wanted, name
        assert not isinstance(value, list) or found is not value
        seen += 1
    assert seen > 80


def test_every_mutation_is_called_without_detours() -> None:
    """Or else the way around Strawberry's conversion is not taken any more."""
    made = Arguments.resolver.__qualname__
    assert schema._schema.mutation_type is not None
    for name, field in schema._schema.mutation_type.fields.items():
        assert field.resolve.__qualname__.startswith(made), name
