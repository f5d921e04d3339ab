// @ts-check
/** On a page with network, where this phone keeps things: delivers what waits, and keeps the programme fresh. */

import { Phone } from "./phone.js";
import { register } from "./worker.js";

const FRESH_FOR_MS = 3_600_000;

export async function start() {
  const phone = await Phone.open();
  if (!phone.owner) return;
  // The browser may have cleared it; made once more, it is the same one.
  await register();
  const bundle = await phone.bundle();
  if (bundle && Math.abs(Date.now() - bundle.fetched_ms) > FRESH_FOR_MS) await phone.refresh();
}
