"""Documents by hand at the edges of what GraphQL allows, which a generator seldom comes to."""

from typing import Any

from tests.documents import Document

TWICE = "{ viewer { role } viewer { account { id } } ... on Query { viewer { role account { name id } } } }"
STEPS = "availableActions { step } other: availableActions { reason { code params { name value } } available step }"
LAST = "{ viewer { orders(last: 2) { nodes { STEPS } edges { cursor } totalCount } } }"
NODES = "query ($ids: [ID!]! = []) { nodes(ids: $ids) { __typename id ... on Order { status } } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
LANES = "query ($of: [LaneProvider!], $to: CountryCode) { lanes(providers: $of, destination: $to) { nodes { name } } }"
FIRST = "query ($first: Int) { products(first: $first) { nodes { id } } }"
EVENTS = "query ($first: Int = 3, $types: [EventKind!]) { events(first: $first, types: $types) { hasNextPage } }"
ORDER = "query ($number: String!) { order(number: $number) { id } }"
IDS: list[Any] = [5, "ord_", "ord_" + "0" * 32, 2**70, 1.5, True, [], "\U0001f600", "evt_9", "x" * 3_000]

EDGES = [
    Document("{ __typename }", {}),
    Document("{ __typename @skip(if: true) }", {}),
    Document("query ($a: Boolean!) { viewer @include(if: $a) { role } }", {"a": False}),
    Document("query ($a: Boolean = true) { viewer { role @skip(if: $a) orders @include(if: $a) { totalCount } } }", {}),
    Document("{ __schema { queryType { name } } viewer { role } }", {}),
    Document('{ __type(name: "Order") { name } __typename viewer { __typename role } serverTime }', {}),
    Document(TWICE, {}),
    Document(LAST.replace("STEPS", STEPS), {}),
    Document(LAST.replace("STEPS", "... on Node { id } ... on Order { i: id } __typename"), {}),
    Document("{ viewer { desk { policies(first: 1) { nodes { terms { fees { cap { amount } } } } } } } }", {}),
    *(
        Document(NODES, {"ids": ids})
        for ids in ([], "x", ["x", "x", ""], [7, "ord_1"], None, [None], ["é", "\U0001f600"])
    ),
    *(Document(NODE, {"id": each}) for each in IDS),
    *(Document(LANES, {"of": of, "to": "US"}) for of in (None, [], "PLATFORM", ["PLATFORM", "PLATFORM"], ["NOBODY"])),
    *(Document(LANES, {"to": to}) for to in (None, "", "us", 1, ["US"])),
    *(Document(FIRST, {"first": first}) for first in (None, 0, 100, 101, -1, 2**31, 1.0, "1", True)),
    *(Document(EVENTS, {"first": first}) for first in (None, 0, 1, 100)),
    *(Document(ORDER, {"number": number}) for number in ("", "0" * 20, "\n", "'; --", "$1", "⟪p1⟫", "\0", 7, None)),
    Document("query A { viewer { role } } query B { serverTime }", {}),
]
