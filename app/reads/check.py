"""What is checked of declarations before they are served: none may fail or answer wrongly."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, is_non_null_type, is_nullable_type

from app.domain.access import PARTIES
from app.reads.catalog import Catalog, Entity, Field, is_prefixed
from app.reads.declare import (
    NOTHING,
    AloneField,
    ColumnField,
    ComputedField,
    ListField,
    LookupField,
    OneField,
    TallyField,
)
from app.reads.descriptions import undescribed
from app.reads.field_checks import (
    STANDINGS,
    field_problems,
    not_null_problems,
    relation_problems,
    shape_problems,
    tally_problems,
    try_rule,
)
from app.reads.inputs import Looking, Now
from app.reads.rendering import DeclarationError


def check(catalog: Catalog) -> None:
    """Raise a DeclarationError that names everything wrong with a schema's declarations."""
    problems = [*undescribed(catalog.schema), *_prefixes(catalog)]
    for entity in catalog.entities.values():
        problems += _tried(entity.name, partial(_entity, catalog, entity))
        for field in entity.fields.values():
            problems += _tried(f"{entity.name}.{field.name}", partial(field_problems, catalog, entity, field))
    for (name, _), field in catalog.elsewhere.items():
        problems += _tried(f"{name}.{field.name}", partial(_root, catalog, field))
    if problems:
        raise DeclarationError("\n".join(problems))


def _tried(place: str, checks: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return [f"{place}: {problem}" for problem in checks()]
    except (DeclarationError, TypeError, KeyError, AttributeError) as error:
        return [f"{place}: {type(error).__name__}: {error}"]


def _prefixes(catalog: Catalog) -> Iterator[str]:
    prefixes = [entity.reads.prefix for entity in catalog.entities.values() if entity.reads.prefix]
    yield from (f"the prefix {each} belongs to two types" for each in set(prefixes) if prefixes.count(each) > 1)


# --- types ------------------------------------------------------------------------------------------------------


def _entity(catalog: Catalog, entity: Entity) -> Iterator[str]:
    reads = entity.reads
    if reads.visible is not None:
        try_rule(entity, reads.visible)
    if reads.through is not None:
        parent = catalog.entity(reads.through[0])
        entity.join(reads.through[1], parent, "a", "b")
        if parent.reads.part:
            yield "its parent is a part, which has no rule of its own"
    if reads.when is not None:
        entity.text(reads.when, "a")
    if reads.prefix is not None:
        public = entity.fields.get("id")
        known = public is not None and isinstance(public.reads, ColumnField)
        if not known or not is_prefixed(public.reads.expression, reads.prefix):  # type: ignore[union-attr]
            yield f'its id must be `public_id("{reads.prefix}", …)`'
        if entity.key.nullable:
            yield "its key may be NULL"
    yield from _interface(entity)


def _interface(entity: Entity) -> Iterator[str]:
    if not isinstance(entity.graphql, GraphQLInterfaceType):
        return
    rest = [member.name for member in entity.members if member.reads.when is None]
    if len(rest) != 1:
        yield f"exactly one member must be without `when`, for rows of no other kind; found {rest}"
    for member in entity.members:
        if member.row is not entity.row:
            yield f"{member.name} stands on another table"
        elif _rule_text(member) != _rule_text(entity):
            yield f"{member.name} has another rule of visibility"


def _rule_text(entity: Entity) -> Any:
    reads = entity.reads
    rules = reads.visible and [entity.predicate(reads.visible, standing, "a") for standing in STANDINGS]
    through = reads.through and (reads.through[0], str(reads.through[1]))
    return rules, through


# --- fields outside of any row ----------------------------------------------------------------------------------


def _root(catalog: Catalog, field: Field) -> Iterator[str]:
    reads = field.reads
    if reads.only is not None:
        yield "`only` needs a row"
    if reads.to != PARTIES and not is_nullable_type(field.graphql.type):
        yield "it is not shown to everybody and must be nullable"
    yield from shape_problems(field)
    if isinstance(reads, OneField | ListField):
        yield from relation_problems(catalog, None, field, reads)
    elif isinstance(reads, TallyField):
        yield from tally_problems(catalog, None, field, reads)
    elif isinstance(reads, LookupField):
        yield from _lookup(catalog, field, reads)
    elif isinstance(reads, AloneField):
        if catalog.entity(field.target).row is not NOTHING:
            yield f"{field.target} must stand on NOTHING"
        yield from not_null_problems(field, False)
    elif not isinstance(reads, ComputedField) or not all(isinstance(each, Now | Looking) for each in reads.inputs):
        yield "it needs a row to be read from"


def _lookup(catalog: Catalog, field: Field, reads: LookupField) -> Iterator[str]:
    type_ = field.graphql.type
    inner = get_list_item(type_) if reads.several else type_
    if not is_nullable_type(inner):
        yield "what is looked up may not exist: it must be nullable"
    candidates = catalog.candidates(field.target)
    if not candidates:
        yield f"no object of {field.target} is declared with `@reads`"
    for entity in candidates:
        if entity.reads.part:
            yield f"{entity.name} is a part: nothing says who may see it"
        if reads.by is None and not isinstance(catalog.schema.type_map[field.target], GraphQLObjectType):
            continue
        if reads.by is None and entity.reads.prefix is None:
            yield f"{entity.name} has no prefix to be looked up by"
        if reads.by is not None:
            entity.text(reads.by, "a")


def get_list_item(type_: Any) -> Any:
    """The type of a list's elements."""
    return (type_.of_type if is_non_null_type(type_) else type_).of_type
