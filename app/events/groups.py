"""Groups: each event of a subscription is told once, to all who share it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from app.events.flights import Flights, Next
from app.events.follower import FeedInterruptedError
from app.events.live import Live
from app.events.members import Member, Sink
from app.events.recall import Recall, Tell, entry_of
from app.events.recent import Entry, Recent
from app.events.shifts import Shift


@dataclass(frozen=True, slots=True)
class Opening:
    """A subscription begun anew, with all the checks that a subscriber has to pass; `tell` makes a message's bytes."""

    live: Live[Any]
    tell: Tell
    _first: Flights[None, bytes] = field(default_factory=Flights)

    async def first(self) -> bytes:
        """What is said first to those who come without a cursor, told once for all who share this."""
        return await self._first.share(None, self._tell)

    async def _tell(self) -> bytes:
        return await self.tell(None if self.live.opening is None else await self.live.opening())


class Group:
    """One subscription and its members, who differ in nothing but their cursors and where their messages go.

    Every step of a member is the same: be registered, then read, then sift by the one cursor. `recent` holds whatever
    was told behind `recent.since` and the follower brings all that comes; members from further back are recalled first.
    A group has no task while there is nothing to tell. `begin` opens the subscription, `over` is called once, at the
    end, with the reason if there is one.
    """

    def __init__(
        self, begin: Callable[[], Awaitable[Opening]], over: Callable[["Group", Exception | None], None]
    ) -> None:
        self.members: set[Member] = set()
        self._over = over
        self._openings = Next(begin)
        self._joining = 0
        self._telling: _Telling | None = None
        self._ended = False

    async def join(self, sink: Sink, after: str | None) -> Member:
        """Become a member behind a cursor, or with the opening message; a Refusal when the cursor is none."""
        self._joining += 1
        try:
            opening = await self._openings.share()
            live = opening.live
            at = live.at if after is None else await live.resume(after)
            first = await opening.first() if after is None else None
            if self._ended:
                raise FeedInterruptedError("the others were interrupted")
            if self._telling is None:
                self._telling = _Telling(opening, self.members, self.end)
            member = Member(self, sink, at, first)
            self.members.add(member)
        finally:
            self._joining -= 1
            self._end_if_left()
        self._telling.serve(member)
        return member

    def resume(self, member: Member) -> None:
        """Go on with a member who can be sent messages again."""
        if self._telling is not None and member in self.members:
            self._telling.serve(member)

    def leave(self, member: Member) -> None:
        """Part from a member."""
        member.live = False
        self.members.discard(member)
        if self._telling is not None:
            self._telling.recall.discard(member)
        self._end_if_left()

    def end(self, reason: Exception | None = None) -> None:
        """End it for all members."""
        if self._ended:
            return
        self._ended = True
        if not self._joining:
            self._openings.cancel()
        if self._telling is not None:
            self._telling.stop()
        members, self.members = self.members, set()
        self._over(self, reason)
        if reason is not None:
            for member in members:
                member.live = False
                member.sink.ended(reason)

    def _end_if_left(self) -> None:
        if not self.members and not self._joining:
            self.end()


class _Telling:
    """The part of a group that exists once it has begun: it follows the stream and tells the members."""

    def __init__(self, opening: Opening, members: set[Member], failed: Callable[[Exception], None]) -> None:
        live = opening.live
        self._opening = opening
        self._members = members
        self._tunables = live.feeds.tunables
        self._recent = Recent(live.at, self._tunables)
        self.recall = Recall(live, opening.tell, self._recent, self.serve)
        self._work = Shift(self._tell_news, failed)
        self._recalling = Shift(self.recall.run, failed)
        self._timer: asyncio.TimerHandle | None = None
        self._follower = live.feeds.follower(live.stream, live.at, live.cursor, self._work.wake)
        live.feeds.hub.join(live.stream.topic, self._follower)
        self._work.wake()

    def serve(self, member: Member) -> None:
        """Tell a member what it missed, as far as it can take it, and from then on what comes."""
        if member.live or not member.begin():
            return
        if member.at < self._recent.since:
            self.recall.add(member)
            self._recalling.wake()
            return
        self.recall.discard(member)
        if all(member.tell(entry) for entry in self._recent.behind(member.at)):
            member.live = True

    def stop(self) -> None:
        """Follow no more."""
        live = self._opening.live
        live.feeds.hub.leave(live.stream.topic, self._follower)
        self._work.cancel()
        self._recalling.cancel()
        if self._timer is not None:
            self._timer.cancel()

    async def _tell_news(self) -> None:
        """Tell what the follower has by now."""
        while (event := await self._follower.ready()) is not None:
            entry = await entry_of(event, self._opening.live, self._opening.tell)
            if entry is not None:
                await self._publish(entry)

    async def _publish(self, entry: Entry) -> None:
        """Tell an entry to all members who have had what was before it."""
        self._recent.add(entry)
        if self._timer is None:
            self._forget()
        members, most = list(self._members), self._tunables.told_at_once
        for start in range(0, len(members), most):
            for member in members[start : start + most]:
                if member.live and not member.tell(entry):
                    member.live = False
            if start + most < len(members):
                await asyncio.sleep(0)

    def _forget(self) -> None:
        """Give up what is old, and come again while there is something that will be."""
        loop = asyncio.get_running_loop()
        again = self._recent.forget(loop.time())
        self._timer = None if again is None else loop.call_at(again, self._forget)
