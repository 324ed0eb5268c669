"""Plans of single fields: the statement that graphql-core's walk is given rows by, and the engine that runs it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import get_named_type, is_abstract_type
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues, get_argument_values

from app.domain.access import Viewer
from app.reads.binds import Binds, Getter, Moment
from app.reads.catalog import Catalog, Field, decoders
from app.reads.compiling import Compiler
from app.reads.declare import ComputedField, LookupField, Ref
from app.reads.kept import Counts, Kept
from app.reads.operations import OperationPlans
from app.reads.reader import Context
from app.reads.rendering import DeclarationError
from app.reads.roots import field_text, has_kinds, refs_text
from app.reads.selection import Asked, Info, Selection, variables_of
from app.reads.visibility import Standing

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
        self._plans: Kept[Plan] = Kept(kept, Counts())

    def plan(self, info: Info, viewer: Viewer | None, target: "Field | tuple[str, ...]") -> Plan:
        """The plan of a field: of a declared one, or of refs to objects of these types."""
        asked, standing = Asked.of(info), Standing.of(viewer)
        key = (*_place(asked, info), target if isinstance(target, tuple) else None, standing)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._compile(asked, info, standing, target)
            self._plans.put(key, plan, len(asked.text) + len(plan.sql))
        return plan

    def _compile(self, asked: Asked, info: Info, standing: Standing, target: "Field | tuple[str, ...]") -> Plan:
        binds = Binds()
        selection = Selection(self.catalog, asked, binds)
        compiler = Compiler(self.catalog, selection, standing, binds)
        details = [FieldDetails(node, None) for node in info.field_nodes]
        if isinstance(target, tuple):
            typed = is_abstract_type(get_named_type(info.return_type))
            parts = [refs_text(compiler, self.catalog.entity(name), details, typed) for name in target]
            return Plan(*binds.finish(" UNION ALL ".join(parts)))
        return Plan(*binds.finish(field_text(compiler, target, details)))


def _place(asked: Asked, info: Info) -> tuple[Hashable, ...]:
    """Where in which document a field stands, and the shape of the operation's variables."""
    starts = tuple(node.loc.start for node in info.field_nodes if node.loc)
    if len(starts) != len(info.field_nodes):
        raise DeclarationError("documents must be parsed with locations")
    return asked.place, info.parent_type.name, starts


class Engine:
    """Answers fields of running operations from the database; `operations` answers whole ones."""

    def __init__(self, plans: Plans) -> None:
        self.plans = plans
        self.catalog = plans.catalog
        self.operations = OperationPlans(plans.catalog, PLANS_KEPT)

    async def field(self, field: Field, info: Info) -> Any:
        """The value of a declared field outside of any row, by one statement."""
        context: Context = info.context
        if isinstance(field.reads, LookupField) and has_kinds(self.catalog, field):
            return await self._by_ids(field, field.reads, info)
        if isinstance(field.reads, ComputedField):
            moment = Moment({}, context.viewer, context.now)
            return field.reads.function(*(decode(None, moment) for decode in decoders(field.reads)))
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
        found = self.catalog.located(public, field.target)
        return Ref(found[0].cls, found[1]) if found else None

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
        moment = Moment(variables_of(info), context.viewer, context.now, keys)
        rows = await context.reader.read(plan.sql, plan.arguments(moment), tuple(info.path.as_list()))
        found = {(row["t"], row["k"]): row["j"] for row in rows}
        names = [None if each is None else (self.catalog.of(each.type_).name, str(each.key)) for each in refs]
        texts = [found.get(name) if name else None for name in names]
        return [None if text is None else orjson.loads(text) for text in texts]
