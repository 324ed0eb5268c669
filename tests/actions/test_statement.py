"""PAY-11: the statement line by line and day by day, resumed by cursor, and what a page of it costs."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from app.actions import sellers
from app.db.engine import Pool
from app.domain.calendar import Calendar
from app.graphql.schema import schema
from app.reads import Reader
from app.schema.scalars import instant_text
from tests.actions.booking import Row, minor, of_seller, told
from tests.lists.test_list_costs import scans
from tests.market import Market, by, completed
from tests.sizes import size
from tests.test_statements import Context

LINES = size("lines of a long statement")
# one every 17 minutes
A_DAY = 24 * 60 // 17
PACIFIC = Calendar("America/Los_Angeles")
MONEY = "{ amount currencyCode }"
DAYS = f"""query Days($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $sort: StatementSort,
  $since: Date, $until: Date) {{ node(id: $id) {{ ... on Seller {{
  statementDays(currency: "USD", first: $first, after: $after, last: $last, before: $before, sort: $sort,
    since: $since, until: $until) {{
    nodes {{ day closed opening {MONEY} closing {MONEY} sums {{ kind lines amount {MONEY} }} }}
    pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
LINE = f"""query Lines($id: ID!, $first: Int, $after: String, $sort: StatementSort, $currency: CurrencyCode,
  $since: DateTime, $until: DateTime) {{ node(id: $id) {{ ... on Seller {{
  statement(currency: $currency, first: $first, after: $after, sort: $sort, since: $since, until: $until) {{
    nodes {{ id at kind amount {MONEY} balance {MONEY} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
# On both sides of midnight, twice around the hour that summer time adds and takes, and a day with nothing between
INSTANTS = [
    *("2024-05-07T06:59:59.999999", "2024-05-07T07:00:00", "2024-05-07T07:00:00.000001", "2024-05-08T06:59:59"),
    *("2024-11-03T06:59:59", "2024-11-03T07:00:00", "2024-11-04T07:59:59.999999", "2024-11-04T08:00:00"),
    *("2025-03-09T08:00:00", "2025-03-10T06:59:59.999999", "2025-03-10T07:00:00"),
]
STORED = text(
    "SELECT kind, amount, balance, at FROM statement_lines WHERE seller_id = :seller AND currency = 'USD'"
    " ORDER BY ordinal"
)


async def filled(market: Market) -> list[Any]:
    """The lines of a statement that were booked at all these instants."""
    chance = Random(11)
    for instant in INSTANTS:
        market.means.time.at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        await completed(market)
        if chance.random() < 0.5:
            await sellers.withdraw(market.means, by(market.seller.owner), chance.randint(1, 300_00), "USD")
    return await stored(market)


async def stored(market: Market) -> list[Any]:
    """The lines as they are stored."""
    async with market.means.engine.connect() as connection:
        return list(await connection.execute(STORED, {"seller": market.seller.id}))


def by_day(lines: Sequence[Any]) -> list[Row]:
    """The days of a statement, added up by hand."""
    days, opening = [], 0
    for day, group in groupby(lines, key=lambda line: PACIFIC.date_of(line.at)):
        its = list(group)
        kinds = sorted({line.kind for line in its})
        sums = [
            (kind, sum(each.kind == kind for each in its), sum(each.amount for each in its if each.kind == kind))
            for kind in kinds
        ]
        closing = opening + sum(line.amount for line in its)
        days.append({"day": day.isoformat(), "opening": opening, "sums": sums, "closing": closing})
        opening = closing
    return days


async def days(market: Market, reader: Reader, **asked: Any) -> list[Row]:
    """A page of days, in minor units."""
    page = (await told(market, reader, market.seller.finance, DAYS, id=of_seller(market), **asked))["node"]
    return [
        {
            "day": node["day"],
            "opening": minor(node["opening"]),
            "sums": [(each["kind"], each["lines"], minor(each["amount"])) for each in node["sums"]],
            "closing": minor(node["closing"]),
        }
        for node in page["statementDays"]["nodes"]
    ]


async def test_days_are_what_their_lines_add_up_to(market: Market, pool: Pool) -> None:
    """Brute force over the lines: midnight's both sides, days of 23 and 25 hours, and days without a line."""
    expected, reader = by_day(await filled(market)), Reader(pool)
    assert len(expected) == 7
    assert await days(market, reader, sort="OLDEST", first=100) == expected
    assert await days(market, reader, first=100) == expected[::-1]
    assert await days(market, reader, sort="OLDEST", last=3) == expected[-3:]
    dates = [date.fromisoformat(day["day"]) for day in expected]
    for since in (dates[0], dates[1], dates[3] + timedelta(days=1), dates[-1], dates[-1] + timedelta(days=1)):
        for until in (since, since + timedelta(days=1), dates[4], dates[-1] + timedelta(days=9)):
            chosen = [day for day, of in zip(expected, dates, strict=True) if since <= of < until]
            asked = {"since": since.isoformat(), "until": until.isoformat(), "first": 100}
            assert await days(market, reader, sort="OLDEST", **asked) == chosen


async def test_a_day_is_closed_once_a_later_one_has_begun(market: Market, pool: Pool) -> None:
    """A line that was decided before midnight and written after a later one belongs to the later one's day."""
    reader, time = Reader(pool), market.means.time
    time.at = datetime(2024, 5, 7, 6, 59, tzinfo=UTC)
    await completed(market)
    assert [day["closed"] for day in await _shown(market, reader)] == [False]
    time.at = datetime(2024, 5, 7, 7, 0, 1, tzinfo=UTC)
    await completed(market)
    first = await _shown(market, reader)
    assert [day["closed"] for day in first] == [True, False]
    time.at = datetime(2024, 5, 7, 6, 59, 59, tzinfo=UTC)
    await completed(market)
    second = await _shown(market, reader)
    assert second[0] == first[0]
    assert [day["sums"][1]["lines"] for day in second] == [1, 2]
    instants = [line.at for line in await stored(market)]
    assert instants == sorted(instants)


async def _shown(market: Market, reader: Reader) -> list[Row]:
    found = await told(market, reader, market.seller.owner, DAYS, id=of_seller(market), sort="OLDEST")
    nodes: list[Row] = found["node"]["statementDays"]["nodes"]
    return nodes


async def test_lines_go_on_from_a_cursor_and_none_is_missed(market: Market, pool: Pool) -> None:
    """Oldest first, in one currency: what was booked meanwhile comes after the cursor, and nothing before it."""
    reader, got, after = Reader(pool), list[Row](), None
    for at, instant in enumerate(INSTANTS[:6]):
        market.means.time.at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        await completed(market)
        for _ in range(at % 3):
            variables = {"id": of_seller(market), "currency": "USD", "first": 2, "after": after, "sort": "OLDEST"}
            page = (await told(market, reader, market.seller.owner, LINE, **variables))["node"]["statement"]
            got += page["nodes"]
            after = page["pageInfo"]["endCursor"] or after
    lines = await stored(market)
    assert [(row["kind"], minor(row["amount"]), minor(row["balance"])) for row in got] == [
        (line.kind, line.amount, line.balance) for line in lines[: len(got)]
    ]
    assert len(got) > 6


async def test_lines_of_a_while(market: Market, pool: Pool) -> None:
    """`since` is the first instant that counts, `until` the first that does not."""
    lines, reader = await filled(market), Reader(pool)
    for since in (lines[2].at, lines[2].at + timedelta(microseconds=1)):
        for until in (lines[9].at, lines[9].at + timedelta(microseconds=1)):
            asked = {"since": instant_text(since), "until": instant_text(until), "sort": "OLDEST", "first": 100}
            page = (await told(market, reader, market.seller.owner, LINE, id=of_seller(market), **asked))["node"]
            chosen = [instant_text(line.at) for line in lines if since <= line.at < until]
            assert [row["at"] for row in page["statement"]["nodes"]] == chosen
    other = {"id": of_seller(market), "currency": "EUR"}
    assert (await told(market, reader, market.seller.owner, LINE, **other))["node"]["statement"]["nodes"] == []


async def test_the_statement_is_for_owner_and_finance(market: Market, pool: Pool) -> None:
    """Section 13: null for sales and the buyer, empty for another seller's owner."""
    await completed(market)
    reader, ask = Reader(pool), of_seller(market)
    for actor in (market.seller.sales, market.buyer):
        assert (await told(market, reader, actor, DAYS, id=ask))["node"] == {"statementDays": None}
    for actor in (market.seller.owner, market.seller.finance, market.operator):
        assert len((await told(market, reader, actor, DAYS, id=ask))["node"]["statementDays"]["nodes"]) == 1


CROWD = text(
    "INSERT INTO statement_lines (id, seller_id, currency, ordinal, entry_id, kind, amount, balance, at)"
    " SELECT gen_random_uuid(), :seller, 'USD', n, :entry, 'CORRECTION', 1, n,"
    " CAST(:start AS timestamptz) + n * interval '17 minutes'"
    " FROM generate_series(CAST(:after AS bigint) + 1, CAST(:after AS bigint) + :lines) AS n"
)
ENTRY = text("SELECT id FROM entries WHERE seller_id = :seller LIMIT 1")


@pytest.mark.parametrize("way", ["newest", "oldest", "of a while"])
async def test_a_page_of_days_costs_what_its_days_do(market: Market, pool: Pool, way: str) -> None:
    """However long the statement: no more rows are read than a page's days have, some times over."""
    await completed(market)
    start, after = market.means.clock.now(), len(await stored(market))
    async with market.means.engine.begin() as connection:
        entry = (await connection.execute(ENTRY, {"seller": market.seller.id})).scalar_one()
        values = {"seller": market.seller.id, "entry": entry, "start": start, "after": after, "lines": LINES}
        await connection.execute(CROWD, values)
        await connection.execute(text("ANALYZE statement_lines"))
    market.means.time.step(minutes=17 * (LINES + 9))
    middle = (start + timedelta(minutes=17 * LINES / 2)).date()
    pages: dict[str, dict[str, Any]] = {
        "newest": {"first": 2},
        "oldest": {"first": 2, "sort": "OLDEST"},
        "of a while": {"since": middle.isoformat(), "until": (middle + timedelta(days=3)).isoformat()},
    }
    reader = Reader(pool)
    with reader.recorded() as log:
        context = Context(market.seller.owner.viewer, market.means.clock.now(), reader)
        answer = await schema.execute(DAYS, {"id": of_seller(market), **pages[way]}, context)
    assert not answer.errors and answer.data
    nodes = answer.data["node"]["statementDays"]["nodes"]
    (statement,) = log
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.sql}"
    (plan,) = json.loads(await pool.fetchval(explain, *statement.arguments))
    read = [scan for scan in scans(plan["Plan"]) if scan[1] == "statement_lines"]
    assert sum(each["lines"] for node in nodes for each in node["sums"]) > A_DAY
    assert [kind for kind, _, _ in read if kind == "Seq Scan"] == []
    # a page looks at one day more than it has, and at each line's neighbours
    assert sum(rows for _, _, rows in read) < 10 * A_DAY * (len(nodes) + 1)
