"""Clients as people use them: Python's gql always, graphql-ws, graphql-sse and urql where Node is present."""

from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.transport.npm import needs_node, run_script
from tests.transport.serving import Served, endpoint, serving

PACKAGES = ("graphql-ws@6", "graphql-sse@2", "@urql/core@6", "ws@8", "graphql@16")

COMMON = """
const [url, socketUrl] = process.argv.slice(2);
const headers = { Authorization: 'Bearer good' };
const collect = async (iterable) => {
  const found = [];
  try { for await (const item of iterable) found.push(item.data ?? item.errors[0].extensions.code); }
  catch (error) { found.push([error].flat()[0].extensions.code); }
  return found;
};
const queries = ['{ whoami }', 'mutation { note(text: "hello") }', 'subscription { count(to: 2) }',
  'subscription { fails(after: 1) }', '{ nothing }'];
const results = [];
"""

WS = """
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });
for (const query of queries) results.push(await collect(client.iterate({ query })));
await client.dispose();
console.log(JSON.stringify(results));
"""

SSE = """
import { createClient } from 'graphql-sse';
const client = createClient({ url, headers, retryAttempts: 0 });
for (const query of queries) results.push(await collect(client.iterate({ query })));
client.dispose();
console.log(JSON.stringify(results));
"""

URQL = """
import { Client, fetchExchange } from '@urql/core';
const client = new Client({ url, exchanges: [fetchExchange], fetchSubscriptions: true, preferGetMethod: false,
  fetchOptions: { headers } });
const code = (result) => result.error ? result.error.graphQLErrors[0].extensions.code : result.data;
results.push([code(await client.query(queries[0], {}).toPromise())]);
results.push([code(await client.mutation(queries[1], {}).toPromise())]);
for (const query of queries.slice(2, 4)) {
  const found = [];
  await new Promise((done) => client.subscription(query, {}).subscribe((result) => {
    const item = result.error ? code(result) : result.data;
    if (JSON.stringify(item) !== JSON.stringify(found.at(-1))) found.push(item);
    // (urql repeats the last item when the stream completes)
    if (!result.hasNext) done();
  }));
  results.push(found);
}
results.push([code(await client.query(queries[4], {}).toPromise())]);
console.log(JSON.stringify(results));
"""

EXPECTED = [
    [{"whoami": "buyer@example.com"}],
    [{"note": "hello"}],
    [{"count": 1}, {"count": 2}],
    [{"fails": 0}, "INTERNAL"],
    ["GRAPHQL_VALIDATION_FAILED"],
]


@needs_node
@pytest.mark.parametrize("script", [WS, SSE, URQL], ids=["graphql-ws", "graphql-sse", "urql"])
async def test_npm_clients(script: str, tmp_path: Path) -> None:
    """Each client reads queries, mutations, subscriptions and both kinds of error."""
    imports, _, rest = script.partition("const client")
    async with serving(endpoint()) as served:
        results = await run_script(
            tmp_path, PACKAGES, f"{imports}{COMMON}const client{rest}", served.url, served.url.replace("http", "ws")
        )
    assert results == EXPECTED


def _transports(served: Served) -> list[Any]:
    headers = {"Authorization": "Bearer good"}
    return [
        HTTPXAsyncTransport(served.url, headers=headers),
        WebsocketsTransport(served.url.replace("http", "ws"), init_payload=headers),
    ]


async def test_python_client() -> None:
    """The gql client runs an operation over HTTP and over WebSocket, and reads a refusal's code."""
    async with serving(endpoint()) as served:
        for transport in _transports(served):
            async with Client(transport=transport) as session:
                assert await session.execute(gql("{ whoami }")) == {"whoami": "buyer@example.com"}
                with pytest.raises(TransportQueryError) as refusal:
                    await session.execute(gql("{ refusal }"))
                assert refusal.value.errors is not None
                assert refusal.value.errors[0]["extensions"]["code"] == "QUOTA_EXCEEDED"


async def test_python_client_subscribes() -> None:
    """The gql client follows a subscription to its end and meets the error that ends another."""
    async with serving(endpoint()) as served, Client(transport=_transports(served)[1]) as session:
        counted = [item async for item in session.subscribe(gql("subscription { count(to: 3) }"))]
        with pytest.raises(TransportQueryError):
            async for _ in session.subscribe(gql("subscription { refuses }")):
                pass
    assert counted == [{"count": 1}, {"count": 2}, {"count": 3}]
