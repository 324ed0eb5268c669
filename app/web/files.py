"""The door of files: sent by whoever may use them, and fetched by those whom they concern (ORD-1, section 13).

A file is the body of its request as it is, by curl's `--data-binary` or a browser's `fetch`; what it is for, and its
name, stand in the address.
"""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.actions import files
from app.actions.files import Keeping, Received
from app.domain.access import Actor
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Attachment, AttachmentPurpose
from app.graphql.errors import RequestRefused, formatted
from app.web.door import PRIVATE, Door

PATH = "/files"
SECONDS_MOST = 300.0
_IN_MEMORY = 1_048_576
_ID = re.compile(r"fil_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Files:
    """The routes, with the most bytes that a file may have."""

    means: Keeping
    door: Door
    most: int

    def routes(self) -> list[BaseRoute]:
        """Where files are sent to and fetched from."""
        return [
            Route(PATH, self.send, methods=["POST", "OPTIONS"], name="files"),
            Route(PATH + "/{id}", self.fetch, methods=["GET", "OPTIONS"], name="file"),
        ]

    async def send(self, request: Request) -> Response:
        """Take a file in; it is answered with its id."""
        return await self.door.answer(request, self._send, "a file's request")

    async def fetch(self, request: Request) -> Response:
        """Give a file out, to be saved and never to be shown as a page of ours."""
        return await self.door.answer(request, self._fetch, "a file's request")

    async def _send(self, request: Request, actor: Actor) -> Response:
        purpose = _purpose(request.query_params.get("purpose"))
        name = request.query_params.get("name", "")
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
            try:
                async with asyncio.timeout(SECONDS_MOST):
                    received = await self._receive(request, cast(BinaryIO, content))
            except (ClientDisconnect, TimeoutError):
                message = "The file did not arrive as a whole; send it again."
                raise RequestRefused([formatted(ErrorCode.FILE_REFUSED, message)], 408) from None
            file = await files.receive(self.means, actor, purpose, name, received)
        return JSONResponse(_told(file), 201, headers={"cache-control": "no-store"})

    async def _receive(self, request: Request, content: BinaryIO) -> Received:
        """The body to its end.

        One that is too large is read on for a while and thrown away: a client that still sends would not hear why.
        """
        size, digest = 0, hashlib.sha256()
        announced = request.headers.get("content-length", "0")
        if not announced.isdecimal() or len(announced) > 19 or int(announced) > 2 * self.most:
            raise self._too_large()
        async for chunk in request.stream():
            size += len(chunk)
            if size > 2 * self.most:
                break
            if size <= self.most:
                digest.update(chunk)
                await asyncio.to_thread(content.write, chunk)
        if size > self.most:
            raise self._too_large()
        return Received(content, size, digest.hexdigest())

    def _too_large(self) -> Refusal:
        message = f"A file has at most {self.most} bytes."
        return Refusal(ErrorCode.TOO_LONG, message, ("content",), {"most": str(self.most)})

    async def _fetch(self, request: Request, actor: Actor) -> Response:
        named = request.path_params["id"]
        if not _ID.fullmatch(named):
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such file, or you may not see it.", ("id",))
        file, content = await files.fetch(self.means, actor, UUID(named[4:]))
        headers = {
            "content-disposition": _disposition(file.name),
            "content-length": str(file.size),
            "content-security-policy": "default-src 'none'; sandbox",
            "etag": f'"{file.sha256}"',
            **PRIVATE,
        }
        return StreamingResponse(content, media_type=file.media_type, headers=headers)


def _purpose(text: str | None) -> AttachmentPurpose:
    try:
        return AttachmentPurpose(text or "")
    except ValueError:
        message = f"Say what the file is for: ?purpose= one of {', '.join(AttachmentPurpose)}."
        raise Refusal(ErrorCode.INVALID, message, ("purpose",)) from None


def _told(file: Attachment) -> dict[str, Any]:
    return {"id": f"fil_{file.id.hex}", "name": file.name, "mediaType": file.media_type, "size": file.size}


def _disposition(name: str) -> str:
    """To be saved under its name, in the old spelling and in the one that knows every letter (RFC 6266)."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
