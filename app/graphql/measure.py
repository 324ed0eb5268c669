"""One walk over a document that weighs it: each selection is visited once, each fragment once however often spread."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_composite_type,
)

from app.graphql.cost import ONE, PAGE_ARGUMENTS, Costs, Sum, default_sizes, literal_size, size_of
from app.graphql.limits import Weight

INTROSPECTION_ROOTS = ("__schema", "__type")


@dataclass(slots=True)
class _Tally:
    """What has been counted of a selection and all below it."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    introspection_aliases: int = 0
    directives: int = 0
    repeats: int = 0
    page_size: int = 0
    list_items: int = 0
    introspects: bool = False
    cost: Sum = field(default_factory=Sum)
    names: dict[str, tuple[int, int]] = field(default_factory=dict)

    def below(self, other: "_Tally", inside: bool = False) -> None:
        """Count in what stands below; `inside` for the selection of a field, which is one level deeper."""
        self.depth = max(self.depth, other.depth + inside)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.aliases += other.aliases
        self.introspection_aliases += other.introspection_aliases
        self.directives += other.directives
        self.page_size = max(self.page_size, other.page_size)
        self.list_items = max(self.list_items, other.list_items)
        self.introspects = self.introspects or other.introspects

    def select(self, name: str, times: int, inside: int) -> None:
        """Count a response name and how often a name repeats inside it: validation compares each with each."""
        before, widest = self.names.get(name, (0, 1))
        self.names[name] = before + times, max(widest, inside)
        self.repeats = max(self.repeats, self.names[name][0] * self.names[name][1])

    def weight(self) -> Weight:
        """The finished count."""
        return Weight(
            depth=self.depth,
            introspection_depth=self.introspection_depth,
            aliases=self.aliases,
            introspection_aliases=self.introspection_aliases,
            directives=self.directives,
            repeats=self.repeats,
            page_size=self.page_size,
            list_items=self.list_items,
            introspects=self.introspects,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """The weight of one operation, and where its cost stands among the document's sums."""

    weight: Weight
    cost: int
    costs: Costs
    defaults: dict[str, Any]


class Measure:
    """The walk over one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, default_page: int) -> None:
        self._schema = schema
        self._default_page = default_page
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._fragments.setdefault(definition.name.value, definition)
        self._tallies: dict[str, _Tally] = {}
        self._costs = Costs()
        for name in _innermost_first(self._fragments):
            self._tallies[name] = self._fragment(self._fragments[name])

    def fragments(self) -> list[Weight]:
        """The weight of each fragment, for those that no operation spreads."""
        return [tally.weight() for tally in self._tallies.values()]

    def operation(self, node: OperationDefinitionNode) -> Measured:
        """Weigh one operation of the document."""
        root = self._schema.get_root_type(node.operation)
        tally = self._selections(node.selection_set, root)
        self._directives(tally, node.directives)
        defaults: dict[str, Any] = {}
        for variable in node.variable_definitions or ():
            self._directives(tally, variable.directives)
            self._values(tally, variable.default_value)
            defaults |= default_sizes(variable.variable.name.value, variable.default_value)
        return Measured(tally.weight(), self._costs.keep(tally.cost), self._costs, defaults)

    def _fragment(self, node: FragmentDefinitionNode) -> _Tally:
        tally = self._selections(node.selection_set, self._schema.get_type(node.type_condition.name.value))
        self._directives(tally, node.directives)
        if tally.cost.terms:  # kept once and pointed at, or doubling fragments would copy it 2^n times
            tally.cost = Sum(0, [(ONE, self._costs.keep(tally.cost))])
        return tally

    def _selections(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> _Tally:
        """Count a selection set; inline fragments belong to the set they stand in."""
        tally = _Tally()
        waiting = [(node, parent)]
        while waiting:
            selection_set, here = waiting.pop()
            for selection in selection_set.selections:
                self._directives(tally, selection.directives)
                if isinstance(selection, FieldNode):
                    self._field(tally, selection, here)
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    narrowed = self._schema.get_type(condition.name.value) if condition else here
                    waiting.append((selection.selection_set, narrowed))
                elif isinstance(selection, FragmentSpreadNode):
                    self._spread(tally, selection.name.value)
        return tally

    def _spread(self, tally: _Tally, name: str) -> None:
        spread = self._tallies.get(name)  # None: unknown, or part of a cycle, which validation reports
        if spread is not None:
            tally.below(spread)
            for response, (times, inside) in spread.names.items():
                tally.select(response, times, inside)
            self._costs.add(tally.cost, ONE, spread.cost)

    def _field(self, tally: _Tally, node: FieldNode, parent: GraphQLNamedType | None) -> None:
        name = node.name.value
        definition = self._definition(parent, name)
        introspecting = name in INTROSPECTION_ROOTS or (parent is not None and parent.name.startswith("__"))
        inner = _Tally()
        if node.selection_set:
            inner = self._selections(node.selection_set, get_named_type(definition.type) if definition else None)
        tally.below(inner, inside=not introspecting)
        tally.select(node.alias.value if node.alias else name, 1, max(inner.repeats, 1))
        if introspecting:
            tally.introspects = True
            tally.introspection_depth = max(tally.introspection_depth, inner.introspection_depth + 1)
            tally.introspection_aliases += node.alias is not None
        else:
            tally.depth = max(tally.depth, 1)
            tally.aliases += node.alias is not None
        self._arguments(tally, node.arguments)
        tally.cost.fixed += 1
        self._costs.add(tally.cost, size_of(node, definition, self._default_page), inner.cost)

    def _definition(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        return self._schema.get_field(parent, name) if is_composite_type(parent) else None

    def _directives(self, tally: _Tally, directives: tuple[DirectiveNode, ...] | None) -> None:
        for directive in directives or ():
            tally.directives += 1
            self._arguments(tally, directive.arguments)

    def _arguments(self, tally: _Tally, arguments: tuple[ArgumentNode, ...] | None) -> None:
        for argument in arguments or ():
            self._values(tally, argument.value)
            if argument.name.value in PAGE_ARGUMENTS:
                tally.page_size = max(tally.page_size, literal_size(argument.value) or 0)

    def _values(self, tally: _Tally, value: ValueNode | None) -> None:
        waiting = [value]
        while waiting:
            literal = waiting.pop()
            if isinstance(literal, ListValueNode):
                tally.list_items = max(tally.list_items, len(literal.values))
                waiting.extend(literal.values)
            elif isinstance(literal, ObjectValueNode):
                waiting.extend(inner.value for inner in literal.fields)


def _innermost_first(fragments: dict[str, FragmentDefinitionNode]) -> list[str]:
    """The fragments in an order where each stands after those it spreads; without recursion, cycles cut open."""
    order: list[str] = []
    seen: set[str] = set()
    for start in fragments:
        path = [(start, _spreads(fragments[start].selection_set))] if start not in seen else []
        seen.add(start)
        while path:
            _, spreads = path[-1]
            inner = next((spread for spread in spreads if spread in fragments and spread not in seen), None)
            if inner is None:
                order.append(path.pop()[0])
            else:
                seen.add(inner)
                path.append((inner, _spreads(fragments[inner].selection_set)))
    return order


def _spreads(node: SelectionSetNode) -> Iterator[str]:
    """The names of the fragments spread anywhere below."""
    waiting = [node]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                yield selection.name.value
            elif isinstance(selection, (FieldNode, InlineFragmentNode)) and selection.selection_set:
                waiting.append(selection.selection_set)
