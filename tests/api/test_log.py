"""The operation log of an order, filtered: by kind, by who and by time, the same rows as the whole log has (ORD-13)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app.domain.lifecycle import Step
from tests.actions.taking import TAKE
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.api.test_many import member_of
from tests.market import Market, by, completed

LOG = """query Log($id: ID!, $types: [EventKind!], $by: [ActorKind!], $member: ID, $since: DateTime, $until: DateTime) {
  node(id: $id) { ... on Order {
    log(first: 100, types: $types, by: $by, member: $member, since: $since, until: $until) {
      totalCount nodes { kind by at version member { id } }
    }
  } }
}"""
Keep = Callable[[Json], bool]


async def log_of(person: Person, id: str, **filters: Any) -> list[Json]:
    """What somebody finds in a log."""
    found = (await person.ask(LOG, id=id, **filters))["node"]["log"]
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[Json] = found["nodes"]
    return nodes


def _at(event: Json) -> datetime:
    return datetime.fromisoformat(event["at"])


def filters_for(whole: list[Json], member: str) -> list[tuple[dict[str, Any], Keep]]:
    """Filters, and what of the whole log each keeps; the instants are those of its events."""
    middle = whole[len(whole) // 2]["at"]
    first, last = whole[0]["at"], whole[-1]["at"]
    kinds = ["ORDER_CONFIRMED", "DEADLINE_SET", "FEE_CHARGED", "SALESPERSON_ASSIGNED"]
    return [
        ({"types": kinds}, lambda event: event["kind"] in kinds),
        ({"types": []}, lambda event: False),
        ({"by": ["BUYER"]}, lambda event: event["by"] == "BUYER"),
        ({"by": ["SELLER", "TIME"]}, lambda event: event["by"] in ("SELLER", "TIME")),
        ({"by": []}, lambda event: False),
        ({"member": member}, lambda event: event["member"] == {"id": member}),
        ({"member": "nonsense"}, lambda event: False),
        ({"since": middle}, lambda event: _at(event) >= _at({"at": middle})),
        ({"until": middle}, lambda event: _at(event) < _at({"at": middle})),
        ({"since": first, "until": last}, lambda event: _at({"at": first}) <= _at(event) < _at({"at": last})),
        (
            {"types": kinds, "by": ["PROVIDER", "BUYER"], "since": first},
            lambda event: event["kind"] in kinds and event["by"] in ("PROVIDER", "BUYER"),
        ),
        ({"types": None, "by": None, "member": None, "since": None, "until": None}, lambda event: True),
    ]


@pytest.mark.parametrize("name", ["owner", "sales", "finance", "buyer", "operator"])
async def test_a_filtered_log_is_the_whole_one_without_the_rest(
    server: Server, market: Market, hall: Hall, name: str
) -> None:
    """ORD-13, section 13: whoever looks, every filter alone and some together keep just what they say."""
    order_id = await completed(market)
    for actor in (market.seller.owner, market.seller.sales):
        await TAKE[Step.ASSIGN](market, by(actor), order_id)
    id = f"ord_{order_id.hex}"
    person = await hall.enter(server, getattr(market if name in ("buyer", "operator") else market.seller, name))
    whole = await log_of(person, id)
    assert len(whole) > 10
    member = await member_of(market, market.seller.sales.account_id)
    for filters, keeps in filters_for(whole, member):
        expected = [event for event in whole if keeps(event)]
        assert await log_of(person, id, **filters) == expected, filters
    hidden = name == "buyer"
    assert (await log_of(person, id, member=member) == []) is hidden
    assert ({event["member"] is None for event in whole} == {True}) is hidden


async def test_a_page_of_a_filtered_log_goes_on_in_it(server: Server, market: Market, hall: Hall) -> None:
    """ORD-13: pages of a filtered log have no gaps and nothing twice."""
    id = f"ord_{(await completed(market)).hex}"
    owner = await hall.enter(server, market.seller.owner)
    expected = [event["version"] for event in await log_of(owner, id, by=["SELLER", "PROVIDER"])]
    page = """query Page($id: ID!, $after: String) { node(id: $id) { ... on Order {
      log(first: 2, after: $after, by: [SELLER, PROVIDER]) { nodes { version } pageInfo { hasNextPage endCursor } }
    } } }"""
    found, after = list[int](), None
    while True:
        shown = (await owner.ask(page, id=id, after=after))["node"]["log"]
        found += [node["version"] for node in shown["nodes"]]
        after = shown["pageInfo"]["endCursor"]
        if not shown["pageInfo"]["hasNextPage"]:
            break
    assert found == expected
    assert len(expected) > 4
