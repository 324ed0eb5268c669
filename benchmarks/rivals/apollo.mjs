// Apollo Server with Express, as its documentation recommends for production, and DataLoader for each list of children.

import { createServer } from "node:http";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import DataLoader from "dataloader";
import express from "express";
import { childrenOf, kinds, resolvers, typeDefs } from "./rows.mjs";

const load = (kind) => (row, _, context) => context[kind].load(row.id);
const server = new ApolloServer({
  typeDefs,
  resolvers: {
    ...resolvers,
    Order: { ...resolvers.Order, shipments: load("shipments"), deadlines: load("deadlines") },
    Contract: { ...resolvers.Contract, items: load("items") },
    FundsCard: { ...resolvers.FundsCard, instalments: load("instalments") },
  },
});
await server.start();

// Loaders live as long as a request
const context = async () =>
  Object.fromEntries(kinds.map((kind) => [kind, new DataLoader((ids) => childrenOf(kind, ids))]));
const app = express();
app.use("/graphql", express.json(), expressMiddleware(server, { context }));
const http = createServer(app).listen(0, "127.0.0.1", () =>
  console.log(`Serving http://127.0.0.1:${http.address().port}/graphql`),
);
