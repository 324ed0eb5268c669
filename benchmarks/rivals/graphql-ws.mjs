// graphql-ws over ws, as its documentation sets it up: every subscription is executed for itself.
// What is POSTed to /push is what the subscription's field answers next; who subscribes gets the latest of it first.

import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const schema = buildSchema(`
  type Query { none: Int }
  type Subscription { orderUpdates(orderId: ID!, after: String): OrderUpdate! }
  type OrderUpdate { cursor: String! event: Event order: Order! }
  type Event { kind: String! version: Int! at: String! facts: [Fact!]! }
  type Fact { name: String value: String }
  type Order { id: ID! number: String version: Int! status: String! overdue: Boolean! buyerReference: String }
`);

// The messages for one subscriber, in their order, as an iterator that costs no more than it must
class Messages {
  static all = new Set();
  static latest = null;
  #waiting = [Messages.latest];
  #wake = null;
  constructor() {
    Messages.all.add(this);
  }
  static publish(message) {
    Messages.latest = { value: { orderUpdates: message }, done: false };
    for (const each of Messages.all) each.#take(Messages.latest);
  }
  #take(result) {
    if (this.#wake) this.#wake(result);
    else this.#waiting.push(result);
    this.#wake = null;
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  next() {
    if (this.#waiting.length) return Promise.resolve(this.#waiting.shift());
    return new Promise((resolve) => (this.#wake = resolve));
  }
  return() {
    Messages.all.delete(this);
    const over = { value: undefined, done: true };
    this.#take(over);
    return Promise.resolve(over);
  }
}
schema.getSubscriptionType().getFields().orderUpdates.subscribe = () => new Messages();

const http = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  Messages.publish(JSON.parse(body));
  response.end();
});
useServer({ schema }, new WebSocketServer({ server: http, path: "/graphql" }));
http.listen(0, "127.0.0.1", () => console.log(`Serving http://127.0.0.1:${http.address().port}`));
