"""The statements of what stands outside of any row: root fields, and objects that are referred to by their keys."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, literal

from app.domain.access import PARTIES
from app.reads.binds import Getter, Moment, marked, sql_name
from app.reads.catalog import Catalog, Entity, Field
from app.reads.compiling import Compiler
from app.reads.declare import NOTHING, AloneField, ComputedField, ListField, LookupField, OneField, TallyField
from app.reads.expressions import key_of
from app.reads.objects import Row
from app.reads.rendering import DeclarationError
from app.reads.selection import Details, Selection


def field_text(compiler: Compiler, field: Field, details: Details) -> str:
    """The statement of a field that stands outside of any row."""
    reads = field.reads
    if reads.only is not None:
        raise DeclarationError(f"{field.name}: `only` needs a row")
    if reads.to != PARTIES and compiler.standing.role not in reads.to:
        return "SELECT NULL::json"
    if isinstance(reads, LookupField):
        return lookup_text(compiler, field, reads, details)
    if isinstance(reads, AloneField):
        return alone_text(compiler, field, details)
    if isinstance(reads, ComputedField) and compiler.holes:
        return f"SELECT {compiler.holes.add(field, reads, ['NULL' for _ in reads.inputs], details)}"
    if isinstance(reads, OneField | ListField):
        return f"SELECT {compiler.relation(field, reads, None, details)}"
    if isinstance(reads, TallyField):
        return f"SELECT {compiler.tallies(field, reads, None, details)}"
    raise DeclarationError(f"{field.name} needs a row to be read from")


def lookup_text(compiler: Compiler, field: Field, reads: LookupField, details: Details) -> str:
    """One object by a unique column."""
    entity = compiler.catalog.entity(field.target)
    value = next(iter(compiler.selection.arguments(field, details).values()))
    row = Row(compiler.alias(), entity, entity)
    if reads.by is None:
        condition = entity.key == key_of(entity.reads.prefix or "", value, entity.key_type)
    else:
        condition = reads.by == value
    conditions = [f"({compiler.fresh(entity, condition, row.alias)})", *compiler.visible(entity, row.alias)]
    return f"SELECT {compiler.object(row, details)} FROM {compiler.source(row, conditions)}"


def alone_text(compiler: Compiler, field: Field, details: Details) -> str:
    """An object on no table; nobody gets none."""
    entity = compiler.catalog.entity(field.target)
    if entity.row is not NOTHING:
        raise DeclarationError(f"{entity.name} stands on a table")
    if compiler.standing.role is None:
        return "SELECT NULL::json"
    return f"SELECT {compiler.object(Row('', entity, entity), details)}"


def refs_text(compiler: Compiler, entity: Entity, details: Details, typed: bool) -> str:
    """The objects of one type with these keys, each with its key."""
    row = Row(compiler.alias(), entity, entity)
    key = entity.text(entity.key, row.alias)
    wanted = f"{key} = ANY({compiler.binds.keys(entity.name, entity.key.type)})"
    conditions = [wanted, *compiler.visible(entity, row.alias)]
    text = compiler.object(row, details, typed)
    label = compiler.fresh(entity, literal(entity.name), row.alias)
    return f"SELECT {label} AS t, {key}::text AS k, {text} AS j FROM {compiler.source(row, conditions)}"


def by_key_text(compiler: Compiler, entity: Entity, key: str, details: Details) -> str:
    """The object of a type with this key, as a value; NULL for what cannot be seen."""
    row = Row(compiler.alias(), entity, entity)
    conditions = [f"{entity.text(entity.key, row.alias)} = {key}", *compiler.visible(entity, row.alias)]
    return f"(SELECT {compiler.object(row, details)} FROM {compiler.source(row, conditions)})"


def by_keys_text(compiler: Compiler, entity: Entity, group: Hashable, details: Details) -> str:
    """The objects of one type with the keys of a group, in their order, as an array."""
    keys = compiler.binds.keys(group, entity.key.type)
    each = by_key_text(compiler, entity, "i.k", details)
    return f"(SELECT array_agg({each} ORDER BY i.n) FROM unnest({keys}) WITH ORDINALITY AS i(k, n))"


def by_one_key_text(compiler: Compiler, entity: Entity, group: Hashable, details: Details) -> str:
    """The same of a group with one key: for so little the server keeps a plan, where for an array it plans anew."""
    key = compiler.binds.key(group, entity.key.type)
    return f"ARRAY[{by_key_text(compiler, entity, key, details)}]"


def has_kinds(catalog: Catalog, field: Field) -> bool:
    """Whether a root field finds objects by public ids that say of which type they are."""
    reads = field.reads
    return isinstance(reads, LookupField) and (reads.several or field.target not in catalog.entities)


@dataclass(frozen=True)
class Ids:
    """The public ids that a field of several types is given."""

    catalog: Catalog
    field: Field
    several: bool
    getters: tuple[Getter, ...]

    @classmethod
    def of(cls, selection: Selection, field: Field, details: Details) -> "Ids":
        """The ids of a field that finds objects by them."""
        assert isinstance(field.reads, LookupField)
        given = selection.arguments(field, details)[field.reads.argument]
        slots = given if field.reads.several else [given]
        return cls(selection.catalog, field, field.reads.several, tuple(slot.get for slot in slots))

    def kinds(self, moment: Moment) -> tuple[str, ...]:
        """The names of their types, each once: what the statement depends on of their values."""
        return tuple(sorted({entity.name for entity, _ in filter(None, self._found(moment))}))

    def _found(self, moment: Moment) -> "list[tuple[Entity, Any] | None]":
        return [self.catalog.located(get(moment), self.field.target) for get in self.getters]

    def _keys(self, moment: Moment) -> list[Any]:
        return [found and found[1] for found in self._found(moment)]

    def text(self, compiler: Compiler, kinds: tuple[str, ...], details: Details) -> str:
        """Their objects, given the names of their types."""
        entities = [self.catalog.entity(name) for name in kinds]
        if not self.several:
            return self._one(compiler, entities[0], details) if entities else "NULL::json"
        binds = compiler.binds
        names = binds.array(Text(), lambda moment: [found and found[0].name for found in self._found(moment)])
        keys = binds.array(Text(), lambda moment: [key and str(key) for key in self._keys(moment)])
        cases = [
            f"WHEN '{each.name}' THEN {by_key_text(compiler, each, f'i.k::{sql_name(each.key.type)}', details)}"
            for each in entities
        ]
        value = f"CASE i.t {' '.join(cases)} END" if cases else "NULL::json"
        listed = f"coalesce(json_agg({value} ORDER BY i.n), '[]'::json)"
        return f"(SELECT {listed} FROM unnest({names}, {keys}) WITH ORDINALITY AS i(t, k, n))"

    def _one(self, compiler: Compiler, entity: Entity, details: Details) -> str:
        key = compiler.binds.add(entity.key.type, lambda moment: self._keys(moment)[0])
        return by_key_text(compiler, entity, marked(key.slot, key.type), details)
