"""Groups in a world of their own: whoever joins, dawdles, leaves and resumes is told everything once and in order."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from app.events.follower import FeedInterruptedError
from app.events.tunables import Tunables
from tests.feed.sharing import Hall, Reader, World
from tests.sizes import size

# in a loop of their own, where every task is theirs
pytestmark = pytest.mark.asyncio(loop_scope="function")

SMALL = Tunables(queue=6, page=5, recalled=4, kept=5, told_at_once=2, retry_after=0.001, kept_for=1000)
ROOMY = replace(SMALL, queue=500, page=500, kept=500, recalled=500)


async def storm(seed: int, fails: float, tunables: Tunables = SMALL) -> tuple[World, Hall, list[Reader]]:
    """Let an order grow under readers of every sort until all of them have everything."""
    world = World(seed, tunables)
    hall, chance = Hall(world), world.chance
    await world.grow(chance.choice([0, 3, 30]))
    places = [None, None, 0, len(world.rows) // 2, len(world.rows)]
    readers = [
        Reader(hall, chance.choice(places), dawdles=chance.choice([0, 0.3]), leaves=chance.choice([0, 0.1]))
        for _ in range(chance.randrange(1, 9))
    ]
    world.fails, calm = fails, False
    living = [asyncio.create_task(reader.live(lambda: calm)) for reader in readers]
    try:
        await world.grow(60)
        world.fails, calm = 0.0, True
        async with asyncio.timeout(60):
            while not all(done(world, reader) for reader in readers):
                await asyncio.sleep(0)
                assert not any(task.done() for task in living)
        for _ in range(30):  # is anything told twice after all?
            await asyncio.sleep(0)
    finally:
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
    return world, hall, readers


def done(world: World, reader: Reader) -> bool:
    """Whether a reader has been told of the last event of all that it is to be told of."""
    if reader.start is None or reader.member is None or reader.blocked:
        return False
    expected = world.expected(reader.start)
    return reader.got[-1:] == expected[-1:]


@pytest.mark.parametrize("fails", [0.0, 0.02], ids=["smooth", "failing"])
async def test_everybody_is_told_everything_once_and_in_order(fails: float) -> None:
    """Joins race with events, readers stall and come again, groups fail and are founded anew."""
    refused = joins = failures = 0
    for seed in range(size("seeds of a group")):
        world, hall, readers = await storm(seed, fails)
        for reader in readers:
            assert reader.start is not None
            told = [version for version in reader.got if version]
            assert told == sorted(set(told)), f"seed {seed}: twice, or out of order"
            whole = world.expected(reader.start)
            if reader.joins == 1:
                assert told == whole, f"seed {seed}"
            # whoever comes again is told a parting that they had not had the event before of
            assert set(whole) <= set(told), f"seed {seed}: lost {set(whole) - set(told)}"
            refused, joins = refused + reader.refused, joins + reader.joins
        failures += sum(reason is not None for reason in hall.ended)
        await everybody_leaves(world, hall, readers)
    assert refused and joins > 6 * size("seeds of a group"), "nobody stalled or came again: the test has lost its point"
    assert bool(failures) == bool(fails)


async def everybody_leaves(world: World, hall: Hall, readers: list[Reader]) -> None:
    """Nothing is left of a group without members: no follower, no task."""
    for reader in readers:
        if reader.member is not None:
            reader.member.leave()
    assert hall.group is None and not list(world.hub)
    for _ in range(20):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def has(reader: Reader, told: list[int]) -> None:
    """Wait until a reader has been told all of this."""
    async with asyncio.timeout(30):
        while reader.got != told:  # noqa: ASYNC110 - nothing says so
            await asyncio.sleep(0)


async def settled(world: World) -> None:
    """Let everything run that can."""
    for _ in range(300):
        await asyncio.sleep(0)


async def gathered(hall: Hall, after: list[int | None]) -> list[Reader]:
    """Readers who have all joined, the first of them alone."""
    readers = [Reader(hall, place) for place in after]
    readers[0].member = await hall.join(readers[0], after[0])
    for reader, member in zip(
        readers[1:],
        await asyncio.gather(*(hall.join(reader, reader.start) for reader in readers[1:])),
        strict=True,
    ):
        reader.member = member
    return readers


async def test_an_event_is_told_once_for_any_number_of_members() -> None:
    """A thousand members, one execution an event; those who come together share an opening and its first message."""
    world = World(1, replace(ROOMY, told_at_once=256))
    hall = Hall(world)
    readers = await gathered(hall, [None] * 1000)
    assert world.begun <= 3
    assert world.told[0] <= 3
    world.told.clear()
    await world.grow(20)
    await settled(world)
    assert [reader.got for reader in readers] == [world.expected(0)] * 1000
    shown = [row.version for row in world.rows if row.kind != "SECRET"]
    assert world.told == Counter(shown)
    await everybody_leaves(world, hall, readers)


async def test_those_who_come_back_share_what_is_read_and_told() -> None:
    """A thousand who resume from four places are served from a handful of pages, and each event is told once."""
    world = World(2, ROOMY)
    hall = Hall(world)
    await world.grow(40)
    readers = await gathered(hall, [5, *(place for place in (10, 20, 39) for _ in range(333))])
    await settled(world)
    for reader in readers:
        assert reader.start is not None
        assert reader.got == world.expected(reader.start)
    assert max(world.told.values()) <= 2, "told again for some of those who came back"
    assert world.pages <= 4
    assert world.begun <= 3
    await everybody_leaves(world, hall, readers)


async def test_a_member_who_missed_much_holds_up_nobody() -> None:
    """Two who come back at once are served in turns, page by page, and who is live hears what is new meanwhile."""
    world = World(3, SMALL)
    hall = Hall(world)
    await world.grow(400)
    live, far, near = await gathered(hall, [400, 0, 395])
    for _ in range(10_000):
        await asyncio.sleep(0)
        if near.got == world.expected(395):
            break
    assert len(far.got) < 100, "everything was told to one before the other had a turn"
    await world.grow(1)
    await has(live, world.expected(400))
    assert len(far.got) < len(world.expected(0))
    await has(far, world.expected(0))
    await everybody_leaves(world, hall, [live, far, near])


async def test_a_reader_that_stalls_keeps_nothing_in_memory_and_catches_up() -> None:
    """While it does not read nothing waits for it; the others go on; then it is told what it missed."""
    world = World(4, SMALL)
    hall = Hall(world)
    stalled, other = await gathered(hall, [0, 0])
    stalled.blocked = True
    await world.grow(100)
    await settled(world)
    assert other.got == world.expected(0)
    assert stalled.got == [] and stalled.member is not None
    pages = world.pages
    for _ in range(3):
        stalled.member.resume()
        await settled(world)
    assert world.pages <= pages + 3, "the table is read for somebody who does not read"
    stalled.blocked = False
    stalled.member.resume()
    await has(stalled, world.expected(0))
    await everybody_leaves(world, hall, [stalled, other])


async def test_a_group_that_fails_ends_its_members_and_makes_way() -> None:
    """Every member hears of it, whoever was joining too; the next to come founds a group that works."""
    world = World(5, SMALL)
    hall = Hall(world)
    readers = await gathered(hall, [0, 0, 0])
    world.fails = 1.0
    joining = asyncio.create_task(hall.join(late := Reader(hall, 0), 0))
    await world.grow(3)
    await settled(world)
    assert [len(reader.reasons) for reader in readers] == [1, 1, 1]
    assert len(hall.ended) == 1 and isinstance(hall.ended[0], RuntimeError)
    world.fails = 0.0
    try:
        late.member = await joining
    except FeedInterruptedError:
        late.member = await hall.join(late, 0)
    await settled(world)
    if late.reasons:
        late.member = await hall.join(late, 0)
        await settled(world)
    assert late.got == world.expected(0)
    await everybody_leaves(world, hall, [late])


async def test_the_end_of_one_group_leaves_its_successor_alone() -> None:
    """A group that ends after another has taken its place does not take it along."""
    world = World(6, SMALL)
    hall = Hall(world)
    (first,) = await gathered(hall, [0])
    old, hall.group = hall.group, None
    (second,) = await gathered(hall, [0])
    assert old is not None and old is not hall.group
    old.end()
    await world.grow(5)
    await settled(world)
    assert second.got == world.expected(0)
    assert first.got == []
    await everybody_leaves(world, hall, [second])


async def test_a_feed_that_ends_interrupts_every_member() -> None:
    """When the process gives up its feeds, members are told to come again elsewhere."""
    world = World(7, SMALL)
    hall = Hall(world)
    readers = await gathered(hall, [0, None])
    world.hub.close()
    await settled(world)
    for reader in readers:
        assert [type(reason) for reason in reader.reasons] == [FeedInterruptedError]
    with pytest.raises(FeedInterruptedError):
        await hall.join(Reader(hall), None)
