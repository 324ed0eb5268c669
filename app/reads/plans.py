"""Plans: the statement of a field of an operation, kept for every run with the same shape and standing."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import get_named_type, is_abstract_type
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy import literal

from app.domain.access import PARTIES, Viewer
from app.reads.binds import Binds, Getter, Moment
from app.reads.catalog import Catalog, Entity, Field
from app.reads.compiling import Compiler
from app.reads.declare import NOTHING, AloneField, ListField, LookupField, OneField, Ref
from app.reads.expressions import key_of
from app.reads.objects import Row
from app.reads.reader import Context
from app.reads.rendering import DeclarationError
from app.reads.selection import Details, Info, Selection, shape, variables_of
from app.reads.visibility import Standing

# No more than the statements that a connection of the read pool keeps prepared
PLANS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement and what fills its parameters."""

    sql: str
    getters: tuple[Getter, ...]

    def arguments(self, moment: Moment) -> list[Any]:
        """The parameters for one run; a Refusal when an argument cannot be one."""
        return [getter(moment) for getter in self.getters]


class Plans:
    """The plans of one schema, the least recently used forgotten first."""

    def __init__(self, catalog: Catalog, kept: int = PLANS_KEPT) -> None:
        self.catalog = catalog
        self._kept = kept
        self._plans: OrderedDict[Hashable, Plan] = OrderedDict()

    def plan(self, info: Info, viewer: Viewer | None, target: "Field | tuple[str, ...]") -> Plan:
        """The plan of a field: of a declared one, or of refs to objects of these types."""
        standing = Standing.of(viewer)
        key = (*_place(info), target if isinstance(target, tuple) else None, standing)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._compile(info, standing, target)
            if len(self._plans) > self._kept:
                self._plans.popitem(last=False)
        else:
            self._plans.move_to_end(key)
        return plan

    def _compile(self, info: Info, standing: Standing, target: "Field | tuple[str, ...]") -> Plan:
        binds = Binds()
        selection = Selection(self.catalog, info, binds)
        compiler = Compiler(self.catalog, selection, standing, binds)
        details = [FieldDetails(node, None) for node in info.field_nodes]
        if isinstance(target, tuple):
            typed = is_abstract_type(get_named_type(info.return_type))
            parts = [refs_text(compiler, self.catalog.entity(name), details, typed) for name in target]
            return Plan(*binds.finish(" UNION ALL ".join(parts)))
        return Plan(*binds.finish(field_text(compiler, target, details)))


def _place(info: Info) -> tuple[Hashable, ...]:
    """Where in which document a field stands, and the shape of the operation's variables."""
    operation, nodes = info.operation, info.field_nodes
    name = operation.name.value if operation.name else None
    starts = tuple(node.loc.start for node in nodes if node.loc)
    location = operation.loc
    if location is None or len(starts) != len(nodes):
        raise DeclarationError("documents must be parsed with locations")
    shapes = shape(variables_of(info))
    return location.source.body, name, info.parent_type.name, starts, shapes


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
    if isinstance(reads, OneField | ListField):
        return f"SELECT {compiler.relation(field, reads, None, details)}"
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
    wanted = f"{key} = ANY({compiler.binds.keys(entity.name.lower(), entity.key.type)})"
    conditions = [wanted, *compiler.visible(entity, row.alias)]
    text = compiler.object(row, details, typed)
    label = compiler.fresh(entity, literal(entity.name), row.alias)
    return f"SELECT {label} AS t, {key}::text AS k, {text} AS j FROM {compiler.source(row, conditions)}"


class Engine:
    """Answers fields of running operations from the database."""

    def __init__(self, plans: Plans) -> None:
        self.plans = plans
        self.catalog = plans.catalog

    async def field(self, field: Field, info: Info) -> Any:
        """The value of a declared field outside of any row, by one statement."""
        context: Context = info.context
        if isinstance(field.reads, LookupField) and (field.reads.several or field.target not in self.catalog.entities):
            return await self._by_ids(field, field.reads, info)
        plan = self.plans.plan(info, context.viewer, field)
        moment = Moment(variables_of(info), context.viewer, context.now)
        rows = await context.reader.read(plan.sql, plan.arguments(moment), tuple(info.path.as_list()))
        return orjson.loads(rows[0][0]) if rows and rows[0][0] is not None else None

    async def _by_ids(self, field: Field, reads: LookupField, info: Info) -> Any:
        variables = VariableValues({}, variables_of(info))
        values = get_argument_values(field.graphql, info.field_nodes[0], variables)
        ids = values[reads.argument]
        found = await self.refs([self._ref(each, field) for each in (ids if reads.several else [ids])], info)
        return found if reads.several else found[0]

    def _ref(self, public: str, field: Field) -> Ref | None:
        entity = self.catalog.by_prefix(public)
        if entity is None or entity not in self.catalog.candidates(field.target):
            return None
        key = key_of(entity.reads.prefix or "", public, entity.key_type)
        return Ref(entity.cls, key) if key is not None else None

    async def refs(self, refs: list[Ref | None], info: Info) -> list[Any]:
        """The objects that are referred to, in their order, by one statement; None for what cannot be seen."""
        context: Context = info.context
        keys: dict[str, list[Any]] = {}
        for each in refs:
            if each is not None:
                keys.setdefault(self.catalog.of(each.type_).name, []).append(each.key)
        if not keys:
            return [None for _ in refs]
        plan = self.plans.plan(info, context.viewer, tuple(sorted(keys)))
        by_group = {name.lower(): values for name, values in keys.items()}
        moment = Moment(variables_of(info), context.viewer, context.now, by_group)
        rows = await context.reader.read(plan.sql, plan.arguments(moment), tuple(info.path.as_list()))
        found = {(row["t"], row["k"]): row["j"] for row in rows}
        names = [None if each is None else (self.catalog.of(each.type_).name, str(each.key)) for each in refs]
        texts = [found.get(name) if name else None for name in names]
        return [None if text is None else orjson.loads(text) for text in texts]
