"""Plans of whole operations: one statement whose JSON is what the operation answers.

A plan is kept for a text, an operation of it, the shape of its variables and a standing. What no plan covers, and what
comes out in any way that graphql-core might word differently, is left to graphql-core: a read may well run twice.
"""

import logging
from collections.abc import Awaitable, Hashable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from graphql import GraphQLError, GraphQLObjectType

from app.db.premise import Premise, Unfounded
from app.db.strain import strained
from app.domain.errors import Refusal
from app.reads.binds import Binds, Getter, Moment
from app.reads.catalog import Catalog
from app.reads.compiling import Compiler
from app.reads.holes import Hole, Holes, filled
from app.reads.kept import Counts, Kept
from app.reads.objects import json_object
from app.reads.payloads import Payloads
from app.reads.reader import Context, Reader
from app.reads.roots import Ids, field_text, has_kinds
from app.reads.selection import Asked, Details, Selection
from app.reads.visibility import Standing
from app.reads.writers import Unplannable, Unwritable

log = logging.getLogger("app.reads")


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """A statement with one row; its first column is the JSON of what was asked, but for the holes in it."""

    sql: str
    getters: tuple[Getter, ...]
    holes: tuple[Hole, ...]
    # which parameters depend on more than the variables
    moving: tuple[int, ...]

    def arguments(self, asked: Asked, moment: Moment) -> list[Any]:
        """The parameters for one run; a Refusal when an argument cannot be one."""
        bound = asked.bound
        if bound is None or bound[0] is not self:
            filled = [getter(moment) for getter in self.getters]
            asked.bound = self, filled
            return filled
        filled = bound[1].copy()
        for at in self.moving:
            filled[at] = self.getters[at](moment)
        return filled

    async def run(self, reader: Reader, asked: Asked, moment: Moment, premise: Premise | None = None) -> bytes | None:
        """The JSON for a moment, on a premise that the statement looks at as well."""
        row = await reader.row(self.sql, self.arguments(asked, moment), premise=premise)
        data: bytes | None = row[0]
        return None if data is None else filled(data, self.holes, moment)


@dataclass(frozen=True, slots=True)
class ByKinds:
    """An operation that finds objects by their ids: there is a plan for each combination of their types."""

    ids: Mapping[str, Ids]

    def kinds(self, moment: Moment) -> tuple[tuple[str, ...], ...]:
        """The types of the ids of each such field."""
        return tuple(each.kinds(moment) for each in self.ids.values())


UNPLANNED = OperationPlan("", (), (), ())


class OperationPlans:
    """The plans of one schema, the least recently used given up first."""

    def __init__(self, catalog: Catalog, kept: int) -> None:
        self.catalog = catalog
        self.counts = Counts()
        self.payloads = Payloads(catalog, kept, self.counts)
        self._kept: Kept[OperationPlan | ByKinds] = Kept(kept, self.counts)

    def __len__(self) -> int:
        return len(self._kept)

    def __bool__(self) -> bool:
        return True

    def figures(self) -> dict[str, int]:
        """How the plans do."""
        return {"kept": len(self), **asdict(self.counts)}

    def data(self, asked: Asked, context: Context) -> Awaitable[bytes | None]:
        """The JSON of a query's `data`; None when only graphql-core can tell, Unplannable when it never is a plan."""
        return self._run(asked, context, None)

    def reads(self, type_: str, details: Details) -> bool:
        """Whether a root field is read by the engine."""
        return (type_, details[0].node.name.value) in self.catalog.elsewhere

    async def field(self, asked: Asked, key: str, context: Context) -> bytes | None:
        """The JSON of one root field of an operation, by its response key."""
        try:
            return await self._run(asked, context, key)
        except Unplannable:
            return None

    async def _run(self, asked: Asked, context: Context, key: str | None) -> bytes | None:
        moment = Moment(asked.variables, context.viewer, context.now)
        try:
            plan = self.plan(asked, moment, key)
            data = await plan.run(context.reader, asked, moment, getattr(context, "premise", None))
        except (Unplannable, Unfounded):
            raise
        except (Refusal, Unwritable):
            data = None
        except Exception as error:
            if key is None and strained(error):  # asking for the same in another way is the last thing it needs
                raise
            log.warning("a plan failed; graphql-core answers", exc_info=True)
            data = None
        if data is None:
            self.counts.fallen_back += 1
        else:
            self.counts.planned += 1
        return data

    def plan(self, asked: Asked, moment: Moment, only: str | None = None) -> OperationPlan:
        """The plan of an operation, or of one of its root fields; Unplannable when there is none."""
        standing = Standing.of(moment.viewer)
        key: tuple[Hashable, ...] = (asked.place, standing, only)
        known = self._kept.get(key) or self._keep(key, asked, self._first(asked, standing, only))
        if isinstance(known, ByKinds):
            kinds = known.kinds(moment)
            by_key = dict(zip(known.ids, kinds, strict=True))
            key = (*key, kinds)
            known = self._kept.get(key) or self._keep(key, asked, self._guarded(asked, standing, only, by_key))
        if known is UNPLANNED or isinstance(known, ByKinds):
            raise Unplannable
        return known

    def _keep(self, key: Hashable, asked: Asked, made: OperationPlan | ByKinds) -> OperationPlan | ByKinds:
        sql = made.sql if isinstance(made, OperationPlan) else ""
        return self._kept.put(key, made, len(asked.text) + len(sql))

    def _first(self, asked: Asked, standing: Standing, only: str | None) -> OperationPlan | ByKinds:
        try:
            selection = Selection(self.catalog, asked, Binds())
            ids = {}
            for key, chosen in selection.roots().items():
                field = self.catalog.elsewhere.get(("Query", chosen[0].node.name.value))
                if field is not None and only in (None, key) and has_kinds(self.catalog, field):
                    ids[key] = Ids.of(selection, field, chosen)
        except (GraphQLError, Refusal, TypeError):
            return UNPLANNED
        return ByKinds(ids) if ids else self._guarded(asked, standing, only, {})

    def _guarded(
        self, asked: Asked, standing: Standing, only: str | None, kinds: Mapping[str, tuple[str, ...]]
    ) -> OperationPlan:
        try:
            return self._compile(asked, standing, only, kinds)
        except (Unplannable, GraphQLError, Refusal):
            return UNPLANNED
        except Exception:
            log.warning("an operation could not be planned", exc_info=True)
            return UNPLANNED

    def _compile(
        self, asked: Asked, standing: Standing, only: str | None, kinds: Mapping[str, tuple[str, ...]]
    ) -> OperationPlan:
        binds = Binds()
        selection = Selection(self.catalog, asked, binds)
        holes = Holes(self.catalog, selection)
        compiler = Compiler(self.catalog, selection, standing, binds, holes)
        root = self.catalog.schema.query_type
        assert root is not None
        roots = selection.roots()
        if only is not None:
            sql = f"SELECT {_root_text(compiler, root, roots[only], kinds.get(only))}"
        else:
            pairs = [(key, _root_text(compiler, root, chosen, kinds.get(key))) for key, chosen in roots.items()]
            sql = f"SELECT {json_object(pairs)}"
        text, getters = binds.finish(sql)
        return OperationPlan(text, getters, tuple(holes.found), binds.moving(getters))


def _root_text(compiler: Compiler, root: GraphQLObjectType, details: Details, kinds: tuple[str, ...] | None) -> str:
    """The value of a root field."""
    name = details[0].node.name.value
    if name == "__typename":
        return f"'{root.name}'"
    field = compiler.catalog.elsewhere.get((root.name, name))
    if field is None:
        raise Unplannable(f"{root.name}.{name} is answered by Python")
    if kinds is not None:
        return Ids.of(compiler.selection, field, details).text(compiler, kinds, details)
    return f"({field_text(compiler, field, details)})"
