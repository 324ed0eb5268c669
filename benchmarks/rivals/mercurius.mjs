// Mercurius on Fastify, with its JIT from the first request on and its loaders for each list of children.

import Fastify from "fastify";
import mercurius from "mercurius";
import { childrenOf, resolvers, typeDefs } from "./rows.mjs";

const loader = (kind) => ({ loader: (queries) => childrenOf(kind, queries.map(({ obj }) => obj.id)), opts: { cache: false } });
const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  loaders: {
    Order: { shipments: loader("shipments"), deadlines: loader("deadlines") },
    Contract: { items: loader("items") },
    FundsCard: { instalments: loader("instalments") },
  },
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: 0 });
console.log(`Serving http://127.0.0.1:${app.server.address().port}/graphql`);
