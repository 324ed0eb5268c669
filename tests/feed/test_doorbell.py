"""The doorbell: heard by all, healed by itself, and silent when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from broadcaster import Broadcast
from broadcaster._backends.postgres import PostgresBackend

from app.events.doorbell import CHANNEL, Doorbell
from app.events.tasks import forever, happened
from app.events.tunables import Tunables
from tests.feed.writing import until

QUICK = Tunables(beat_every=0.05, deaf_after=1.0, retry_after=0.02, retry_at_most=0.1)


class Ear:
    """A doorbell and whether it was heard."""

    def __init__(self, url: str, kind: type[Doorbell] = Doorbell) -> None:
        self.rung = asyncio.Event()
        self.bell = kind(url, self.rung.set, QUICK)

    async def hears(self, other: "Ear", within: float = 30) -> bool:
        """Whether the other's ring arrives here."""
        self.rung.clear()
        other.bell.ring()
        return await happened(self.rung, within)


@asynccontextmanager
async def running(*ears: Ear) -> AsyncIterator[None]:
    """Keep doorbells alive for the length of a block."""
    tasks = [asyncio.create_task(forever("doorbell", ear.bell.life, QUICK)) for ear in ears]
    try:
        await lives(1, *ears)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def lives(count: int, *ears: Ear) -> None:
    """Wait until each is in its n-th life."""
    await until(lambda: all(ear.bell.lives >= count for ear in ears))


async def test_a_ring_is_heard_by_the_others(postgres_url: str) -> None:
    one, two = Ear(postgres_url), Ear(postgres_url)
    async with running(one, two):
        assert await two.hears(one)
        assert await one.hears(two)


@pytest.mark.parametrize("trouble", [asyncpg.InterfaceError("closed"), asyncio.CancelledError()])
async def test_what_keeps_it_from_listening_is_what_is_raised(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    """And no mistake of broadcaster's in its place: a cancelled bell would never end."""

    async def deaf(self: PostgresBackend, channel: str) -> None:
        raise trouble

    monkeypatch.setattr(PostgresBackend, "subscribe", deaf)
    with pytest.raises(type(trouble)) as raised:
        await Ear(postgres_url).bell.life()
    assert raised.value is trouble


async def test_beats_wake_nobody(postgres_url: str) -> None:
    one, two = Ear(postgres_url), Ear(postgres_url)
    async with running(one, two):
        # each new life rings once
        await asyncio.sleep(QUICK.beat_every * 3)
        one.rung.clear()
        assert not await happened(one.rung, QUICK.beat_every * 6)


async def test_many_rings_at_once_become_few(postgres_url: str) -> None:
    sent: list[str] = []

    class Counting(Doorbell):
        async def _send(self, broadcast: Broadcast, message: str) -> None:
            sent.append(message)
            await super()._send(broadcast, message)

    one, two = Ear(postgres_url, Counting), Ear(postgres_url)
    async with running(one, two):
        sent.clear()
        for _ in range(1000):
            one.bell.ring()
        assert await two.hears(one)
        assert len(sent) < 10


async def test_terminated_listeners_are_replaced(fresh_database_url: str) -> None:
    one, two = Ear(fresh_database_url), Ear(fresh_database_url)
    async with running(one, two):
        admin = await asyncpg.connect(fresh_database_url)
        try:
            listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            assert len(await admin.fetch(f"{listening} AND datname = current_database()")) == 2
        finally:
            await admin.close()
        await lives(2, one, two)
        assert await two.hears(one)
        assert await one.hears(two)


async def test_a_line_that_carries_nothing_back_is_given_up(postgres_url: str) -> None:
    """A publisher by another connection than the listener's never fails: only the missing beat tells."""

    class Muffled(Doorbell):
        async def _send(self, broadcast: Broadcast, message: str) -> None:
            if self.lives > 1:
                await super()._send(broadcast, message)

    one, two = Ear(postgres_url, Muffled), Ear(postgres_url)
    async with running(one, two):
        await lives(2, one)
        assert await two.hears(one)


async def test_a_new_life_looks_and_rings_once(postgres_url: str) -> None:
    one, two = Ear(postgres_url), Ear(postgres_url)
    async with running(two):
        await asyncio.sleep(QUICK.beat_every * 3)
        two.rung.clear()
        async with running(one):
            assert one.rung.is_set()
            assert await happened(two.rung, 30)


async def test_strange_messages_only_wake(postgres_url: str) -> None:
    one = Ear(postgres_url)
    async with running(one):
        stranger = await asyncpg.connect(postgres_url)
        try:
            for message in ("", " ", "ring", "ring  x y", "beat", "é" * 1000):
                one.rung.clear()
                await stranger.execute("SELECT pg_notify($1, $2)", CHANNEL, message)
                assert await happened(one.rung, 0.2 if message == "beat" else 30) is (message != "beat")
            assert one.bell.lives == 1
        finally:
            await stranger.close()


async def test_in_one_process_memory_will_do() -> None:
    one = Ear("memory://")
    async with running(one):
        await asyncio.sleep(QUICK.deaf_after * 2)
        assert one.bell.lives == 1
