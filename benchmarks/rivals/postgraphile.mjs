// PostGraphile 5 over the tables as they are, with its Amber preset and grafserv on Node's own server.

import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool: new pg.Pool({ max: Number(process.env.POOL) }), schemas: ["public", "rivals"] })],
});
const serv = instance.createServ(grafserv);
const http = createServer();
await serv.addTo(http);
http.listen(0, "127.0.0.1", () => console.log(`Serving http://127.0.0.1:${http.address().port}/graphql`));
