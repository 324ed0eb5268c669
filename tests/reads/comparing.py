"""One operation by its plan and by graphql-core, held to the same answer byte for byte."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import DocumentNode
from strawberry import Schema

from app.db.premise import Premise, Unfounded
from app.graphql.documents import Document as Examined
from app.graphql.documents import Documents
from app.graphql.errors import Code, RequestRefused
from app.graphql.limits import Limits
from app.graphql.operations import Operation, Operations
from app.graphql.requests import GraphQLRequest
from app.graphql.schema import schema as served
from app.reads import OperationPlans
from tests.documents import Document

Way = Callable[[Operations, Operation, Any], Awaitable[bytes]]


class Different(AssertionError):
    """The two answers are not the same, or something went wrong on our side."""


@dataclass(frozen=True)
class Answer:
    """What came back, as bytes and read; `refused` before anything of it ran."""

    body: bytes
    said: dict[str, Any]
    refused: bool = False

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [error["extensions"]["code"] for error in self.said.get("errors", [])]


async def answered(operations: Operations, operation: Operation, context: Any) -> bytes:
    """The answer to a query or a mutation."""
    return await operations.answer(operation, context)


class Complaints(logging.Handler):
    """What the engine complains of: a plan that fails is a bug, though graphql-core answers in its place."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a complaint."""
        self.heard.append(f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}")


class Read(Documents):
    """The documents that another store has examined, which takes most of the time; what is found out stays apart."""

    def __init__(self, first: Documents) -> None:
        super().__init__(first._schema, first._limits, first._introspection)
        self._first = first

    def _examine(self, text: str) -> Examined:
        return replace(self._first.read(text), found={})


@dataclass
class Pair:
    """The planned way and graphql-core's, and who looks; `way` is how both are asked."""

    plans: OperationPlans
    context_for: Callable[[str], Any]
    schema: Schema = served
    way: Way = answered
    limits: Limits = field(default_factory=Limits)
    planned: Operations = field(init=False)
    reference: Operations = field(init=False)

    def __post_init__(self) -> None:
        self.planned = Operations(self.schema, self.limits, True, plans=self.plans)
        self.reference = Operations(self.schema, self.limits, True)
        self.reference._documents = Read(self.planned._documents)

    def parsed(self, document: Document) -> DocumentNode:
        """What a valid document says."""
        return self.reference._documents.read(document.text).node

    async def compare(self, document: Document, viewer: str) -> Answer:
        """The answer that both give; Different when they do not."""
        with complaints() as heard:
            planned = await self.ask(self.planned, document, viewer)
            reference = await self.ask(self.reference, document, viewer)
        if heard or Code.INTERNAL in [*planned.codes, *reference.codes]:
            raise Different(f"something went wrong: {heard}\n{_shown(planned)}\n{_shown(reference)}")
        if _plain(planned) != _plain(reference):
            raise Different(f"planned and by graphql-core:\n{_shown(planned)}\n{_shown(reference)}")
        return reference

    async def ask(self, operations: Operations, document: Document, viewer: str) -> Answer:
        """One side's answer."""
        try:
            operation = operations.prepare(GraphQLRequest(document.text, document.variables, None))
            body = await self.way(operations, operation, self.context_for(viewer))
        except RequestRefused as refusal:
            return Answer(body := operations.refusal(refusal.errors), orjson.loads(body), refused=True)
        return Answer(body, read(body))

    async def presume(self, document: Document, viewer: str, answer: Answer) -> None:
        """Hold the plan's answer on a premise, if it gives one, to the same; on a wrong one there must be none."""
        operation = self.planned.prepare(GraphQLRequest(document.text, document.variables, None))
        for found in ("so", "not so"):
            context = replace(self.context_for(viewer), premise=Premise("'so'::text", (), found))
            try:
                body = await self.planned.answer(operation, context)
            except Unfounded:
                continue
            if found != "so" or _plain(Answer(body, read(body))) != _plain(answer):
                raise Different(
                    f"planned on a premise that is {found}, and by graphql-core:\n{body!r}\n{_shown(answer)}"
                )

    async def difference(self, document: Document, viewer: str) -> Different | None:
        """How the two answers differ, if they do."""
        try:
            await self.compare(document, viewer)
        except Different as found:
            return found
        return None

    async def differs(self, document: Document, viewer: str) -> bool:
        """Whether the two answer differently."""
        return await self.difference(document, viewer) is not None


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What the engine complains of in the course of a block."""
    log, handler = logging.getLogger("app.reads"), Complaints()
    log.addHandler(handler)
    try:
        yield handler.heard
    finally:
        log.removeHandler(handler)


def read(body: bytes) -> Any:
    """The response; no object in it may have a key twice, as a JSON reader would not tell."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise Different(f"a key stands twice in {pairs}")
        return made

    json.loads(body, object_pairs_hook=once)
    return orjson.loads(body)


def _plain(answer: Answer) -> bytes:
    """The answer as orjson writes it; root fields that fail together may fail in any order."""
    said = dict(answer.said)
    if "errors" in said:
        said["errors"] = sorted(said["errors"], key=orjson.dumps)
    return orjson.dumps([answer.refused, said])


def _shown(answer: Answer) -> str:
    return answer.body.decode(errors="replace")
