"""A query written otherwise: aliases renamed, fields shuffled, a fragment extracted; its answer says the same.

What is fast for one text only, and not for what it asks, shows here.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    NamedTypeNode,
    NameNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    visit,
)

EXTRACTED = "nodes"
SEED = 7


@dataclass(frozen=True, slots=True)
class Query:
    """A document, and which field each alias of it stands for."""

    name: str
    text: str
    aliases: Mapping[str, str]

    def restored(self, answer: Any) -> Any:
        """An answer with the fields' own names, to be compared without regard to their order."""
        if isinstance(answer, dict):
            return {self.aliases.get(key, key): self.restored(value) for key, value in answer.items()}
        return [self.restored(value) for value in answer] if isinstance(answer, list) else answer


class _Aliases(Visitor):
    """Gives each field of the extracted selection a name of its own, but leaves those within its fields alone."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        if node.name.value != EXTRACTED or node.selection_set is None:
            return None
        selections = tuple(self._renamed(each) for each in node.selection_set.selections)
        return _with(node, selection_set=SelectionSetNode(selections=selections))

    def _renamed(self, node: Any) -> Any:
        if not isinstance(node, FieldNode):
            return node
        name = node.name.value
        alias = name[1:] + name[:1]  # as long as the name, so that the answer has as many bytes
        self.names[alias] = name
        return _with(node, alias=NameNode(value=alias))


class _Shuffle(Visitor):
    """Puts the fields of each selection into another order, the same in every run."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(SEED)

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        selections = list(node.selections)
        self.chance.shuffle(selections)
        return SelectionSetNode(selections=tuple(selections))


class _Extract(Visitor):
    """Puts what is selected of each node into a fragment."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.fragments: list[FragmentDefinitionNode] = []

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        kind = get_named_type(self.types.get_type())
        if node.name.value != EXTRACTED or node.selection_set is None or kind is None:
            return None
        name = NameNode(value=f"Row{len(self.fragments)}")
        condition = NamedTypeNode(name=NameNode(value=kind.name))
        self.fragments.append(
            FragmentDefinitionNode(name=name, type_condition=condition, selection_set=node.selection_set)
        )
        spread = FragmentSpreadNode(name=name)
        return _with(node, selection_set=SelectionSetNode(selections=(spread,)))


def _with(node: FieldNode, **changes: Any) -> FieldNode:
    """A field node with other parts."""
    return FieldNode(**{key: changes.get(key, getattr(node, key)) for key in node.keys if key != "loc"})


def rewritten(text: str, schema: GraphQLSchema) -> tuple[Query, ...]:
    """The same query in three other ways."""
    document = parse(text)
    aliases = _Aliases()
    renamed = print_ast(visit(document, aliases))
    types = TypeInfo(schema)
    extract = _Extract(types)
    extracted = print_ast(visit(document, TypeInfoVisitor(types, extract)))
    fragments = "\n".join(map(print_ast, extract.fragments))
    return (
        Query("aliases renamed", renamed, aliases.names),
        Query("fields shuffled", print_ast(visit(document, _Shuffle())), {}),
        Query("a fragment extracted", f"{extracted}\n{fragments}", {}),
    )
