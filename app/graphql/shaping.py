"""Messages of webhooks: shaped by the subscription document of an endpoint, as a subscriber would be told them.

The document is read, measured and run by what answers subscriptions, with the scope of whoever keeps the endpoint.
"""

from collections import OrderedDict
from typing import Any

import orjson
from graphql import FieldNode, OperationType

from app.db.feed import Event
from app.domain.access import Viewer
from app.domain.errors import ErrorCode, Refusal
from app.domain.webhooks import Wanted
from app.events.live import Live
from app.events.streams import FeedStream
from app.graphql.errors import Code, RequestRefused
from app.graphql.operations import Operations
from app.graphql.requests import GraphQLRequest
from app.graphql.sharing import Key, Shared, shared
from app.graphql.subscriptions import Onlook
from app.jobs.webhooks import NotMade

FIELD = "events"
SOURCES_KEPT = 512
SHAPE = "Write a subscription of the one field `events`, which takes `after` by a variable of its own or not at all."


class Shaping:
    """Makes messages; `onlook` makes the context of what a viewer is told."""

    def __init__(self, operations: Operations, onlook: Onlook) -> None:
        self._operations = operations
        self._onlook = onlook
        self._sources: OrderedDict[Key, Live[Any]] = OrderedDict()

    async def source(self, wanted: Wanted, viewer: Viewer) -> FeedStream:
        """What of the feed a document asks for; a refusal says why it cannot be sent by."""
        return (await self._live(self._shared(wanted, viewer)))[1]

    async def message(self, wanted: Wanted, viewer: Viewer, event: Event) -> bytes | None:
        """The JSON response of one event, as it is for the viewer now; None for what is not theirs to hear."""
        found = self._shared(wanted, viewer)
        live, stream = await self._live(found)
        told = live.tell(event) if stream.shows(event) and stream.holds(event) else None
        if told is None:
            return None
        try:
            made = await self._operations.message(found.operation, await self._onlook(viewer), told.message)
        except RequestRefused:
            raise NotMade from None
        if made.startswith(b'{"errors"') and _ours(made):
            raise NotMade
        return made

    def _shared(self, wanted: Wanted, viewer: Viewer) -> Shared:
        request = GraphQLRequest(wanted.document, wanted.variables, wanted.operation_name)
        try:
            operation = self._operations.prepare(request)
        except RequestRefused as refused:
            raise _unfit(refused) from None
        fields = operation.node.selection_set.selections
        alone = len(fields) == 1 and isinstance(fields[0], FieldNode) and fields[0].name.value == FIELD
        found = shared(operation, viewer) if operation.kind is OperationType.SUBSCRIPTION and alone else None
        if found is None:
            raise Refusal(ErrorCode.INVALID, SHAPE, ("document",))
        return found

    async def _live(self, found: Shared) -> tuple[Live[Any], FeedStream]:
        """The source of a subscription, found once for all of its messages."""
        live = self._sources.get(found.key)
        if live is None:
            try:
                source = await self._operations.source(found.operation, await self._onlook(found.key.viewer))
            except RequestRefused as refused:
                raise _unfit(refused) from None
            if not isinstance(source, Live):
                raise Refusal(ErrorCode.INVALID, SHAPE, ("document",))
            live = self._sources[found.key] = source
            if len(self._sources) > SOURCES_KEPT:
                self._sources.popitem(last=False)
        self._sources.move_to_end(found.key)
        if not isinstance(live.stream, FeedStream):
            raise Refusal(ErrorCode.INVALID, SHAPE, ("document",))
        return live, live.stream


def _unfit(refused: RequestRefused) -> Refusal:
    """A refusal of the document or its variables, as one that an input's field is at fault for."""
    codes = {error["extensions"]["code"] for error in refused.errors}
    field = "variables" if codes == {Code.BAD_USER_INPUT} else "document"
    return Refusal(ErrorCode.INVALID, refused.errors[0]["message"], (field,), {"code": str(min(codes))})


def _ours(response: bytes) -> bool:
    """Whether something went wrong on our side."""
    ours = (Code.INTERNAL, Code.UNAVAILABLE)
    return any(error["extensions"]["code"] in ours for error in orjson.loads(response)["errors"])
