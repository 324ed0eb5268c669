"""Papers as PDF, each set by a process of its own, a few at a time."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import orjson

from app.domain.errors import ErrorCode, Refusal
from app.papers.paper import Paper

SETTER = Path(__file__).parent / "setter.py"
AT_ONCE = 2
WAITING_MOST = 20
SECONDS_MOST = 30.0


class Printer:
    """Sets papers; whoever comes when too many wait is told to come again."""

    def __init__(self) -> None:
        self._waiting = 0
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def pdf(self, paper: Paper) -> bytes:
        """The PDF of a paper, the same bytes for the same paper; TOO_LONG for one that takes too much to set."""
        if self._waiting >= WAITING_MOST:
            raise Refusal(ErrorCode.TOO_MANY, "Too many papers are being printed; ask again in a moment.")
        self._waiting += 1
        try:
            async with self._turns:
                said = await asyncio.to_thread(lambda: orjson.dumps(paper.document()))
                return await _set(said, paper.as_of.replace(microsecond=0).isoformat())
        finally:
            self._waiting -= 1


async def _set(said: bytes, dated: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(SETTER), dated), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(SECONDS_MOST):
            made, complaint = await process.communicate(said)
    except TimeoutError:
        raise _too_large() from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    code = await process.wait()
    if code < 0:  # a signal: it had used up its time or its memory
        raise _too_large()
    if code:
        raise RuntimeError(f"a paper could not be set: {complaint.decode(errors='replace')[-2_000:]}")
    return made


def _too_large() -> Refusal:
    return Refusal(ErrorCode.TOO_LONG, "This order says too much for a PDF; take its HTML.")
