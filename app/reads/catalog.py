"""What the engine knows of a built schema: which GraphQL type and field reads what."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from uuid import UUID

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from sqlalchemy import ColumnElement, FromClause, Integer, Table, true
from strawberry.types.field import StrawberryField

from app.domain.access import Audience
from app.reads.declare import KEY, FieldReads, NestedField, PageField, TypeReads
from app.reads.expressions import PublicId, json_value, key_of
from app.reads.inputs import Decode, decoder
from app.reads.rendering import DeclarationError, conjuncts, filled, joined, placed, template
from app.reads.visibility import Rule, Standing

BACKREF = "strawberry-definition"
SHARED = ("Connection", "Edge", "PageInfo")


@dataclass(frozen=True, eq=False)
class Field:
    """A field of a GraphQL type, with what it reads and the type of the object it answers."""

    name: str
    graphql: GraphQLField
    strawberry: StrawberryField
    reads: FieldReads
    target: str
    shown: Audience

    @property
    def arguments(self) -> list[Any]:
        """The arguments as Strawberry knows them."""
        return self.strawberry.arguments


@dataclass(eq=False)
class Entity:
    """A GraphQL type that stands on rows of a table."""

    name: str
    graphql: GraphQLObjectType | GraphQLInterfaceType
    cls: type
    reads: TypeReads
    fields: dict[str, Field] = field(default_factory=dict)
    members: list["Entity"] = field(default_factory=list)
    children: dict[Any, "Entity"] = field(default_factory=dict)
    _texts: dict[Any, str] = field(default_factory=dict)
    _shared: dict[Any, bool] = field(default_factory=dict)

    @property
    def row(self) -> FromClause:
        """The table, or the stand-in, whose rows the type's objects are."""
        return self.reads.row

    @property
    def key(self) -> ColumnElement[Any]:
        """The primary key that public ids and `ref` name."""
        columns = list(self.row.primary_key) if isinstance(self.row, Table) else []
        if len(columns) != 1:
            raise DeclarationError(f"{self.name} cannot be looked up: its table has no key of one column")
        return columns[0]

    @property
    def key_type(self) -> type[UUID] | type[int]:
        """The Python type of the key."""
        return int if isinstance(self.key.type, Integer) else UUID

    def text(self, expression: ColumnElement[Any], alias: str) -> str:
        """An expression of the type's row, as SQL over the alias."""
        return self._cached(("row", id(expression)), lambda: template(expression, self.row), alias)

    def json(self, expression: ColumnElement[Any], alias: str) -> str:
        """The same, as it stands in JSON."""
        return self._cached(("json", id(expression)), lambda: template(json_value(expression), self.row), alias)

    def input(self, expression: ColumnElement[Any], alias: str) -> str:
        """The same, as a computed field's function is given it."""
        made = lambda: template(json_value(expression, exact=True), self.row)  # noqa: E731
        return self._cached(("input", id(expression)), made, alias)

    def filled_json(self, expression: ColumnElement[Any], target: "Entity", nested: NestedField, alias: str) -> str:
        """An expression of a nested object's stand-in row, over this type's row."""

        def made() -> str:
            return template(json_value(filled(expression, target.row, nested.columns)), self.row)

        return self._cached(("nested", id(expression), id(nested)), made, alias)

    def join(self, on: Any, parent: "Entity", alias: str, parent_alias: str) -> str:
        """The condition that joins this type's row to a row of the parent."""
        made = lambda: joined(on, self.row, parent.row)  # noqa: E731
        return placed(self._cached(("join", id(on), parent.name), made, alias), alias, parent_alias)

    def shares_parent(self, on: Any, parent: "Entity", guard: "Entity | None") -> bool:
        """Whether a join goes by the very condition through which its rows are visible."""
        through = self.reads.through
        if through is None or guard is None or guard.name != through[0]:
            return False
        key = (id(on), parent.name)
        if key not in self._shared:
            wanted = conjuncts(through[1], self.row, parent.row)
            self._shared[key] = wanted <= conjuncts(on, self.row, parent.row)
        return self._shared[key]

    def predicate(self, rule: Rule, standing: Standing, alias: str) -> str | None:
        """A rule's condition on the type's row; None when it always holds, FALSE when it never does."""
        key = ("rule", id(rule), standing)
        if key not in self._texts:
            condition = rule(standing)
            if not isinstance(condition, ColumnElement):
                raise DeclarationError(f"{self.name}: a rule answers a condition, `true()` for everybody")
            self._texts[key] = "" if condition is true() else template(condition, self.row)
        text = self._texts[key]
        return placed(text, alias) if text else None

    def _cached(self, key: Any, make: Callable[[], str], alias: str) -> str:
        if key not in self._texts:
            self._texts[key] = make()
        return placed(self._texts[key], alias) if key[0] != "join" else self._texts[key]


@dataclass(eq=False)
class Catalog:
    """All entities of a schema, and the fields elsewhere that read them."""

    schema: GraphQLSchema
    strawberry: Any
    entities: dict[str, Entity] = field(default_factory=dict)
    elsewhere: dict[tuple[str, str], Field] = field(default_factory=dict)

    def entity(self, name: str) -> Entity:
        """The entity of a GraphQL type."""
        if name not in self.entities:
            raise DeclarationError(f"{name} is not declared with `@reads`")
        return self.entities[name]

    def of(self, cls: type) -> Entity:
        """The entity of a declared class."""
        return self.entity(cast(Any, cls).__strawberry_definition__.name)

    def by_prefix(self, public: str) -> Entity | None:
        """The entity that public ids of this kind belong to."""
        head = public.partition("_")[0]
        return next((entity for entity in self.entities.values() if entity.reads.prefix == head), None)

    def located(self, public: str, target: str) -> tuple[Entity, Any] | None:
        """The entity and the key that a public id names, where an object of the target is asked for."""
        entity = self.by_prefix(public)
        if entity is None or entity not in self.candidates(target):
            return None
        key = key_of(entity.reads.prefix or "", public, entity.key_type)
        return None if key is None else (entity, key)

    def candidates(self, name: str) -> list[Entity]:
        """The entities an object of a type may be: itself, an interface's or a union's members."""
        if name in self.entities and not self.entities[name].members:
            return [self.entities[name]]
        if name in self.entities:
            return self.entities[name].members
        abstract = self.schema.type_map[name]
        possible = self.schema.get_possible_types(cast(Any, abstract))
        return [self.entities[member.name] for member in possible if member.name in self.entities]

    def reads_any(self, name: str) -> bool:
        """Whether objects of a GraphQL type may come from the engine."""
        if name in self.entities:
            return True
        abstract = isinstance(self.schema.type_map.get(name), GraphQLInterfaceType | GraphQLUnionType)
        return abstract and bool(self.candidates(name))

    def audiences(self) -> dict[tuple[str, str], Audience]:
        """Every field that the engine answers, by type and name, with the roles it is shown to."""
        declared = {
            (entity.name, name): each.shown for entity in self.entities.values() for name, each in entity.fields.items()
        }
        return declared | {place: each.shown for place, each in self.elsewhere.items()}


def build_catalog(strawberry_schema: Any) -> Catalog:
    """Read the declarations out of a built schema."""
    schema: GraphQLSchema = strawberry_schema._schema
    catalog = Catalog(schema, strawberry_schema)
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            _add_type(catalog, name, type_)
    for entity in catalog.entities.values():
        if isinstance(entity.graphql, GraphQLInterfaceType):
            possible = schema.get_possible_types(entity.graphql)
            entity.members = [catalog.entities[member.name] for member in possible if member.name in catalog.entities]
    return catalog


def _add_type(catalog: Catalog, name: str, type_: GraphQLObjectType | GraphQLInterfaceType) -> None:
    definition = type_.extensions.get(BACKREF)
    cls = getattr(definition, "origin", None)
    declared = getattr(cls, "__dict__", {}).get("__reads__")
    entity = Entity(name, type_, cast(type, cls), declared) if declared else None
    if entity:
        catalog.entities[name] = entity
    for field_name, graphql in type_.fields.items():
        known = graphql.extensions.get(BACKREF)
        found = known.metadata.get(KEY) if isinstance(known, StrawberryField) else None
        if found is None:
            if entity:
                raise DeclarationError(f"{name}.{field_name} is declared by none of the specifiers of app.reads")
            continue
        made = Field(field_name, graphql, cast(StrawberryField, known), found, target_of(graphql, found), found.to)
        if entity:
            entity.fields[field_name] = made
        else:
            catalog.elsewhere[name, field_name] = made


def target_of(graphql: GraphQLField, reads: FieldReads) -> str:
    """The name of the type of the objects that a field answers."""
    named: GraphQLNamedType = get_named_type(graphql.type)
    if isinstance(reads, PageField) and isinstance(named, GraphQLObjectType) and "nodes" in named.fields:
        named = get_named_type(named.fields["nodes"].type)
    return str(named.name)


@cache
def decoders(reads: Any) -> tuple[Decode, ...]:
    """What turns the inputs of a computed field back into Python values."""
    return tuple(decoder(source) for source in reads.inputs)


def is_prefixed(expression: ColumnElement[Any], prefix: str) -> bool:
    """Whether an expression is the public id of this noun."""
    return isinstance(expression.type, PublicId) and expression.type.prefix == prefix
