"""The smallest document that still fails: selections, directives and variables are left out as long as it does."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    visit,
)

from tests.documents import Document

TRIES = 300
Span = tuple[int, int, str]


async def shrunk(document: Document, fails: Callable[[Document], Awaitable[bool]], tries: int = TRIES) -> Document:
    """A document of which nothing more can be left out, as far as the tries go; `fails` says whether one still does."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(document):
            if tries == 0:
                break
            tries -= 1
            if await fails(candidate):
                document, smaller = candidate, True
                break
    return document


def _candidates(document: Document) -> Iterator[Document]:
    """The document without one thing, the largest things first."""
    spans = _spans(document.text)
    for start, end, instead in sorted(spans, key=lambda span: span[0] - span[1] + len(span[2])):
        if cut := _tidied(document.text[:start] + instead + document.text[end:], document):
            yield cut


def _spans(text: str) -> list[Span]:
    """What can be left out: a selection that is not alone, a directive, the bounds of an inline fragment."""
    spans: list[Span] = []

    class Finder(Visitor):
        def enter(self, node: Node, *_: object) -> None:
            if isinstance(node, SelectionSetNode) and len(node.selections) > 1:
                spans.extend((*_place(each), "") for each in node.selections)
            elif isinstance(node, InlineFragmentNode):
                start, end = _place(node.selection_set)
                spans.append((*_place(node), text[start + 1 : end - 1]))
            elif isinstance(node, DirectiveNode):
                spans.append((*_place(node), ""))

    visit(parse(text), Finder())
    return spans


def _place(node: Node) -> tuple[int, int]:
    assert node.loc is not None
    return node.loc.start, node.loc.end


def _tidied(text: str, document: Document) -> Document | None:
    """The text without fragments and variables that nothing names any more; None when it cannot be read."""
    try:
        while (unused := _unused(text, parse(text))) is not None:
            start, end = _place(unused)
            text = re.sub(r"\([,\s]*\)", "", text[:start] + text[end:])
    except GraphQLSyntaxError:
        return None
    return Document(
        re.sub(r"(, )+(?=[,)])|\n+(?=\n)|(?<= ) +", "", text),
        {name: value for name, value in document.variables.items() if f"${name}:" in text},
    )


def _unused(text: str, document: DocumentNode) -> Node | None:
    spread, named = set(re.findall(r"\.\.\.\s*(\w+)", text)), Counter(re.findall(r"\$(\w+)", text))
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode) and node.name.value not in spread:
            return node
        if isinstance(node, OperationDefinitionNode):
            for declared in node.variable_definitions or ():
                if named[declared.variable.name.value] == 1:
                    return declared
    return None
