"""A list of orders that is followed, against the same list asked for anew (DSK-1, DSK-2)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy.sql import visitors

from app.actions import desk, disputes, orders, policies
from app.db.feed import Session
from app.db.tables import orders as orders_table
from app.domain.access import Actor, By, Role
from app.domain.order_lists import CONDITIONS_MOST, Counts, OrderService
from app.domain.policy import ExportMethod, TransportMode
from app.domain.policy_changes import PolicyPatch
from app.domain.records import LeadSource, OrderType, Status
from app.domain.relisting import LISTED
from app.domain.remedies import ClaimStatus, DisputeReason
from app.events.lists import Judge, Judged, ListStream
from app.graphql.errors import RequestRefused
from app.jobs.sweeps import sweep
from app.reads.binds import Binds
from app.reads.visibility import Standing, visible_orders
from app.schema import order_judging
from app.schema.order_filter import AmountRange, InstantRange, OrderFilter
from app.schema.order_lists import CONDITIONS, TABS, narrow_orders
from tests.api.pushing import Ear, Stage, staged
from tests.api.server import PATIENCE
from tests.figures import Recorder
from tests.lists.changing import Changes, changes
from tests.lists.following import FOLLOW, Filter, Kept, Listed, asked, lists
from tests.market import by, confirmed, drafted, new_seller, open_market, pay
from tests.means import START, StepClock, TestMeans
from tests.sizes import size

CEILING, SLACK = 6, 3


@dataclass
class Follower:
    """A kept list and the subscription that it is kept by, which may be cut and resumed."""

    kept: Kept
    ear: Ear = field(default_factory=Ear)
    at: int = 0

    def take(self) -> None:
        """Hear what has come."""
        for payload in self.ear.payloads[self.at :]:
            message = orjson.loads(payload)
            assert "errors" not in message, message
            self.kept.hear(message["data"]["orderList"])
        self.at = len(self.ear.payloads)


@dataclass
class Watch:
    """A market that changes, and those who follow lists of its orders in this process."""

    stage: Stage
    changes: Changes
    followers: list[Follower] = field(default_factory=list)

    async def asked(self, actor: Actor, filter: Filter | None) -> Listed:
        """The list as the query answers it."""
        return await asked(self.stage.made.read_pool, actor, filter, self.stage.made.clock.now())

    async def follow(self, name: str, actor: Actor, filter: Filter | None) -> Follower:
        """Begin to keep a list, while nothing happens."""
        follower = Follower(Kept(name, actor, filter))
        follower.kept.begin(await self.asked(actor, filter))
        await self.resume(follower)
        await follower.ear.heard(1)
        self.followers.append(follower)
        return follower

    async def resume(self, follower: Follower) -> None:
        """Follow a list from where it was left."""
        kept = follower.kept
        given: dict[str, Any] = {"filter": kept.filter} | ({"after": kept.cursor} if kept.cursor else {})
        follower.ear, follower.at = await self.stage.listen(kept.actor, FOLLOW, **given), 0

    def cut(self, follower: Follower) -> None:
        """Follow a list no longer, for a while."""
        follower.take()
        assert follower.ear.member is not None
        follower.ear.member.leave()

    async def agree(self) -> None:
        """Wait until every list is as the query answers it."""
        await numbered(self.stage)
        for follower in self.followers:
            found = await self.asked(follower.kept.actor, follower.kept.filter)
            follower.take()
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while (wrong := follower.kept.difference(found)) and asyncio.get_running_loop().time() < deadline:
                await asyncio.sleep(0.01)
                follower.take()
            assert not wrong, wrong
            assert not follower.kept.faults, follower.kept.faults


async def numbered(stage: Stage) -> None:
    """Wait until everything that has happened stands in the feed."""
    async with asyncio.timeout(PATIENCE):
        while await stage.made.read_pool.fetchval(  # noqa: ASYNC110 - the feed does it
            "SELECT count(*) FROM events WHERE position IS NULL"
        ):
            await asyncio.sleep(0.01)


@pytest.fixture
async def watch(fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    """A market of which a tab is counted up to a few orders, and sales see their own."""
    monkeypatch.setattr(order_judging, "SLACK", SLACK)
    async with staged(fresh_database_url, tmp_path, StepClock()) as stage:
        means = TestMeans(stage.made.engine, stage.made.clock, feeds=stage.made.feeds)  # type: ignore[arg-type]
        market = await open_market(means, sales_see_all=False)
        await policies.change(means, by(market.operator), PolicyPatch(count_ceiling=CEILING))
        yield Watch(stage, await changes(market, 11))


async def test_lists_that_are_followed_are_as_if_asked_for_anew(watch: Watch, figures: Recorder) -> None:
    """DSK-1, DSK-2: whatever happens, for everybody: no order too many or too few, and the same of every tab."""
    play, chance = watch.changes, watch.changes.chance
    await play.make(25)
    await numbered(watch.stage)
    for name, actor, filter in lists(play):
        await watch.follow(name, actor, filter)
    wanted = size("changes of followed lists in a process")
    while play.made.total() < wanted:
        away = chance.sample(watch.followers, 4)
        for follower in away:
            watch.cut(follower)
        await play.make(chance.randint(1, 12))
        play.means.time.step(seconds=chance.choice((0, 1, 20)))
        await sweep(play.means)
        for follower in away:
            await watch.resume(follower)
        await watch.agree()
    heard = {name: sum(each.kept.heard[name] for each in watch.followers) for name in ("ENTER", "UPDATE", "LEAVE")}
    assert min(heard.values()) > wanted / 5, heard
    quiet = [each.kept.name for each in watch.followers if each.kept.heard.total() < 3]
    assert not quiet, (quiet, play.made)
    figures("changes of followed lists", f"{play.made.total()} for {len(watch.followers)} lists, {heard}")


async def test_a_tab_is_counted_anew_only_when_it_may_have_come_down_to_its_ceiling(watch: Watch) -> None:
    """DSK-1: beyond the ceiling it says "at least"; back at it the number is exact again, after one more count."""
    market = watch.changes.market
    ids = [await drafted(market) for _ in range(CEILING + SLACK + 2)]
    await numbered(watch.stage)
    follower = await watch.follow("all", market.seller.owner, None)
    await watch.agree()
    assert follower.kept.tabs["ALL"] == (CEILING, True)
    counted = _counted(watch)
    said = []
    for id in ids:
        await orders.delete_draft(market.means, by(market.seller.owner), id)
        await watch.agree()
        said.append(follower.kept.tabs["ALL"])
    beyond = [(CEILING, True)] * (SLACK + 1)
    assert said == [*beyond, *((number, False) for number in range(CEILING, -1, -1))]
    assert counted() == 1
    assert follower.kept.heard == {"OPENING": 1, "LEAVE": len(ids)}


def _counted(watch: Watch) -> Callable[[], int]:
    """How many times tabs are counted from now on."""
    (group,) = watch.stage.subscriptions._groups.values()
    assert group._telling is not None
    stream = group._telling._opening.live.stream
    assert isinstance(stream, ListStream)
    calls: list[int] = []
    judge = stream.judge

    class Counting:
        page, missed = judge.page, judge.missed

        async def counts(self, session: Session, at: int) -> Counts:
            calls.append(at)
            return await judge.counts(session, at)

    object.__setattr__(stream, "judge", Counting())
    return lambda: len(calls)


async def test_an_event_is_judged_once_for_all_who_follow_a_list(watch: Watch) -> None:
    """DSK-2: one statement a list and one a message, however many follow it; lists of others are not looked at."""
    market, stage = watch.changes.market, watch.stage
    elsewhere = await new_seller(market.means)
    id = await confirmed(market)
    await numbered(stage)
    costs = []
    for followers in (1, 40):
        ears = [await stage.listen(market.seller.owner, FOLLOW, filter={"tab": "TO_PAY"}) for _ in range(followers)]
        stranger = await stage.listen(elsewhere.owner, FOLLOW, filter={"tab": "TO_PAY"})
        for ear in (*ears, stranger):
            await ear.heard(1)
        assert stage.groups == 2
        await idle(stage)
        with stage.made.reader.recorded() as statements, judged(stage) as pages:
            await orders.set_reference(market.means, by(market.seller.owner), id, f"for {followers}")
            for ear in ears:
                await ear.heard(2)
        costs.append((len(statements), pages[market.seller.owner.account_id]))
        assert elsewhere.owner.account_id not in pages
        for ear in (*ears, stranger):
            assert ear.member is not None
            ear.member.leave()
    assert costs == [(1, 1), (1, 1)]


async def idle(stage: Stage) -> None:
    """Wait until every group has read what was there before it."""
    groups = [group._telling for group in stage.subscriptions._groups.values() if group._telling]
    async with asyncio.timeout(PATIENCE):
        while any(group._work._task for group in groups):  # noqa: ASYNC110 - they come to their end
            await asyncio.sleep(0.01)


@contextmanager
def judged(stage: Stage) -> Iterator[Counter[UUID]]:
    """How many pages are judged meanwhile, by whose list it is."""
    pages: Counter[UUID] = Counter()
    streams = [group._telling._opening.live.stream for group in stage.subscriptions._groups.values() if group._telling]
    kept = [(stream, stream.judge) for stream in streams if isinstance(stream, ListStream)]
    for stream, judge in kept:
        object.__setattr__(stream, "judge", Noting(judge, stream.viewer.account_id, pages))
    yield pages


@dataclass
class Noting:
    """A judge that notes what it is asked."""

    judge: Judge
    whose: UUID
    pages: Counter[UUID]

    async def page(self, session: Session, after: int, limit: int) -> list[Judged]:
        """Note a page."""
        self.pages[self.whose] += 1
        return await self.judge.page(session, after, limit)

    async def counts(self, session: Session, at: int) -> Counts:
        """Note a count."""
        self.pages[self.whose] += 100
        return await self.judge.counts(session, at)

    async def missed(self, session: Session, after: int, most: int) -> int:
        """Note nothing."""
        return await self.judge.missed(session, after, most)


async def test_a_buyer_is_told_nothing_of_labels_and_notes(watch: Watch) -> None:
    """DSK-2, DSK-3, section 13: not even that there was something; the seller's side is told."""
    play, market = watch.changes, watch.changes.market
    id = await confirmed(market)
    await numbered(watch.stage)
    buyer = await watch.follow("the buyer", market.buyer, None)
    owner = await watch.follow("the owner", market.seller.owner, None)
    await desk.label(play.means, by(market.seller.owner), id, ["VIP"], [])
    await desk.add_note(play.means, by(market.seller.owner), id, "Call them.")
    await orders.set_reference(play.means, by(market.buyer), id, "seen by the buyer")
    await buyer.ear.heard(2)
    await owner.ear.heard(3)
    await watch.agree()
    assert buyer.kept.heard == {"OPENING": 1, "UPDATE": 1}
    assert owner.kept.heard == {"OPENING": 1, "UPDATE": 2}


async def test_what_is_lent_on_no_longer_goes_from_the_list(watch: Watch) -> None:
    """DSK-2: it comes with its money and goes with a dispute; the buyer hears nothing of either list's filter."""
    market = watch.changes.market
    id = await confirmed(market)
    await numbered(watch.stage)
    owner = await watch.follow("the owner", market.seller.owner, {"services": ["LOAN_ELIGIBLE"]})
    buyer = await watch.follow("the buyer", market.buyer, {"services": ["LOAN_ELIGIBLE"]})
    await pay(market, id)
    await watch.agree()
    assert owner.kept.ids == {f"ord_{id.hex}"}
    await disputes.apply_for_refund(market.means, by(market.buyer), id, DisputeReason.QUALITY, None, None)
    await watch.agree()
    assert (owner.kept.heard["ENTER"], owner.kept.heard["LEAVE"]) == (1, 1)
    assert buyer.kept.heard == {"OPENING": 1}


async def test_an_order_that_is_given_to_a_colleague_goes_from_one_list_to_another(watch: Watch) -> None:
    """DSK-2, DSK-3, section 13: sales who see their own hear that it left them, and their colleague that it came."""
    play, market = watch.changes, watch.changes.market
    first, second = (replace(each, sales_see_all=False) for each in play.sales)
    id = await confirmed(market)
    await orders.assign(play.means, by(market.seller.owner), id, first.account_id)
    await numbered(watch.stage)
    mine, theirs = await watch.follow("mine", first, None), await watch.follow("theirs", second, None)
    await orders.assign(play.means, by(market.seller.owner), id, second.account_id)
    (left,), (came,) = (await mine.ear.heard(2))[1:], (await theirs.ear.heard(2))[1:]
    public = f"ord_{id.hex}"
    gone, here = left["data"]["orderList"], came["data"]["orderList"]
    assert (gone["change"], gone["orderId"], gone["order"]) == ("LEAVE", public, None)
    assert (here["change"], here["orderId"], here["order"]["id"]) == ("ENTER", public, public)
    await watch.agree()


REFUSED: list[tuple[str, str]] = [
    ("f.{position}.{event}", "CURSOR_INVALID"),
    ("o.1", "CURSOR_INVALID"),
    ("l.{position}.{event}.0123456789abcdef", "CURSOR_UNKNOWN"),
    ("l.{beyond}.{event}.{scope}", "CURSOR_UNKNOWN"),
    ("l.{position}.{other}.{scope}", "CURSOR_UNKNOWN"),
]


@pytest.mark.parametrize(("form", "code"), REFUSED)
async def test_a_cursor_that_is_none_of_the_list_is_refused(watch: Watch, form: str, code: str) -> None:
    """DSK-2: of another feed, of another list, of a place that never was, and of an event that is not there."""
    market = watch.changes.market
    await confirmed(market)
    await numbered(watch.stage)
    follower = await watch.follow("all", market.seller.owner, None)
    follower.take()
    _, position, event, scope = str(follower.kept.cursor).split(".")
    beyond, other = int(position) + 1, int(event) + 1
    cursor = form.format(position=position, event=event, scope=scope, beyond=beyond, other=other)
    assert await refused(watch, market.seller.owner, after=cursor) == [code]


async def test_the_cursor_of_a_filter_is_of_no_other(watch: Watch) -> None:
    """DSK-2: what has changed for one list says nothing about another."""
    market = watch.changes.market
    follower = await watch.follow("to pay", market.seller.owner, {"tab": "TO_PAY"})
    follower.take()
    cursor = str(follower.kept.cursor)
    owner = market.seller.owner
    assert await refused(watch, owner, after=cursor, filter={"tab": "TO_DISPATCH"}) == ["CURSOR_UNKNOWN"]
    assert await refused(watch, owner, after=cursor) == ["CURSOR_UNKNOWN"]
    ear = await watch.stage.listen(owner, FOLLOW, after=cursor, filter={"tab": "TO_PAY"})
    assert ear.payloads == []


async def test_who_missed_too_much_begins_anew(watch: Watch) -> None:
    """DSK-2: more changes than are told again are refused, so many are told."""
    market, feeds = watch.changes.market, watch.stage.made.feeds
    assert feeds.tunables.relisted == 5_000
    follower = await watch.follow("all", market.seller.owner, None)
    follower.take()
    cursor = str(follower.kept.cursor)
    for word in ("one", "two", "three"):
        await desk.label(market.means, by(market.seller.owner), await drafted(market), [word], [])
    await numbered(watch.stage)
    feeds.tunables = replace(feeds.tunables, relisted=9)
    ear = await watch.stage.listen(market.seller.owner, FOLLOW, after=cursor)
    assert len(await ear.heard(9)) == 9
    feeds.tunables = replace(feeds.tunables, relisted=8)
    assert await refused(watch, market.seller.owner, after=cursor) == ["CURSOR_EXPIRED"]


async def test_a_filter_that_is_none_is_refused(watch: Watch) -> None:
    """DSK-2: as it is where the list is read."""
    owner = watch.changes.market.seller.owner
    assert await refused(watch, owner, filter={"text": "x" * 101}) == ["TOO_LONG"]
    assert await refused(watch, owner, filter={"or": [{"overdue": True}] * CONDITIONS_MOST}) == ["TOO_MANY"]


async def refused(watch: Watch, actor: Actor, **given: Any) -> list[str]:
    """The codes with which a subscription is refused."""
    operation = watch.stage.prepared(FOLLOW, **given)
    with pytest.raises(RequestRefused) as found:
        assert await watch.stage.subscriptions.join(operation, actor, Ear()) is None
        await anext(watch.stage.subscriptions.alone(operation, actor))
    return [error["extensions"]["code"] for error in found.value.errors]


def test_whatever_a_list_goes_by_is_kept_of_every_change() -> None:
    """DSK-2: every column that a condition, a tab or visibility names is among those that events tell of."""
    named = {name for condition in everything_named() for name in condition}
    assert named <= set(LISTED), named - set(LISTED)
    assert set(LISTED) - named == set(), "kept of every change, and never asked for"


def everything_named() -> Iterator[set[str]]:
    """The columns of an order that each condition names, for everybody who may look."""
    binds = Binds()
    text, instant = binds.value("USD", lambda _: "USD"), binds.value(START, lambda _: START)
    amount = binds.value(Decimal(1), lambda _: Decimal(1))
    flags = {"overdue": True, "discounted": True, "services": list(OrderService), "drafted_by": By.SELLER}
    lists = {name: [text] for name in ("salesperson", "destination", "buyer_country", "currency", "seller")}
    enums: dict[str, list[Any]] = {"status": list(Status), "type": list(OrderType), "claim_status": list(ClaimStatus)}
    enums["lead_source"] = list(LeadSource)
    enums |= {"transport_mode": list(TransportMode), "export_method": list(ExportMethod)}
    ranges: dict[str, Any] = {"created": InstantRange(from_=instant, before=instant)}  # type: ignore[arg-type]
    ranges["amount"] = AmountRange(currency_code=text, least=amount, most=amount)  # type: ignore[arg-type]
    given: dict[str, Any] = {**flags, **lists, **enums, **ranges, "text": text}
    assert given.keys() | {"tab", "and_", "or_", "not_"} == CONDITIONS.keys()
    for role in Role:
        standing = Standing(role, False, True)
        rules = [*narrow_orders(OrderFilter(**given)), visible_orders]
        for condition in (*(rule(standing) for rule in rules), *TABS.values()):
            found: list[Any] = list(visitors.iterate(condition))
            yield {each.name for each in found if getattr(each, "table", None) is orders_table}
