"""From a selection to the text of one statement: objects, relations, and who may see their rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType
from sqlalchemy import ColumnElement

from app.domain.access import PARTIES
from app.reads.binds import Binds
from app.reads.catalog import Catalog, Entity, Field
from app.reads.declare import (
    ColumnField,
    ComputedField,
    ElementsField,
    FieldReads,
    ListField,
    Narrow,
    NestedField,
    OneField,
    PageField,
    PartField,
    TallyField,
    TypeReads,
)
from app.reads.holes import Holes
from app.reads.inputs import Input, Looking, Now, Record, Rows, Source
from app.reads.objects import TYPE, Row, json_array, json_object
from app.reads.paging import Page
from app.reads.rendering import ROW, DeclarationError, On, direction, placed, tables_of, template
from app.reads.selection import Details, Selection
from app.reads.visibility import Standing


@dataclass
class Compiler:
    """One statement in the making: for one selection, one standing.

    Without `holes` its JSON is for graphql-core to walk: by type where a place is abstract, with the inputs of computed
    fields. With `holes` it is the answer, but for them.
    """

    catalog: Catalog
    selection: Selection
    standing: Standing
    binds: Binds
    holes: Holes | None = None
    _aliases: int = field(default=0)

    def alias(self) -> str:
        """A new name for a row."""
        self._aliases += 1
        return f"r{self._aliases}"

    def object(self, row: Row, details: Details, typed: bool = False) -> str:
        """The JSON of what is selected of a row; `typed` names its type for an abstract place."""
        if row.entity.members:
            return self._members(row, details)
        graphql = row.entity.graphql
        assert isinstance(graphql, GraphQLObjectType)
        pairs = [(TYPE, f"'{graphql.name}'")] if typed and not self.holes else []
        for key, chosen in self.selection.fields(graphql, details).items():
            name = chosen[0].node.name.value
            if not name.startswith("__"):
                pairs.append((key, self._shown(row.entity.fields[name], row, chosen)))
            else:
                pairs += self.named(key, graphql)
        return json_object(pairs)

    def named(self, key: str, graphql: GraphQLObjectType) -> list[tuple[str, str]]:
        """What `__typename` answers, where graphql-core does not."""
        return [(key, f"'{graphql.name}'")] if self.holes else []

    def _members(self, row: Row, details: Details) -> str:
        cases, rest = "", "NULL"
        for member in row.entity.members:
            text = self.object(Row(row.alias, member, row.guard), details, typed=True)
            if member.reads.when is None:
                rest = text
            else:
                cases += f"WHEN {member.text(member.reads.when, row.alias)} THEN {text} "
        return f"CASE {cases}ELSE {rest} END" if cases else rest

    def _shown(self, field: Field, row: Row, details: Details) -> str:
        reads = field.reads
        if reads.to != PARTIES and self.standing.role not in reads.to:
            return "NULL"
        if reads.only is None:
            return self._value(field, reads, row, details)
        condition = row.entity.predicate(reads.only, self.standing, row.alias)
        value = self._value(field, reads, row, details)
        return value if condition is None else f"CASE WHEN {condition} THEN {value} END"

    def _value(self, field: Field, reads: FieldReads, row: Row, details: Details) -> str:
        if isinstance(reads, ColumnField):
            return self._column(reads, row)
        if isinstance(reads, NestedField):
            return self._nested(field, reads, row, details)
        if isinstance(reads, PartField):
            part = Row(row.alias, self.catalog.entity(field.target), row.guard)
            text = self.object(part, details)
            return text if reads.when is None else f"CASE WHEN {self._text(reads.when, row)} THEN {text} END"
        if isinstance(reads, ElementsField):
            return self._elements(field, reads, row, details)
        if isinstance(reads, ComputedField):
            return self._computed(field, reads, row, details)
        if isinstance(reads, OneField | ListField):
            return self.relation(field, reads, row, details)
        if isinstance(reads, TallyField):
            return self.tallies(field, reads, row, details)
        raise DeclarationError(f"{row.entity.name}.{field.name} belongs on a root type")

    def _computed(self, field: Field, reads: ComputedField, row: Row, details: Details) -> str:
        inputs = [self._input(source, row) for source in reads.inputs]
        return self.holes.add(field, reads, inputs, details) if self.holes else json_array(inputs)

    def _column(self, reads: ColumnField, row: Row) -> str:
        if row.nested and row.outer:
            return row.outer.entity.filled_json(reads.expression, row.entity, row.nested, row.outer.alias)
        return row.entity.json(reads.expression, row.alias)

    def _nested(self, field: Field, reads: NestedField, row: Row, details: Details) -> str:
        inner = Row(row.alias, self.catalog.entity(field.target), row.guard, reads, row)
        text = self.object(inner, details)
        first = self._text(next(iter(reads.columns.values())), row)
        return f"CASE WHEN ({first}) IS NOT NULL THEN {text} END"

    def _text(self, expression: Any, row: Row) -> str:
        return row.entity.text(expression, row.alias)

    def _elements(self, field: Field, reads: ElementsField, row: Row, details: Details) -> str:
        alias = self.alias()
        text = self.object(Row(alias, self.catalog.entity(field.target), row.guard), details)
        source = self._text(reads.expression, row)
        listed = f"coalesce(json_agg({text} ORDER BY {alias}.ordinality), '[]'::json)"
        each = f"jsonb_array_elements({source}) WITH ORDINALITY AS {alias}(value, ordinality)"
        return f"CASE WHEN ({source}) IS NOT NULL THEN (SELECT {listed} FROM {each}) END"

    # --- relations ----------------------------------------------------------------------------------------------

    def relation(self, field: Field, reads: OneField | ListField, row: Row | None, details: Details) -> str:
        """The rows that a relation joins, as one JSON value."""
        if isinstance(reads, OneField):
            return self._one(field, reads, row, details)
        arguments = self.selection.arguments(field, details)
        entity = self.catalog.entity(field.target)
        alias = self.alias()
        target = Row(alias, entity, self.guard_of(entity, row))
        where = self.where(target, reads.on, row)
        if isinstance(reads, PageField):
            return Page(self, reads, target, where).text(arguments, details)
        where += self.narrowed(reads.narrow, target, arguments)
        typed = bool(entity.members)
        text = self.object(target, details, typed)
        ordered = self.order_by(entity, reads.order, alias)
        return f"(SELECT coalesce(json_agg({text}{ordered}), '[]'::json) FROM {self.source(target, where)})"

    def _one(self, field: Field, reads: OneField, row: Row | None, details: Details) -> str:
        if isinstance(reads.on, Mapping):
            each = [self._single(self.catalog.of(cls), on, reads, row, details, True) for cls, on in reads.on.items()]
            return f"coalesce({', '.join(each)})"
        entity = self.catalog.entity(field.target)
        return self._single(entity, reads.on, reads, row, details, bool(entity.members))

    def _single(self, entity: Entity, on: On, reads: OneField, row: Row | None, details: Details, typed: bool) -> str:
        target = Row(self.alias(), entity, self.guard_of(entity, row))
        source = self.source(target, self.where(target, on, row))
        first = f"{self.order_by(entity, reads.order, target.alias)} LIMIT 1" if reads.order else ""
        return f"(SELECT {self.object(target, details, typed)} FROM {source}{first})"

    def guard_of(self, entity: Entity, row: Row | None) -> Entity | None:
        """The type whose rule lets a row of this type in."""
        return row.guard if entity.reads.part and row else entity

    def source(self, row: Row, where: list[str]) -> str:
        """The FROM and WHERE of a row's table."""
        table = f"{row.entity.row} AS {row.alias}"
        return f"{table} WHERE {' AND '.join(where)}" if where else table

    def order_by(self, entity: Entity, order: tuple[Any, ...], alias: str) -> str:
        """The ORDER BY of a list."""
        parts = [(entity.text(column, alias), down) for column, down in map(direction, order)]
        keys = ", ".join(f"{text} DESC" if down else text for text, down in parts)
        return f" ORDER BY {keys}" if parts else ""

    def where(self, target: Row, on: On | None, row: Row | None) -> list[str]:
        """The conditions of a join and of who may see the joined row."""
        entity = target.entity
        conditions = []
        if on is not None and row is not None:
            conditions.append(f"({entity.join(on, row.entity, target.alias, row.alias)})")
        elif isinstance(on, ColumnElement):
            conditions.append(f"({entity.text(on, target.alias)})")
        known = row is not None and on is not None and entity.shares_parent(on, row.entity, row.guard)
        return conditions + self.visible(entity, target.alias, known)

    def visible(self, entity: Entity, alias: str, through_known: bool = False) -> list[str]:
        """The conditions under which the viewer sees a row; `through_known` when its parent is seen already."""
        conditions = []
        if entity.reads.visible is not None:
            condition = entity.predicate(entity.reads.visible, self.standing, alias)
            conditions += [f"({condition})"] if condition is not None else []
        if entity.reads.when is not None:
            conditions.append(f"({entity.text(entity.reads.when, alias)})")
        if entity.reads.through is not None and not through_known:
            name, on = entity.reads.through
            parent, above = self.catalog.entity(name), self.alias()
            join = entity.join(on, parent, alias, above)
            inner = " AND ".join([f"({join})", *self.visible(parent, above)])
            conditions.append(f"EXISTS (SELECT FROM {parent.row} AS {above} WHERE {inner})")
        return conditions

    def fresh(self, entity: Entity, expression: ColumnElement[Any], alias: str) -> str:
        """The text of an expression made for this statement alone."""
        return placed(template(expression, entity.row), alias)

    def narrowed(self, narrow: Narrow | None, target: Row, arguments: dict[str, Any]) -> list[str]:
        """The conditions that `narrow` makes of the field's arguments, for who looks."""
        if narrow is None:
            return []
        made = [each if isinstance(each, ColumnElement) else each(self.standing) for each in narrow(**arguments)]
        return [f"({self.fresh(target.entity, condition, target.alias)})" for condition in made]

    def tallies(self, field: Field, reads: TallyField, row: Row | None, details: Details) -> str:
        """The counts of each sort, each of its own rows alone and no further than one beyond the ceiling."""
        arguments = self.selection.arguments(field, details)
        counted = self.catalog.entity(reads.of)
        # made once, so that what a filter is given stands in the statement once and not for each sort
        narrowed = self.narrowed(reads.narrow, Row(ROW, counted, None), arguments)
        counts = []
        for at, (sort, condition) in enumerate(reads.sorts.items()):
            target = Row(self.alias(), counted, self.guard_of(counted, row))
            where = self.where(target, reads.on, row)
            where += [*(placed(each, target.alias) for each in narrowed), f"({counted.text(condition, target.alias)})"]
            ordered = self.order_by(counted, reads.orders[sort], target.alias)
            limited = f"SELECT FROM {self.source(target, where)}{ordered} LIMIT c.ceiling + 1"
            counts.append(f"({at}, '{sort}', (SELECT count(*) FROM ({limited}) AS counted), c.ceiling)")
        alias = self.alias()
        text = self.object(Row(alias, self.catalog.entity(field.target), None), details)
        # behind an OFFSET the planner leaves it alone: else it would look for the ceiling at each of its places
        ceiling = f"(SELECT {template(reads.ceiling, None)} AS ceiling OFFSET 0) AS c"
        listed = f"LATERAL (VALUES {', '.join(counts)}) AS {alias}(n, sort, found, ceiling)"
        return f"(SELECT json_agg({text} ORDER BY {alias}.n) FROM {ceiling}, {listed})"

    # --- the inputs of computed fields --------------------------------------------------------------------------

    def try_inputs(self, inputs: tuple[Source[Any], ...], row: Row) -> None:
        """Compile the inputs of a computed field, to see whether they can be."""
        for source in inputs:
            self._input(source, row)

    def _input(self, source: Source[Any], row: Row) -> str:
        if isinstance(source, Now | Looking):
            return "NULL"
        if isinstance(source, Record):
            return json_array([self._input(each, row) for each in source.inputs.values()])
        if isinstance(source, Rows):
            return self._rows(source, row)
        assert not isinstance(source, Input)
        return row.entity.input(source, row.alias)

    def _rows(self, source: Rows[Any], row: Row) -> str:
        child = child_of(source, row.entity)
        alias = self.alias()
        inner = Row(alias, child, None)
        values = json_array([self._input(each, inner) for each in source.inputs.values()])
        on = child.join(source.on, row.entity, alias, row.alias)
        ordered = self.order_by(child, source.order, alias)
        if source.one:
            limit = f"{ordered} LIMIT 1" if ordered else ""
            return f"(SELECT {values} FROM {child.row} AS {alias} WHERE {on}{limit})"
        return f"(SELECT coalesce(json_agg({values}{ordered}), '[]'::json) FROM {child.row} AS {alias} WHERE {on})"


def child_of(source: Rows[Any], entity: Entity) -> Entity:
    """The table of an input's rows, as an entity without a type: a function may read what clients cannot."""
    if not isinstance(source.on, ColumnElement):
        raise DeclarationError(f"{entity.name}: the condition of `rows` must name both tables")
    known = entity.children.get(source)
    if known is None:
        others = [table for table in tables_of(source.on) if table is not entity.row]
        if len(others) != 1:
            raise DeclarationError(f"{entity.name}: the condition of `rows` must join one other table")
        reads = TypeReads(others[0], None, None, None, True, None)
        known = entity.children[source] = Entity(f"rows of {others[0]}", entity.graphql, entity.cls, reads)
    return known
