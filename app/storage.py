"""The storage: where the content of uploaded files is kept, behind one small interface."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

CHUNK = 65_536


class Storage(Protocol):
    """Where contents are kept by id; the same for every process of the product."""

    async def put(self, file_id: UUID, content: BinaryIO) -> None:
        """Keep a content from its beginning; all of it is there afterwards, or nothing."""

    async def open(self, file_id: UUID) -> AsyncIterator[bytes] | None:
        """The content in parts; None when there is none."""

    async def delete(self, file_id: UUID) -> None:
        """Forget a content, if there is one."""


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """A folder: each content is a file named by its id, so that no name of a client's ever meets the disk."""

    folder: Path

    async def put(self, file_id: UUID, content: BinaryIO) -> None:
        """Write beside it, then rename: nobody ever opens half a file."""
        await asyncio.to_thread(self._write, file_id, content)

    async def open(self, file_id: UUID) -> AsyncIterator[bytes] | None:
        """The file in parts; it can be deleted meanwhile, and is still read to its end."""
        try:
            file = await asyncio.to_thread(self._path(file_id).open, "rb")
        except FileNotFoundError:
            return None
        return _parts(file)

    async def delete(self, file_id: UUID) -> None:
        """Remove the file, and what a put that was cut short has left of it."""
        path = self._path(file_id)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        await asyncio.to_thread(_unfinished(path).unlink, missing_ok=True)

    def _path(self, file_id: UUID) -> Path:
        return self.folder / file_id.hex

    def _write(self, file_id: UUID, content: BinaryIO) -> None:
        path = self._path(file_id)
        unfinished = _unfinished(path)
        self.folder.mkdir(parents=True, exist_ok=True)
        content.seek(0)
        with unfinished.open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".part")


async def _parts(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while part := await asyncio.to_thread(file.read, CHUNK):
            yield part
    finally:
        file.close()
