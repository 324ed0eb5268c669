"""The same question in other words: aliases renamed, fields shuffled, a fragment extracted."""

import random
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    NamedTypeNode,
    NameNode,
    Node,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    print_ast,
    visit,
)

from tests.documents import Document

NEW = "renamed_"


def renamed(document: Document) -> Document:
    """The document with another response key for every field."""

    class Renaming(Visitor):
        def leave_field(self, node: FieldNode, *_: object) -> Node:
            key = node.alias.value if node.alias else node.name.value
            return replace(node, alias=NameNode(value=NEW + key))

    return _printed(visit(parse(document.text), Renaming()), document)


def named_back(value: Any) -> Any:
    """The answer to a renamed document, with the keys that it had."""
    if isinstance(value, dict):
        return {key.removeprefix(NEW): named_back(each) for key, each in value.items()}
    return [named_back(each) for each in value] if isinstance(value, list) else value


def shuffled(document: Document, chance: random.Random) -> Document:
    """The document with all its selections in another order."""

    class Shuffling(Visitor):
        def leave_selection_set(self, node: SelectionSetNode, *_: object) -> Node:
            return replace(node, selections=tuple(chance.sample(node.selections, len(node.selections))))

    return _printed(visit(parse(document.text), Shuffling()), document)


def extracted(document: Document, schema: GraphQLSchema) -> Document:
    """The document with every selection of an object's fields in a fragment of its own."""
    types, found = TypeInfo(schema), list[FragmentDefinitionNode]()

    class Extracting(Visitor):
        def leave_field(self, node: FieldNode, *_: object) -> Node | None:
            within = types.get_type()
            if node.selection_set is None or within is None:
                return None
            name = NameNode(value=f"Extracted{len(found)}")
            on = NamedTypeNode(name=NameNode(value=_named(within)))
            found.append(FragmentDefinitionNode(name=name, type_condition=on, selection_set=node.selection_set))
            spread = SelectionSetNode(selections=(FragmentSpreadNode(name=name, directives=()),))
            return replace(node, selection_set=spread)

    changed = visit(parse(document.text), TypeInfoVisitor(types, Extracting()))
    return _printed(replace(changed, definitions=(*changed.definitions, *found)), document)


def _named(type_: Any) -> str:
    while hasattr(type_, "of_type"):
        type_ = type_.of_type
    return str(type_.name)


def _printed(node: DocumentNode, document: Document) -> Document:
    return Document(print_ast(node), document.variables)
