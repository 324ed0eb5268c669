"""Documents: text, once parsed, measured and validated, is kept for the next request that sends it."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from app.graphql.errors import Code, RequestRefused, present_document, refused, syntax_code
from app.graphql.limits import NUL, Limits, check_cost, check_page, check_weight
from app.graphql.measure import Measure, Measured


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document within the limits, with each of its operations measured, and what is found out about them."""

    text: str
    node: DocumentNode
    operations: dict[str | None, tuple[OperationDefinitionNode, Measured]]
    found: dict[Any, Any] = field(default_factory=dict, compare=False)

    def operation(self, name: str | None) -> tuple[OperationDefinitionNode, Measured]:
        """The operation to run; a document with one needs no name."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise refused(
                Code.OPERATION_RESOLUTION_FAILED, "The document has several operations: name one in operationName."
            )
        if name not in self.operations:
            raise refused(Code.OPERATION_RESOLUTION_FAILED, f"The document has no operation named {name!r}.")
        return self.operations[name]


class Documents:
    """The documents of one schema: the valid ones kept, the least recently used given up first."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._introspection = introspection
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._kept_bytes = 0
        self._found = 0
        self._examined = 0
        self._evicted = 0

    def figures(self) -> dict[str, int]:
        """How the store does."""
        return {
            "kept": len(self._kept),
            "most": self._limits.cached_documents,
            "characters": self._kept_bytes,
            "found": self._found,
            "examined": self._examined,
            "evicted": self._evicted,
        }

    def read(self, text: str) -> Document:
        """The document of a text, or a refusal that says what is wrong with it."""
        document = self._kept.get(text)
        if document is not None:
            self._found += 1
            self._kept.move_to_end(text)
            return document
        self._examined += 1
        document = self._examine(text)
        self._keep(document)
        return document

    def cost(self, measured: Measured, variables: Mapping[str, Any]) -> int:
        """What an operation may cost; variables that make a page too large or the operation too costly are refused."""
        cost = measured.costs.compute(measured.cost, measured.defaults, variables, self._check_page)
        check_cost(cost, self._limits)
        return cost

    def _check_page(self, size: int) -> None:
        check_page(size, self._limits)

    def _examine(self, text: str) -> Document:
        limits = self._limits
        node = self._parse(text)
        fragments = sum(isinstance(definition, FragmentDefinitionNode) for definition in node.definitions)
        if fragments > limits.fragments:
            message = f"The document has {fragments} fragments; at most {limits.fragments} are allowed."
            raise refused(Code.FRAGMENT_LIMIT, message, limit=limits.fragments, actual=fragments)
        measure = Measure(self._schema, node, limits.default_page)
        for weight in measure.fragments():
            check_weight(weight, limits, self._introspection)
        operations: dict[str | None, tuple[OperationDefinitionNode, Measured]] = {}
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                measured = measure.operation(definition)
                check_weight(measured.weight, limits, self._introspection)
                operations[definition.name.value if definition.name else None] = (definition, measured)
        self._validate(node)
        if not operations:
            raise refused(Code.OPERATION_RESOLUTION_FAILED, "The document has no operation.")
        return Document(text, node, operations)

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        if len(text) > limits.document_bytes or len(text.encode("utf-8", "surrogatepass")) > limits.document_bytes:
            message = f"The document is larger than {limits.document_bytes} bytes."
            raise refused(Code.DOCUMENT_TOO_LARGE, message, 413, limit=limits.document_bytes)
        try:
            node = parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
        except GraphQLSyntaxError as error:
            raise RequestRefused(present_document([error], syntax_code(error))) from None
        if "\\u" in text and any("\0" in token for token in _tokens(node)):
            raise refused(Code.BAD_USER_INPUT, NUL)
        return node

    def _validate(self, node: DocumentNode) -> None:
        errors = validate(self._schema, node, max_errors=self._limits.errors, hide_suggestions=not self._introspection)
        if errors:
            raise RequestRefused(present_document(errors, Code.GRAPHQL_VALIDATION_FAILED))

    def _keep(self, document: Document) -> None:
        self._kept[document.text] = document
        self._kept_bytes += len(document.text)
        while len(self._kept) > self._limits.cached_documents or self._kept_bytes > self._limits.cached_bytes:
            self._kept_bytes -= len(self._kept.popitem(last=False)[0])
            self._evicted += 1


def _tokens(node: DocumentNode) -> Iterator[str]:
    """The values of a document's tokens, escapes resolved."""
    token = node.loc.start_token if node.loc else None
    while token is not None:
        yield token.value or ""
        token = token.next
