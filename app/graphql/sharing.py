"""What subscribers can share: the same document, operation, variables and viewer, wherever each of them resumes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    Node,
    NonNullTypeNode,
    NullValueNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
)

from app.domain.access import Viewer
from app.graphql.documents import Document
from app.graphql.operations import Operation

RESUME = "after"  # the argument of every subscription that says where its client has come to


@dataclass(frozen=True, slots=True)
class Key:
    """All that the messages of a subscription may depend on; where a client resumes is no part of it."""

    text: str
    operation_name: str | None
    variables: str
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Shared:
    """A subscription without the place where it resumes, and that place."""

    key: Key
    operation: Operation
    after: str | None


@dataclass(frozen=True, slots=True)
class _Form:
    """A subscription's document without its resume argument, and the variable that gave it."""

    document: Document
    node: OperationDefinitionNode
    resume: VariableDefinitionNode | None


def shared(operation: Operation, viewer: Viewer) -> Shared | None:
    """The subscription as it can be shared, or None when it has to run alone."""
    name, found = operation.node.name.value if operation.node.name else None, operation.document.found
    if name not in found:
        found[name] = _form_of(operation.document, operation.node)
    form: _Form | None = found[name]
    if form is None:
        return None
    variables = dict(operation.variables)
    after = variables.pop(form.resume.variable.name.value, None) if form.resume else None
    if after is None and form.resume is not None and isinstance(form.resume.type, NonNullTypeNode):
        return None
    if not isinstance(after, str | None):
        return None
    key = Key(operation.document.text, name, _canonical(variables, form.node), viewer)
    return Shared(key, Operation(form.document, form.node, variables), after)


def _form_of(document: Document, node: OperationDefinitionNode) -> _Form | None:
    """The form of an operation whose one field resumes by a variable that is there for nothing else, or not at all."""
    selections = node.selection_set.selections
    if len(selections) != 1 or not isinstance(field := selections[0], FieldNode):
        return None
    arguments = {argument.name.value: argument for argument in field.arguments or ()}
    resume = arguments.pop(RESUME, None)
    if resume is None:
        return _Form(document, node, None)
    definitions = {each.variable.name.value: each for each in node.variable_definitions or ()}
    if not isinstance(resume.value, VariableNode):
        return None
    defined = definitions.pop(resume.value.name.value)
    name = resume.value.name.value
    read = [each for each in document.node.definitions if each is node or isinstance(each, FragmentDefinitionNode)]
    if sum(_uses(each, name) for each in read) != 2 or not isinstance(defined.default_value, NullValueNode | None):
        return None
    shared_field = replace(field, arguments=tuple(arguments.values()))
    shared_node = replace(
        node,
        variable_definitions=tuple(definitions.values()),
        selection_set=replace(node.selection_set, selections=(shared_field,)),
    )
    others = tuple(shared_node if each is node else each for each in document.node.definitions)
    shared_document = replace(document, node=replace(document.node, definitions=others), found={})
    return _Form(shared_document, shared_node, defined)


def _uses(node: Node, variable: str) -> int:
    """How often a variable is named anywhere under a node; its definition is once."""
    waiting, found = [node], 0
    while waiting:
        each = waiting.pop()
        found += isinstance(each, VariableNode) and each.name.value == variable
        waiting.extend(_children(each))
    return found


def _children(node: Node) -> Iterator[Node]:
    for name in node.keys:
        value = getattr(node, name)
        for each in value if isinstance(value, tuple | list) else (value,):
            if isinstance(each, Node):
                yield each


def _canonical(variables: dict[str, Any], node: OperationDefinitionNode) -> str:
    """The variables that the operation knows, as one text whatever the order they were sent in."""
    names = {each.variable.name.value for each in node.variable_definitions or ()}
    known = {name: value for name, value in variables.items() if name in names}
    return orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode()
