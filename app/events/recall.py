"""Recall: what members missed is told again, page by page, and a page serves everybody who missed any of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from app.db.feed import Event
from app.events.live import Live
from app.events.members import Member
from app.events.recent import Entry, Recent

Tell = Callable[[Any], Awaitable[bytes]]


async def entry_of(event: Event, live: Live[Any], tell: Tell) -> Entry | None:
    """What is told of an event, or None when it is nothing."""
    told = live.tell(event) if live.stream.shows(event) else None
    if told is None:
        return None
    payload = await tell(told.message)
    return Entry(live.stream.place(event), payload, told.parting, asyncio.get_running_loop().time())


class Recall:
    """Members further back than `recent` reaches, served in turn, so that one who missed much holds up nobody.

    Who cannot take a message leaves, and comes again from where they are. `serve` is given whoever has caught up.
    """

    __slots__ = ("_behind", "_live", "_recent", "_serve", "_tell")

    def __init__(self, live: Live[Any], tell: Tell, recent: Recent, serve: Callable[[Member], None]) -> None:
        self._live = live
        self._tell = tell
        self._recent = recent
        self._serve = serve
        self._behind: dict[Member, None] = {}

    def add(self, member: Member) -> None:
        """Let a member wait for its turn, if it does not wait already."""
        self._behind.setdefault(member)

    def discard(self, member: Member) -> None:
        """Let a member wait no longer."""
        self._behind.pop(member, None)

    async def run(self) -> None:
        """Serve until nobody waits."""
        while self._behind:
            first = next(iter(self._behind))
            if first.at < self._recent.since:
                await self._page(first.at)
            else:
                self._go_on(first, first.at)

    async def _page(self, start: int) -> None:
        """Read a page behind a place and tell it to all who waited when it was read."""
        live, since = self._live, self._recent.since
        page = await live.feeds.recall(live.stream, start)
        # a page that is not full has everything up to `since`, which was there before it was read
        full = len(page) >= live.feeds.tunables.recalled
        end = min(live.stream.place(page[-1]), since) if full else since
        riders = [member for member in self._behind if start <= member.at < end]
        told: list[Entry] = []
        for event in page:
            if not riders:
                return
            if live.stream.place(event) > end:
                break
            entry = await entry_of(event, live, self._tell)
            if entry is not None:
                told.append(entry)
                riders = [member for member in riders if self._told(member, entry)]
        if end == since == self._recent.since:
            self._recent.precede(start, told)
        for member in riders:
            if member in self._behind:
                self._go_on(member, end)

    def _told(self, member: Member, entry: Entry) -> bool:
        """Tell a member who is still there; whether it can be told more."""
        if member not in self._behind:
            return False
        if member.tell(entry):
            return True
        self.discard(member)
        return False

    def _go_on(self, member: Member, at: int) -> None:
        """Take a member on from the end of a page: to what is recent, or to the end of the queue."""
        member.at = max(member.at, at)
        self.discard(member)
        self._serve(member)
