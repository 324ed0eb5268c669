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
LOG = """query ($types: [EventKind!], $by: [ActorKind!], $member: ID, $since: DateTime, $until: DateTime) {
  viewer { orders(first: 3) { nodes {
    log(first: 30, types: $types, by: $by, member: $member, since: $since, until: $until) {
      totalCount nodes { kind by at member { name } } pageInfo { hasNextPage endCursor }
    }
  } } }
}"""
LOGS: list[dict[str, Any]] = [
    {},
    {"types": []},
    {"types": ["ORDER_CONFIRMED", "DEADLINE_SET", "FEE_CHARGED"]},
    {"types": ["NOTHING"]},
    {"by": "TIME"},
    {"by": []},
    {"by": ["SELLER", "TIME"], "since": "2024-05-07T00:00:00Z"},
    {"until": "2024-05-20T00:00:00Z"},
    {"since": "2024-05-20T00:00:00Z", "until": "2024-05-20T00:00:00Z"},
    {"since": "yesterday"},
    {"member": "mem_" + "0" * 32},
    {"member": "acc_" + "0" * 32},
    {"member": ""},
]
ORDER = "query ($number: String!) { order(number: $number) { id } }"
IDS: list[Any] = [5, "ord_", "ord_" + "0" * 32, 2**70, 1.5, True, [], "\U0001f600", "evt_9", "x" * 3_000]

FILTERED = """query ($filter: OrderFilter, $sort: OrderSort) { viewer { orders(filter: $filter, sort: $sort, first: 3) {
  nodes { id } } orderTabs(filter: $filter) { tab count atLeast } } }"""
FILTERS: list[Any] = [
    *(None, {}, {"and": []}, {"or": []}, {"or": None}, {"not": {}}, {"not": None}, {"not": {"not": {"or": []}}}),
    *({"status": []}, {"status": None}, {"status": "COMPLETED"}, {"status": ["NOWHERE"]}, {"and": {"overdue": False}}),
    *(
        {"created": {}},
        {"created": {"from": "2024-05-20T00:00:00Z"}},
        {"amount": {"currencyCode": "USD"}},
        {"amount": {}},
    ),
    *({"amount": {"currencyCode": "JPY", "least": "0.5", "most": "9" * 30}}, {"text": ""}, {"text": "é" * 101}),
    *({"salesperson": []}, {"salesperson": ["x", "mem_" + "0" * 32]}, {"seller": "sel_"}, {"nothing": 1}),
]
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
    *(Document(LOG, variables) for variables in LOGS),
    *(Document(ORDER, {"number": number}) for number in ("", "0" * 20, "\n", "'; --", "$1", "⟪p1⟫", "\0", 7, None)),
    Document("query A { viewer { role } } query B { serverTime }", {}),
]
