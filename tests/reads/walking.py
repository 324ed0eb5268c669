"""What an answer shows: every field that was selected, where it stands, and what came back for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

TYPENAMES = {"is", "__typename"}


class Place(NamedTuple):
    """A field of a type, and the directive it was selected with."""

    type: str
    field: str
    directive: str | None


class Seen(NamedTuple):
    """A field that was selected, and what was answered; `within` is the nearest list of pages around it."""

    place: Place
    field: GraphQLField
    value: Any
    within: str


@dataclass
class Walk:
    """Goes through one answer along the document that asked for it."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def seen(self, type_: Any, selection: SelectionSetNode, value: Any, within: str = "") -> Iterator[Seen]:
        """Every field that was selected of an object, and of those in it."""
        for node in selection.selections:
            if not self._included(node):
                continue
            if not isinstance(node, FieldNode):
                yield from self._inside(node, type_, value, within)
                continue
            chosen = type_.fields.get(node.name.value) if hasattr(type_, "fields") else None
            key = node.alias.value if node.alias else node.name.value
            if chosen is None or key not in value:
                continue
            coordinate = f"{type_.name}.{node.name.value}"
            inside = coordinate if "after" in chosen.args else within
            directives: list[str | None] = [each.name.value for each in node.directives or ()]
            for directive in directives or [None]:
                yield Seen(Place(type_.name, node.name.value, directive), chosen, value[key], inside)
            if node.selection_set is not None:
                for each in _objects(value[key]):
                    yield from self.seen(get_named_type(chosen.type), node.selection_set, each, inside)

    def _inside(self, node: SelectionNode, type_: Any, value: Any, within: str) -> Iterator[Seen]:
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments[node.name.value]
            named, selection = fragment.type_condition.name.value, fragment.selection_set
        else:
            assert isinstance(node, InlineFragmentNode)
            named = node.type_condition.name.value if node.type_condition else type_.name
            selection = node.selection_set
        # of several types that an object may be, the one it is
        if named == type_.name or not is_abstract_type(type_) or _type(value) == named:
            yield from self.seen(self.schema.type_map[named], selection, value, within)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            (given,) = directive.arguments or ()
            if self._value(given.value) is (directive.name.value == "skip"):
                return False
        return True

    def _value(self, node: ValueNode) -> Any:
        return self.variables[node.name.value] if isinstance(node, VariableNode) else getattr(node, "value", None)


def walked(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], data: Any) -> Iterator[Seen]:
    """Every field that was selected in the data of an answer."""
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    defaults = {
        node.variable.name.value: getattr(node.default_value, "value", None)
        for node in operation.variable_definitions or ()
    }
    walk = Walk(schema, fragments, {**defaults, **variables})
    return walk.seen(schema.get_root_type(operation.operation), operation.selection_set, data)


def _type(value: dict[str, Any]) -> Any:
    return next((value[key] for key in TYPENAMES if key in value), None)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
