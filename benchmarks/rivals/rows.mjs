// The seller's list for servers that are given a schema and functions: its SDL, its rows, and each row as clients see it.

import pg from "pg";

const TIMESTAMPTZ = 1184;
const DECIMALS = JSON.parse(process.env.DECIMALS); // of each currency
const pool = new pg.Pool({ max: Number(process.env.POOL) });

// PostgreSQL's microseconds, which a Date would round away
pg.types.setTypeParser(TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`);

export const typeDefs = `
  type Query { viewer: Viewer }
  type Viewer { orders(first: Int!): Orders! }
  type Orders { nodes: [Order!]! }
  type Order {
    id: ID! number: String version: Int! status: String! awaiting: String type: String! draftedBy: String!
    overdue: Boolean! sellerReference: String createdAt: String! updatedAt: String! confirmedAt: String
    dispatchedAt: String contract: Contract! funds: FundsCard! shipments: [Shipment!]! deadlines: [Deadline!]!
  }
  type Contract { products: Money! shippingFee: Money! agreedTotal: Money! items: [Item!]! }
  type Item { id: ID! position: Int! description: String! quantity: String! unit: String! amount: Money! }
  type FundsCard { status: String! received: Money! missing: Money! instalments: [Instalment!]! }
  type Instalment { kind: String! amount: Money! received: Money! completedAt: String }
  type Shipment { id: ID! carrier: String! trackingNumber: String! dispatchedAt: String! deliveredAt: String }
  type Deadline { kind: String! dueAt: String! rule: String! status: String! }
  type Money { amount: String! currencyCode: String! }
`;

const ORDERS = `
  SELECT id, number, version::int, status, awaiting, type, drafted_by AS "draftedBy", overdue_at IS NOT NULL AS overdue,
    seller_reference AS "sellerReference", created_at AS "createdAt", updated_at AS "updatedAt",
    confirmed_at AS "confirmedAt", dispatched_at AS "dispatchedAt", currency, products, shipping_fee, total, received,
    refunded
  FROM orders WHERE seller_id = $1 AND (drafted_by = 'SELLER' OR status <> 'DRAFT')
  ORDER BY created_at DESC, id DESC LIMIT $2`;
const CHILDREN = {
  items: `
    SELECT order_id, id, position + 1 AS position, description, quantity, unit, amount, currency
    FROM items WHERE order_id = ANY($1) ORDER BY order_id, position`,
  instalments: `
    SELECT order_id, kind, amount, received, completed_at AS "completedAt", currency
    FROM instalments WHERE order_id = ANY($1) ORDER BY order_id, position`,
  shipments: `
    SELECT order_id, id, carrier, tracking_number AS "trackingNumber", dispatched_at AS "dispatchedAt",
      delivered_at AS "deliveredAt"
    FROM shipments WHERE order_id = ANY($1) ORDER BY order_id, position`,
  deadlines: `
    SELECT order_id, kind, due_at AS "dueAt", rule, status
    FROM deadlines WHERE order_id = ANY($1) AND kind <> 'RECOVERY' ORDER BY order_id, due_at, id`,
};
export const kinds = Object.keys(CHILDREN);

// One statement for the children of a kind of many orders: a list for each of the orders, in their order
export async function childrenOf(kind, ids) {
  const { rows } = await pool.query({ name: kind, text: CHILDREN[kind], values: [ids] });
  const lists = new Map(ids.map((id) => [id, []]));
  for (const row of rows) lists.get(row.order_id).push(row);
  return ids.map((id) => lists.get(id));
}

function money(minor, currencyCode) {
  const decimals = DECIMALS[currencyCode];
  const digits = minor.padStart(decimals + 1, "0");
  const whole = digits.length - decimals;
  return { amount: decimals ? `${digits.slice(0, whole)}.${digits.slice(whole)}` : digits, currencyCode };
}

function status({ received, refunded, total }) {
  const [all, back, agreed] = [BigInt(received), BigInt(refunded), BigInt(total)];
  if (back > 0n) return back >= all ? "REFUNDED" : "PARTIALLY_REFUNDED";
  if (all === 0n) return "UNPAID";
  return all < agreed ? "PARTIALLY_RECEIVED" : "FULLY_RECEIVED";
}

const id = (prefix) => (row) => `${prefix}_${row.id.replaceAll("-", "")}`;
const amount = (column) => (row) => money(row[column], row.currency);

export const resolvers = {
  Query: { viewer: () => ({}) },
  Viewer: {
    async orders(_, { first }) {
      const { rows } = await pool.query({ name: "orders", text: ORDERS, values: [process.env.SELLER, first] });
      return { nodes: rows };
    },
  },
  Order: { id: id("ord"), contract: (row) => row, funds: (row) => row },
  Contract: { products: amount("products"), shippingFee: amount("shipping_fee"), agreedTotal: amount("total") },
  Item: { id: id("itm"), amount: amount("amount"), quantity: ({ quantity }) => quantity.replace(/\.?0+$/, "") },
  FundsCard: {
    status,
    received: amount("received"),
    missing: (row) => money(String(BigInt(row.total) - BigInt(row.received)), row.currency),
  },
  Instalment: { amount: amount("amount"), received: amount("received") },
  Shipment: { id: id("shp") },
};
