"""The vigil over the sessions of open connections: it ends what a token, a role or a place no longer carries."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence

from app.db.premise import Premise
from app.events.shifts import Shift
from app.graphql.sessions import Now, Session, log

EXPIRED = "The access token has expired"
INVALID = "The access token is no longer valid"
AT_ONCE = 1000  # premises looked at by one statement
LONGEST = 3600.0  # a timer is set anew at least this often, since the clock may be put right meanwhile

# which premises are as they were
Holding = Callable[[Sequence[Premise]], Awaitable[Sequence[bool]]]


class Watch:
    """One open connection; `over` is called once with the reason, unless the watch is stopped before."""

    __slots__ = ("_over", "_timer", "_vigil", "session")

    def __init__(self, vigil: "Vigil", session: Session, over: Callable[[str], None]) -> None:
        self.session = session
        self._vigil = vigil
        self._over = over
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """End it when it has expired, and otherwise look again when it will have."""
        if self.session.expires_at is None:
            return
        left = (self.session.expires_at - self._vigil.now()).total_seconds()
        if left <= 0:
            self.end(EXPIRED)
        else:
            self._timer = asyncio.get_running_loop().call_later(min(left, LONGEST), self.look)

    def end(self, reason: str) -> None:
        """Say that the session is over."""
        self.stop()
        self._over(reason)

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()
        self._vigil.forget(self)


class Vigil:
    """Watches all connections of a process; sessions that rest on the same facts are looked at once for all.

    With `holding` one statement looks at the premises of many, and only those that changed are looked at singly.
    """

    def __init__(self, now: Now, every: float, holding: Holding | None = None) -> None:
        self.now = now
        self._every = every
        self._holding = holding
        self._watches: dict[Hashable, set[Watch]] = {}
        self._looking = Shift(self._look, _failed)

    def watch(self, session: Session, over: Callable[[str], None]) -> Watch:
        """Watch a session from now on."""
        watch = Watch(self, session, over)
        if session.still_valid is not None:
            self._watches.setdefault(_basis(session), set()).add(watch)
            self._looking.wake()
        watch.look()
        return watch

    def forget(self, watch: Watch) -> None:
        """Watch a session no longer."""
        basis = _basis(watch.session)
        watches = self._watches.get(basis, set())
        watches.discard(watch)
        if not watches:
            self._watches.pop(basis, None)

    async def _look(self) -> None:
        """Look at every session again and again, as long as there are any."""
        while self._watches:
            await asyncio.sleep(self._every)
            bases = list(self._watches)
            for start in range(0, len(bases), AT_ONCE):
                for basis in await self._doubtful(bases[start : start + AT_ONCE]):
                    await self._doubt(basis)

    async def _doubtful(self, bases: Sequence[Hashable]) -> list[Hashable]:
        """Those that are not known to be as they were."""
        premises = [basis for basis in bases if isinstance(basis, Premise)]
        if self._holding is None or not premises:
            return list(bases)
        try:
            held = {premise for premise, holds in zip(premises, await self._holding(premises), strict=True) if holds}
        except Exception:
            log.warning("the sessions could not be checked again", exc_info=True)
            held = set(premises)
        return [basis for basis in bases if basis not in held]

    async def _doubt(self, basis: Hashable) -> None:
        """Ask for one of the sessions on a basis, and end all of them if it is over."""
        session = next((watch.session for watch in self._watches.get(basis, ())), None)
        if session is not None and not await _valid(session):
            for watch in list(self._watches.get(basis, ())):
                watch.end(INVALID)


def _basis(session: Session) -> Hashable:
    return session.premise or session


async def _valid(session: Session) -> bool:
    """Ask once; a database that does not answer for a moment ends nobody's session."""
    if session.still_valid is None:
        return True
    try:
        return await session.still_valid()
    except Exception:
        log.warning("a session could not be checked again", exc_info=True)
        return True


def _failed(error: Exception) -> None:
    log.error("the vigil over open sessions failed", exc_info=error)
