"""The feeds of one process on a real database: who gets what, from where, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from app.db import feed
from app.db.engine import Connection
from app.db.feed import Event
from app.domain.access import Role, Viewer
from app.domain.errors import ErrorCode, Refusal
from app.events.connections import Connections
from app.events.feeds import Feeds, Page
from app.events.follower import FeedInterruptedError, Follower
from app.events.streams import topic_of, topics_of
from app.events.tunables import Tunables
from tests.feed import writing
from tests.feed.writing import AT, OPERATOR, Subject, buyer_of, sales_of, seller_of

QUICK = Tunables(check_every=0.1, look_every=0.1, beat_every=0.1, page=7, queue=8)
# nothing is found by looking for it now and then
DEAD_SLOW = replace(QUICK, check_every=1000, look_every=1000, beat_every=1000, deaf_after=5000)
SELLER, SALES, NOBODY = UUID(int=10), UUID(int=20), UUID(int=30)
ONE = Subject(UUID(int=1), SELLER, SALES, buyer_id=UUID(int=41))
TWO = Subject(UUID(int=2), SELLER, buyer_id=UUID(int=42))
THREE = Subject(UUID(int=3), UUID(int=11), buyer_id=UUID(int=43))
DRAFT = Subject(UUID(int=4), SELLER, buyer_id=None)
SUBJECTS = [ONE, TWO, THREE, DRAFT]
VIEWERS = {
    "operator": OPERATOR,
    "buyer of one": buyer_of(ONE),
    "buyer of two": buyer_of(TWO),
    "buyer of nothing": Viewer(Role.BUYER, NOBODY),
    "seller of most": seller_of(ONE),
    "another seller": seller_of(THREE),
    "no seller's owner": Viewer(Role.OWNER, NOBODY),
    "finance": Viewer(Role.FINANCE, NOBODY, SELLER),
    "sales who see all": Viewer(Role.SALES, SALES, SELLER),
    "sales who see theirs": sales_of(ONE),
    "sales without orders": Viewer(Role.SALES, NOBODY, SELLER, sees_all=False),
    "no seller's sales": Viewer(Role.SALES, SALES, None, sees_all=False),
    "operator without scope": Viewer(Role.OPERATOR, NOBODY, reads=False),
    "buyer without scope": Viewer(Role.BUYER, buyer_of(ONE).account_id, reads=False),
    "owner without scope": Viewer(Role.OWNER, NOBODY, SELLER, reads=False),
}


@pytest.fixture
async def connection(fresh_database_url: str) -> AsyncIterator[Connection]:
    made = await asyncpg.connect(fresh_database_url)
    await writing.make_subjects(made, SUBJECTS)
    yield made
    await made.close()


@pytest.fixture
async def feeds(fresh_database_url: str, connection: Connection) -> AsyncIterator[Feeds]:
    made = Feeds(fresh_database_url, writing.visible_kinds, tunables=QUICK)
    async with made.running():
        yield made


async def numbered(connection: Connection) -> list[Event]:
    """All events, once each has its position."""
    async with asyncio.timeout(30):
        while True:
            if not await connection.fetchval(feed.UNNUMBERED):
                break
            await asyncio.sleep(0.01)
    return await feed.read_feed(connection, OPERATOR, 0, 100_000)


async def take(follower: Follower, count: int) -> list[Event]:
    """The next events of a stream."""
    async with asyncio.timeout(30):
        return [await anext(follower) for _ in range(count)]


async def nothing_more(follower: Follower) -> bool:
    """Whether the stream stays silent for longer than anything takes."""
    try:
        await asyncio.wait_for(anext(follower), 0.3)
    except TimeoutError:
        return True
    return False


async def test_what_is_missed_comes_first_then_what_is_new(feeds: Feeds, connection: Connection) -> None:
    for _ in range(20):
        await writing.write(connection, ONE.id)
    before = await numbered(connection)
    async with feeds.follow_feed(OPERATOR, "f.0.0") as follower:
        assert await take(follower, 20) == before
        await writing.write(connection, TWO.id)
        feeds.committed()
        (new,) = await take(follower, 1)
        assert (new.position, new.subject_id, new.data) == (21, TWO.id, {"n": 1})
        assert follower.cursor == f"f.21.{new.id}"
    async with feeds.follow_feed(OPERATOR, follower.cursor) as again:
        assert await nothing_more(again)


async def test_a_feed_without_a_cursor_begins_at_its_start_cursor(feeds: Feeds, connection: Connection) -> None:
    async with feeds.follow_feed(OPERATOR) as empty:
        assert empty.cursor == await feeds.start_cursor() == "f.0.0"
    await writing.write(connection, ONE.id)
    (first,) = await numbered(connection)
    async with feeds.follow_feed(OPERATOR) as follower:
        assert follower.cursor == await feeds.start_cursor() == f"f.1.{first.id}"
    # cut before its first event
    await writing.write(connection, ONE.id)
    async with feeds.follow_feed(OPERATOR, follower.cursor) as resumed:
        assert (await take(resumed, 1))[0].version == 2


async def test_whoever_follows_the_hub_is_called_back_when_there_is_something_new(
    feeds: Feeds, connection: Connection
) -> None:
    rung, event = 0, asyncio.Event()

    def ring() -> None:
        nonlocal rung
        rung += 1
        event.set()

    async with asyncio.timeout(30):
        with feeds.hub.followed(ring):
            while not rung:  # the tail may not have found the head of the feed before the first event was written
                await writing.write(connection, ONE.id)
                feeds.committed()
                await asyncio.wait([asyncio.ensure_future(event.wait())], timeout=0.2)
        before = rung
        async with feeds.follow_feed(OPERATOR) as follower:
            await writing.write(connection, ONE.id)
            feeds.committed()
            await take(follower, 1)
    assert rung == before


async def test_the_topics_in_memory_are_the_condition_in_sql(connection: Connection) -> None:
    for subject in SUBJECTS:
        await writing.write(connection, subject.id)
    await feed.number_next(connection)
    everything = await feed.read_feed(connection, OPERATOR, 0, 100)
    assert len(everything) == len(SUBJECTS)
    for name, viewer in VIEWERS.items():
        by_topic = [event for event in everything if topic_of(viewer) in set(topics_of(event))]
        assert await feed.read_feed(connection, viewer, 0, 100) == by_topic, name


async def test_each_viewer_gets_theirs_live_and_no_other(feeds: Feeds, connection: Connection) -> None:
    got: dict[Viewer, list[Event]] = {viewer: [] for viewer in VIEWERS.values()}
    started = asyncio.Barrier(len(VIEWERS) + 1)

    async def collect(viewer: Viewer) -> None:
        async with feeds.follow_feed(viewer) as follower:
            await started.wait()
            async for event in follower:
                got[viewer].append(event)

    tasks = [asyncio.create_task(collect(viewer)) for viewer in VIEWERS.values()]
    await started.wait()
    for kind in ("PAID", "SECRET", "UNHEARD_OF", "PAID"):
        for subject in SUBJECTS:
            await writing.write(connection, subject.id, kind)
    feeds.committed()
    await numbered(connection)
    wanted = {}
    for viewer in got:
        theirs = await feed.read_feed(connection, viewer, 0, 100)
        wanted[viewer] = [event for event in theirs if event.kind in writing.visible_kinds(viewer.role)]
    await writing.until(lambda: all(len(got[viewer]) >= len(wanted[viewer]) for viewer in got))
    # time for what should not come
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert got == wanted
    assert len(got[OPERATOR]) == 12
    assert len(got[buyer_of(ONE)]) == 2
    assert feeds.hub._followers == {}, "a topic that nobody follows any more is still there"


async def test_kinds_cut_a_feed_and_never_widen_it(feeds: Feeds, connection: Connection) -> None:
    for kind in ("PAID", "SECRET", "DISPATCHED"):
        await writing.write(connection, ONE.id, kind)
    await numbered(connection)
    wanted = frozenset({"SECRET", "DISPATCHED"})
    assert [e.kind for e in (await feeds.page(OPERATOR, None, 9, wanted)).events] == ["SECRET", "DISPATCHED"]
    assert [e.kind for e in (await feeds.page(buyer_of(ONE), None, 9, wanted)).events] == ["DISPATCHED"]
    assert (await feeds.page(OPERATOR, None, 9, frozenset())).events == []


async def test_rare_kinds_are_found_page_by_page(feeds: Feeds, connection: Connection) -> None:
    """A query looks at so many events and no more; its cursor says how far it came."""
    most = QUICK.page * QUICK.pages_a_query
    for n in range(2 * most + 5):
        await writing.write(connection, ONE.id, "PAID" if n != most + 1 else "SECRET")
    everything = await numbered(connection)
    secrets = frozenset({"SECRET"})
    one = await feeds.page(OPERATOR, None, 3, secrets)
    assert (one.events, one.end_cursor, one.has_next) == ([], f"f.{most}.{everything[most - 1].id}", True)
    two = await feeds.page(OPERATOR, one.end_cursor, 3, secrets)
    assert (two.events, two.has_next) == ([everything[most + 1]], True)
    three = await feeds.page(OPERATOR, two.end_cursor, 3, secrets)
    assert (three.events, three.end_cursor, three.has_next) == ([], await feeds.start_cursor(), False)
    async with feeds.follow_feed(OPERATOR, "f.0.0", secrets) as follower:
        assert await take(follower, 1) == [everything[most + 1]]


async def test_an_order_is_followed_by_version(feeds: Feeds, connection: Connection) -> None:
    for kind in ("PAID", "SECRET", "PAID"):
        await writing.write(connection, ONE.id, kind)
    async with feeds.follow_order(buyer_of(ONE), ONE.id, 0) as follower:
        assert [e.version for e in await take(follower, 2)] == [1, 3]
        assert follower.cursor == "o.3"
        await writing.write(connection, TWO.id)
        await writing.write(connection, ONE.id, "SECRET")
        await writing.write(connection, ONE.id)
        feeds.committed()
        assert [e.version for e in await take(follower, 1)] == [5]
        assert await nothing_more(follower)
    async with feeds.follow_order(seller_of(ONE), ONE.id, 3) as resumed:
        assert [e.version for e in await take(resumed, 2)] == [4, 5]


async def test_a_version_ahead_of_the_order_is_refused(feeds: Feeds, connection: Connection) -> None:
    await writing.write(connection, ONE.id)
    async with feeds.follow_order(OPERATOR, ONE.id, 1):
        pass
    with pytest.raises(Refusal) as refused:
        async with feeds.follow_order(OPERATOR, ONE.id, 2):
            pass
    assert refused.value.code is ErrorCode.CURSOR_UNKNOWN


async def test_paging_and_following_share_their_cursors(feeds: Feeds, connection: Connection) -> None:
    for n in range(25):
        await writing.write(connection, SUBJECTS[n % 2].id)
    everything = await numbered(connection)
    pages, cursor, more = [], None, True
    while more:
        page = await feeds.page(buyer_of(ONE), cursor, 5)
        pages.append(page.events)
        cursor, more = page.end_cursor, page.has_next
    mine = [event for event in everything if event.subject_id == ONE.id]
    assert [len(page) for page in pages] == [5, 5, 3]
    assert [event for page in pages for event in page] == mine
    assert (await feeds.page(buyer_of(ONE), None, 13)).has_next is False
    assert (await feeds.page(buyer_of(ONE), None, 12)).has_next is True
    assert (await feeds.page(buyer_of(ONE), None, 0)) == Page([], "f.0.0", True)
    last = await feeds.page(buyer_of(ONE), cursor, 5)
    assert (last.events, last.end_cursor, last.has_next) == ([], cursor, False)
    assert (await feeds.page(buyer_of(THREE), None, 5)).end_cursor == "f.0.0"
    await writing.write(connection, ONE.id)
    async with feeds.follow_feed(buyer_of(ONE), cursor) as follower:
        assert [e.version for e in await take(follower, 1)] == [14]


async def refusal_of(feeds: Feeds, cursor: str) -> ErrorCode:
    """The code with which both ways to read refuse a cursor."""
    with pytest.raises(Refusal) as paged:
        await feeds.page(OPERATOR, cursor, 5)
    with pytest.raises(Refusal) as followed:
        async with feeds.follow_feed(OPERATOR, cursor):
            pass
    assert paged.value.code is followed.value.code
    return paged.value.code


async def test_cursors_are_refused_each_for_its_reason(feeds: Feeds, connection: Connection) -> None:
    for day in range(10):
        await writing.write(connection, ONE.id, at=AT + timedelta(days=day))
    events = await numbered(connection)
    assert await feed.raise_floor(connection, AT - timedelta(days=1)) == 0
    assert await feed.raise_floor(connection, AT + timedelta(days=4)) == 4
    assert await feed.raise_floor(connection, AT) == 4
    assert await refusal_of(feeds, "o.4") is ErrorCode.CURSOR_INVALID
    assert await refusal_of(feeds, "f.0.0") is ErrorCode.CURSOR_EXPIRED
    assert await refusal_of(feeds, f"f.3.{events[2].id}") is ErrorCode.CURSOR_EXPIRED
    assert await refusal_of(feeds, f"f.5.{events[8].id}") is ErrorCode.CURSOR_UNKNOWN
    assert await refusal_of(feeds, f"f.11.{events[9].id + 1}") is ErrorCode.CURSOR_UNKNOWN
    assert (await feeds.page(OPERATOR, f"f.4.{events[3].id}", 99)).events == events[4:]
    assert (await feeds.page(OPERATOR, None, 99)).events == events[4:]
    assert await feed.raise_floor(connection, AT + timedelta(days=99)) == 10
    assert (await feeds.page(OPERATOR, None, 99)).end_cursor == await feeds.start_cursor()
    assert await connection.fetchval("SELECT count(*) FROM events") == 10


async def test_a_database_put_back_ends_the_streams(feeds: Feeds, connection: Connection) -> None:
    await writing.write(connection, ONE.id)
    await writing.write(connection, ONE.id)
    await numbered(connection)
    async with feeds.follow_feed(OPERATOR) as follower:
        waiting = asyncio.create_task(anext(follower))
        await asyncio.sleep(0.2)
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute("DELETE FROM events WHERE position = 2")
            await connection.execute("UPDATE feed SET head = 1")
        with pytest.raises(Refusal) as refused:
            await asyncio.wait_for(waiting, 30)
        assert refused.value.code is ErrorCode.CURSOR_UNKNOWN
    async with feeds.follow_feed(OPERATOR) as anew:
        await writing.write(connection, TWO.id)
        assert [(e.position, e.subject_id) for e in await take(anew, 1)] == [(2, TWO.id)]


async def test_nothing_rings_and_yet_everything_arrives(fresh_database_url: str, connection: Connection) -> None:
    """Writers of a process that died before it numbered: the check of any other finds their events."""
    feeds = Feeds(fresh_database_url, writing.visible_kinds, "memory://", QUICK)
    async with feeds.running(), feeds.follow_feed(OPERATOR) as follower:
        await writing.write(connection, ONE.id)
        assert len(await take(follower, 1)) == 1


async def test_one_look_reads_all_there_is(fresh_database_url: str, connection: Connection) -> None:
    """More than a batch and a page after one commit: neither sequencer nor tail waits for the next before the rest."""
    tunables = replace(DEAD_SLOW, queue=2000)
    feeds = Feeds(fresh_database_url, writing.visible_kinds, "memory://", tunables)
    async with feeds.running(), feeds.follow_feed(OPERATOR) as follower:
        await writing.write(connection, ONE.id)
        feeds.committed()
        assert [event.version for event in await take(follower, 1)] == [1]
        waiting = asyncio.create_task(take(follower, 1100))
        async with connection.transaction():
            for _ in range(1100):
                await writing.write(connection, ONE.id)
        feeds.committed()
        assert [event.version for event in await waiting] == list(range(2, 1102))
        assert follower.overflows == 0


async def test_a_commit_here_is_heard_there_by_its_ring(fresh_database_url: str, connection: Connection) -> None:
    tunables = replace(DEAD_SLOW, beat_every=0.1)
    here, there = (Feeds(fresh_database_url, writing.visible_kinds, tunables=tunables) for _ in range(2))
    async with here.running(), there.running(), there.follow_feed(OPERATOR) as follower:
        await writing.until(lambda: here.doorbell.lives == there.doorbell.lives == 1)
        # each new life rings once
        await asyncio.sleep(0.5)
        for version in (1, 2, 3):
            await writing.write(connection, ONE.id)
            here.committed()
            assert [event.version for event in await take(follower, 1)] == [version]


async def test_a_follower_from_before_the_tail_loses_nothing(fresh_database_url: str, connection: Connection) -> None:
    """The tail begins at the head; whoever read the table before that must read it again."""
    feeds = Feeds(fresh_database_url, writing.visible_kinds, "memory://", QUICK)
    original, goes_on, started = feed.bounds, asyncio.Event(), asyncio.Event()

    async def late(session: feed.Session, position: int = 0) -> feed.Bounds:
        """The head as it is only after others were allowed to go first."""
        task = asyncio.current_task()
        if task is not None and task.get_name() == "feed tail":
            started.set()
            await goes_on.wait()
        return await original(session, position)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "bounds", late)
        async with feeds.running(), feeds.follow_feed(OPERATOR) as follower:
            waiting = asyncio.create_task(anext(follower))
            await started.wait()
            await asyncio.sleep(0.1)
            await writing.write(connection, ONE.id)
            feeds.committed()
            await numbered(connection)
            goes_on.set()
            assert (await asyncio.wait_for(waiting, 30)).version == 1


async def test_terminated_backends_cost_nothing(feeds: Feeds, connection: Connection) -> None:
    async with feeds.follow_feed(OPERATOR) as follower, feeds.follow_order(OPERATOR, ONE.id, 0) as order:
        for version in range(1, 11):
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            await writing.write(connection, ONE.id)
            feeds.committed()
            assert [e.version for e in await take(follower, 1)] == [version]
            assert [e.version for e in await take(order, 1)] == [version]


async def test_who_waits_holds_no_connection(feeds: Feeds, connection: Connection) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(followed_one(feeds)) for _ in range(50)]
        await writing.until(lambda: len(list(feeds.hub)) == 50)
        await asyncio.sleep(0.3)
        mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'assured-feed'"
        busy = f"{mine} AND datname = current_database() AND state <> 'idle'"
        seen = [await connection.fetchval(busy) for _ in range(20)]
        assert sorted(seen)[10] == 0
        assert await connection.fetchval(f"{mine} AND datname = current_database()") <= QUICK.connections
        await writing.write(connection, ONE.id)
        feeds.committed()
    assert {task.result() for task in tasks} == {1}


async def followed_one(feeds: Feeds) -> int:
    """Follow the feed until its first event, and return its version."""
    async with feeds.follow_feed(OPERATOR) as follower:
        return (await anext(follower)).version


async def test_the_end_is_quick_and_told(fresh_database_url: str, connection: Connection) -> None:
    feeds = Feeds(fresh_database_url, writing.visible_kinds, tunables=QUICK)
    loop, before = asyncio.get_running_loop(), asyncio.all_tasks()
    async with feeds.running():
        async with feeds.follow_feed(OPERATOR) as follower:
            waiting = asyncio.create_task(anext(follower))
            await asyncio.sleep(0.2)
            began = loop.time()
            feeds.hub.close()
            with pytest.raises(FeedInterruptedError):
                await waiting
        with pytest.raises(FeedInterruptedError):
            async with feeds.follow_feed(OPERATOR):
                pass
    assert loop.time() - began < 5
    assert asyncio.all_tasks() == before


async def test_commits_before_and_after_the_feed_runs_do_no_harm(fresh_database_url: str) -> None:
    feeds = Feeds(fresh_database_url, writing.visible_kinds, tunables=QUICK)
    feeds.committed()
    async with feeds.running():
        feeds.committed()
    feeds.committed()


async def test_a_locked_feed_delays_numbering_and_no_more(feeds: Feeds, connection: Connection) -> None:
    async with feeds.follow_feed(OPERATOR) as follower:
        async with connection.transaction():
            await connection.execute("SELECT FROM feed FOR UPDATE")
            await writing.write(connection, ONE.id)
        feeds.committed()
        assert len(await take(follower, 1)) == 1


async def test_batches_keep_the_order_of_versions(fresh_database_url: str, connection: Connection) -> None:
    """More than one batch of numbering, by two processes at once."""
    await connection.execute("BEGIN")
    for n in range(2500):
        await writing.write(connection, SUBJECTS[n % 2].id)
    await connection.execute("COMMIT")

    async def number() -> int:
        batches, connections = 0, Connections(fresh_database_url, QUICK)
        async with connections.open():
            while await connections.at_once(feed.number_next):
                batches += 1
        return batches

    assert sum(await asyncio.gather(*(number() for _ in range(4)))) == 3
    events = await feed.read_feed(connection, OPERATOR, 0, 9999)
    assert [event.position for event in events] == list(range(1, 2501))
    for subject in (ONE, TWO):
        assert [e.version for e in events if e.subject_id == subject.id] == list(range(1, 1251))
    assert (await feed.bounds(connection)).head.position == 2500
