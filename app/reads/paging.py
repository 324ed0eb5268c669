"""Connections: one page by keyset, its cursors, what lies before and after it, and the whole's count."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type
from sqlalchemy import ColumnElement

from app.domain.errors import ErrorCode, Refusal
from app.reads.binds import Slot, derived, marked
from app.reads.cursors import Codec
from app.reads.declare import PAGING, SORT, PageField
from app.reads.objects import Row, json_object
from app.reads.rendering import DeclarationError, direction
from app.reads.selection import Details

if TYPE_CHECKING:
    from app.reads.compiling import Compiler


@cache
def codec(name: str, reads: PageField, sort: Any = None) -> tuple[Codec, tuple[ColumnElement[Any], ...], bool]:
    """How the cursors of a page are written, the columns of its order, and whether it descends."""
    columns, ways = zip(*map(direction, reads.order if sort is None else reads.sorts[sort]), strict=True)
    if len(set(ways)) != 1:
        raise DeclarationError(f"a page of {name} must be ordered one way")
    return Codec(name, columns, ways[0]), columns, ways[0]


def limit_reader(argument: str, largest: int) -> Any:
    """Checks the size of a page when the statement is given its values."""

    def read(size: int) -> int:
        if not 0 <= size <= largest:
            message = f"`{argument}` must be between 0 and {largest}."
            raise Refusal(ErrorCode.OUT_OF_RANGE, message, (argument,), {"largest": str(largest)})
        return size

    return read


def cursor_reader(codec: Codec, argument: str, at: int) -> Any:
    """Reads one value out of a cursor."""
    return lambda cursor: codec.read(cursor, argument)[at]


@dataclass
class Page:
    """One page in the making: a window of rows, one more than asked for, and JSON over it."""

    compiler: "Compiler"
    reads: PageField
    row: Row
    where: list[str]

    def text(self, arguments: dict[str, Any], details: Details) -> str:
        """The JSON of what is selected of the connection."""
        paging = {name: arguments.pop(name) for name in PAGING if name in arguments}
        if "first" in paging and "last" in paging:
            raise Refusal(ErrorCode.INVALID, "`first` and `last` exclude each other.", ("last",))
        sort = arguments.pop(SORT, None) if self.reads.sorts else None
        self.where = self.where + self.compiler.narrowed(self.reads.narrow, self.row, arguments)
        self.codec, self.columns, self.descending = codec(self.row.entity.name, self.reads, sort)
        self.backward = "last" in paging
        self.limit = self._limit(paging)
        after = self._bound(paging.get("after"), "after")
        before = self._bound(paging.get("before"), "before")
        beyond_after = self._beyond(after, outside="<=") if after else "false"
        beyond_before = self._beyond(before, outside=">=") if before else "false"
        more = f"count(*) > {self.limit}"
        self.has_next = beyond_before if self.backward else f"{more} OR {beyond_before}"
        self.has_previous = f"{more} OR {beyond_after}" if self.backward else beyond_after
        self.items: list[str] = []
        graphql = self._connection(details)
        selected = self._selected(graphql, details)
        bounds = [self._compare(self.row.alias, side, each) for side, each in ((">", after), ("<", before)) if each]
        return f"(SELECT {selected} FROM ({self._window([*self.where, *bounds])}) AS w{self.row.alias} HAVING true)"

    def _connection(self, details: Details) -> GraphQLObjectType:
        name = f"{self.row.entity.name}Connection"
        graphql = self.compiler.catalog.schema.type_map[name]
        assert isinstance(graphql, GraphQLObjectType)
        return graphql

    def _limit(self, paging: dict[str, Any]) -> str:
        argument = "last" if self.backward else "first"
        size = paging.get(argument)
        if size is None:
            return str(self.reads.default)
        assert isinstance(size, Slot)
        checked = derived(size, size.type, limit_reader(argument, self.reads.largest))
        return marked(checked.slot, checked.type)

    def _bound(self, cursor: Any, argument: str) -> list[str]:
        if cursor is None:
            return []
        readers = [cursor_reader(self.codec, argument, at) for at in range(len(self.codec.types))]
        slots = [derived(cursor, type_, read) for type_, read in zip(self.codec.types, readers, strict=True)]
        return [marked(slot.slot, slot.type) for slot in slots]

    def _keys(self, alias: str) -> list[str]:
        return [self.row.entity.text(column, alias) for column in self.columns]

    def _compare(self, alias: str, side: str, values: list[str]) -> str:
        flipped = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
        operator = flipped[side] if self.descending else side
        return f"({', '.join(self._keys(alias))}) {operator} ({', '.join(values)})"

    def _beyond(self, values: list[str], outside: str) -> str:
        conditions = [*self.where, self._compare(self.row.alias, outside, values)]
        return f"EXISTS (SELECT FROM {self.compiler.source(self.row, conditions)})"

    def _window(self, where: list[str]) -> str:
        alias = self.row.alias
        down = self.descending is not self.backward
        order = ", ".join(f"{key} DESC" if down else key for key in self._keys(alias))
        cursor = self.row.entity.text(self.codec.expression, alias)
        columns = [f"row_number() OVER (ORDER BY {order}) AS n", f"{cursor} AS c"]
        columns += [f"{item} AS j{index}" for index, item in enumerate(self.items)]
        source = self.compiler.source(self.row, where)
        return f"SELECT {', '.join(columns)} FROM {source} ORDER BY {order} LIMIT {self.limit} + 1"

    # --- what is selected of it ---------------------------------------------------------------------------------

    def _selected(self, graphql: GraphQLObjectType, details: Details) -> str:
        pairs = []
        for key, chosen in self.compiler.selection.fields(graphql, details).items():
            name = chosen[0].node.name.value
            if name == "nodes":
                pairs.append((key, self._listed(self._node(chosen))))
            elif name == "edges":
                pairs.append((key, self._listed(self._edge(graphql, chosen))))
            elif name == "pageInfo":
                pairs.append((key, self._page_info(graphql, chosen)))
            elif name == "totalCount":
                pairs.append((key, self._total()))
            else:
                pairs += self.compiler.named(key, graphql)
        return json_object(pairs)

    def _node(self, details: Details) -> str:
        self.items.append(self.compiler.object(self.row, details, bool(self.row.entity.members)))
        return f"w{self.row.alias}.j{len(self.items) - 1}"

    def _edge(self, graphql: GraphQLObjectType, details: Details) -> str:
        pairs = []
        inner, selected = self._sub(graphql, "edges", details)
        for key, chosen in selected.items():
            name = chosen[0].node.name.value
            if name == "cursor":
                pairs.append((key, f"w{self.row.alias}.c"))
            elif name == "node":
                pairs.append((key, self._node(chosen)))
            else:
                pairs += self.compiler.named(key, inner)
        return json_object(pairs)

    def _page_info(self, graphql: GraphQLObjectType, details: Details) -> str:
        window = f"w{self.row.alias}"
        shown = f"FILTER (WHERE {window}.n <= {self.limit})"
        way = {True: "DESC", False: "ASC"}
        edge = {
            "startCursor": f"(array_agg({window}.c ORDER BY {window}.n {way[self.backward]}) {shown})[1]",
            "endCursor": f"(array_agg({window}.c ORDER BY {window}.n {way[not self.backward]}) {shown})[1]",
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
        }
        pairs = []
        inner, selected = self._sub(graphql, "pageInfo", details)
        for key, chosen in selected.items():
            name = chosen[0].node.name.value
            pairs += [(key, edge[name])] if name in edge else self.compiler.named(key, inner)
        return json_object(pairs)

    def _sub(
        self, graphql: GraphQLObjectType, name: str, details: Details
    ) -> tuple[GraphQLObjectType, dict[str, Details]]:
        inner: GraphQLNamedType = get_named_type(graphql.fields[name].type)
        assert isinstance(inner, GraphQLObjectType)
        return inner, self.compiler.selection.fields(inner, details)

    def _listed(self, value: str) -> str:
        window = f"w{self.row.alias}"
        order = f"{window}.n DESC" if self.backward else f"{window}.n"
        shown = f"FILTER (WHERE {window}.n <= {self.limit})"
        return f"coalesce(json_agg({value} ORDER BY {order}) {shown}, '[]'::json)"

    def _total(self) -> str:
        count = f"SELECT count(*) FROM {self.compiler.source(self.row, self.where)}"
        return f"({count})"
