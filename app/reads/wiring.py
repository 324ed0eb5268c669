"""Wiring: graphql-core's fields answer from rows that the engine read, and Python's answers may be refs."""

import inspect
from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)

from app.reads.arguments import Arguments
from app.reads.binds import Moment
from app.reads.catalog import BACKREF, SHARED, Catalog, Field, build_catalog, decoders
from app.reads.declare import ColumnField, ComputedField, Ref
from app.reads.objects import TYPE
from app.reads.plans import Engine, Plans
from app.reads.selection import Info

Resolver = Callable[..., Any]


def install(schema: Any) -> Engine:
    """Let a built Strawberry schema read through the engine."""
    catalog = build_catalog(schema)
    engine = Engine(Plans(catalog))
    arguments = Arguments(catalog.strawberry.schema_converter)
    for name, type_ in catalog.schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType):
            _wire_object(engine, arguments, type_)
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType) and catalog.reads_any(name):
            type_.resolve_type = _type_resolver(type_.resolve_type)
    return engine


def _wire_object(engine: Engine, arguments: Arguments, type_: GraphQLObjectType) -> None:
    catalog = engine.catalog
    shared = type_.name in SHARED or any(type_.name.endswith(kind) for kind in SHARED[:2])
    if type_.name in catalog.entities or shared:
        type_.is_type_of = None
    for name, graphql in type_.fields.items():
        if type_ in (catalog.schema.query_type, catalog.schema.mutation_type):
            graphql.resolve = arguments.resolver(graphql.extensions[BACKREF]) or graphql.resolve
        field = catalog.elsewhere.get((type_.name, name))
        if type_.name in catalog.entities:
            graphql.resolve = _row_resolver(catalog.entities[type_.name].fields[name])
        elif field is not None:
            graphql.resolve = _field_resolver(engine, field)
        elif shared:
            graphql.resolve = _keyed(graphql)
        elif catalog.reads_any(get_named_type(graphql.type).name):
            graphql.resolve = _ref_resolver(engine, graphql)


def _keyed(graphql: GraphQLField) -> Resolver:
    """Reads a row by response key, and a Python object as Strawberry does."""
    otherwise = graphql.resolve
    assert otherwise is not None

    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        return source[info.path.key] if isinstance(source, dict) else otherwise(source, info, **arguments)

    return resolve


def _row_resolver(field: Field) -> Resolver:
    reads, keyed = field.reads, _keyed(field.graphql)
    if isinstance(reads, ComputedField):
        return _computed_resolver(field, reads)
    python = reads.python if isinstance(reads, ColumnField) else None
    if python is None:
        return keyed

    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        return source[info.path.key] if isinstance(source, dict) else python(source)

    return resolve


def _computed_resolver(field: Field, reads: ComputedField) -> Resolver:
    parts, keyed = decoders(reads), _keyed(field.graphql)

    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        if not isinstance(source, dict):
            return keyed(source, info, **arguments)
        values = source[info.path.key]
        if values is None:
            return None
        moment = Moment({}, info.context.viewer, info.context.now)
        return reads.function(*(part(value, moment) for part, value in zip(parts, values, strict=True)))

    return resolve


def _field_resolver(engine: Engine, field: Field) -> Resolver:
    async def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        return await engine.field(field, info)

    return resolve


def _ref_resolver(engine: Engine, graphql: GraphQLField) -> Resolver:
    """Reads the refs that a Python resolver answers; anything else is passed on."""
    otherwise = graphql.resolve
    assert otherwise is not None

    def resolve(source: Any, info: Info, **arguments: Any) -> Any:
        answer = otherwise(source, info, **arguments)
        return _awaited(engine, answer, info) if inspect.isawaitable(answer) else _read(engine, answer, info)

    return resolve


async def _awaited(engine: Engine, answer: Any, info: Info) -> Any:
    read = _read(engine, await answer, info)
    return await read if inspect.isawaitable(read) else read


def _read(engine: Engine, answer: Any, info: Info) -> Any:
    if isinstance(answer, Ref):
        return _first(engine, answer, info)
    if isinstance(answer, list) and any(isinstance(each, Ref) for each in answer):
        return engine.refs(answer, info)
    return answer


async def _first(engine: Engine, ref: Ref, info: Info) -> Any:
    return (await engine.refs([ref], info))[0]


def _type_resolver(otherwise: Any) -> Resolver:
    def resolve_type(value: Any, info: Info, abstract: Any) -> Any:
        return value[TYPE] if isinstance(value, dict) else otherwise(value, info, abstract)

    return resolve_type


def audiences(catalog: Catalog) -> dict[tuple[str, str], Any]:
    """Every field that the engine answers, with the roles it is shown to."""
    return catalog.audiences()
