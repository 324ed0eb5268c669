"""Every element of a schema has a description."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)


def undescribed(schema: GraphQLSchema) -> list[str]:
    """What of a schema has no description."""
    return [f"{name} has no description" for name in _bare(schema)]


def _bare(schema: GraphQLSchema) -> Iterator[str]:
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        if not type_.description:
            yield name
        if isinstance(type_, GraphQLEnumType):
            yield from (f"{name}.{value}" for value, each in type_.values.items() if not each.description)
        elif isinstance(type_, GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field, each in type_.fields.items() if not each.description)
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            yield from _fields(name, type_)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield from [f"@{directive.name}"] if not directive.description else []
            yield from (f"@{directive.name}({at})" for at, each in directive.args.items() if not each.description)


def _fields(name: str, type_: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[str]:
    for field, each in type_.fields.items():
        if not each.description:
            yield f"{name}.{field}"
        yield from (f"{name}.{field}({at})" for at, argument in each.args.items() if not argument.description)
