// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { batches, body, Delivery, practices, taken } from "../../../static/js/practice/deliver.js";
import { delivered_words } from "../../../static/js/practice/phone-words.js";

/** @typedef {import("../../../static/js/practice/store.js").Part} Part */

const NOW = 1_000_000;

/** @param {string} session @param {number} n @param {number} [length] @returns {Part} */
const made = (session, n, length = 100) => ({
  session,
  n,
  sealed: "A".repeat(length),
  sealed_wall_ms: NOW - 60_000,
});

/** A phone whose parts lie in memory, and a server that answers as it is told to. */
class Scene {
  /** @type {Part[]} */
  parts;
  aside = 0;
  /** @type {{headers: Record<string, string>, parts: any[]}[]} */
  asked = [];
  /** @type {{ms: number, act: () => void}[]} */
  timers = [];
  /** @type {(parts: any[]) => Response | Promise<Response>} */
  answer = (parts) => Response.json(parts.map(({ session, n }) => ({ session, n, state: "stored" })));

  /** @param {...Part} parts */
  constructor(...parts) {
    this.parts = parts;
    this.delivery = new Delivery({
      outbox: {
        owner: () => "owner-1",
        parts: async () => this.parts,
        took: async (took, aside) => {
          this.parts = this.parts.filter((part) => !took.includes(part));
          this.aside += aside;
        },
      },
      fetch: async (_url, init) => {
        const parts = JSON.parse(String(init.body));
        this.asked.push({ headers: /** @type {Record<string, string>} */ (init.headers), parts });
        return this.answer(parts);
      },
      alone: (act) => act(),
      timers: {
        now: () => 0,
        wall: () => NOW,
        after: (ms, act) => {
          this.timers.push({ ms, act });
          return () => {};
        },
      },
      random: () => 0.5,
    });
  }
}

describe("batches", () => {
  test("hold no more than the server takes, in the order in which parts were made", () => {
    const parts = Array.from({ length: 45 }, (_, n) => made("a", n));
    assert.deepEqual(
      batches(parts).map((batch) => batch.length),
      [20, 20, 5],
    );
    assert.deepEqual(batches(parts).flat(), parts);
  });

  test("are smaller where parts are large; one that is larger than all goes alone", () => {
    const parts = [
      made("a", 0, 100_000),
      made("a", 1, 100_000),
      made("a", 2, 100_000),
      made("a", 3, 900_000),
    ];
    assert.deepEqual(
      batches(parts).map((batch) => batch.length),
      [2, 1, 1],
    );
  });
});

describe("what goes over the line", () => {
  test("is the place, the sealed bytes and how long they lay here: never a clock", () => {
    assert.deepEqual(JSON.parse(body([made("a", 0, 4)], NOW)), [
      { session: "a", n: 0, sealed: "AAAA", waited_ms: 60_000 },
    ]);
    // A clock that was set back in between says that it lay here for no time.
    assert.equal(JSON.parse(body([made("a", 0, 4)], 0))[0].waited_ms, 0);
  });

  test("an answer that is no list, or names no part, takes nothing away", () => {
    const parts = [made("a", 0), made("a", 1)];
    for (const answer of [null, {}, "stored", [null], [{ session: "a", n: 0, state: "lost" }], [{ n: 0 }]]) {
      assert.deepEqual(taken(parts, answer), []);
    }
    assert.equal(taken(parts, [{ session: "a", n: 1, state: "already" }])[0].part, parts[1]);
  });
});

describe("delivering", () => {
  test("stored and already there are both delivered, and gone from here", async () => {
    const scene = new Scene(made("a", 0), made("a", 1), made("b", 0));
    scene.answer = (parts) =>
      Response.json(parts.map(({ session, n }) => ({ session, n, state: n ? "already" : "stored" })));

    const outcome = await scene.delivery.now();

    assert.deepEqual(outcome, { state: "delivered", delivered: 2, kept_aside: 0, waiting: 0 });
    assert.deepEqual(scene.parts, []);
    assert.equal(scene.asked[0].headers["Ebb-Owner"], "owner-1");
    assert.deepEqual(scene.timers, []);
  });

  test("what could not be opened there is gone from here too, and is told", async () => {
    const scene = new Scene(made("a", 0), made("b", 0));
    scene.answer = (parts) =>
      Response.json(
        parts.map(({ session, n }) => ({ session, n, state: session === "a" ? "kept_aside" : "stored" })),
      );

    const outcome = await scene.delivery.now();

    assert.equal(outcome.kept_aside, 1);
    assert.equal(scene.aside, 1);
    assert.match(delivered_words(outcome) ?? "", /could not be opened there/);
  });

  for (const [status, state, said] of /** @type {const} */ ([
    [401, "signed_out", /Sign in to deliver/],
    [410, "left", /You left Ebb/],
    [409, "somebody_else", /Somebody else/],
    [404, "somebody_else", /Somebody else/],
    [503, "busy", /by itself/],
    [429, "busy", /by itself/],
  ])) {
    test(`${status} keeps everything and says why`, async () => {
      const scene = new Scene(made("a", 0), made("b", 0));
      scene.answer = () => new Response(null, { status });

      const outcome = await scene.delivery.now();

      assert.equal(outcome.state, state);
      assert.equal(outcome.waiting, 2);
      assert.equal(scene.parts.length, 2);
      assert.match(delivered_words(outcome) ?? "", said);
      // Asking again by itself helps against a server that is busy, and against nothing else here.
      assert.equal(scene.timers.length, state === "busy" ? 1 : 0);
    });
  }

  test("where nobody answers it is tried again, later each time", async () => {
    const scene = new Scene(made("a", 0));
    scene.answer = () => {
      throw new TypeError("no network");
    };

    for (let tries = 0; tries < 4; tries++) assert.equal((await scene.delivery.now()).state, "offline");

    const waits = scene.timers.map((timer) => timer.ms);
    assert.ok(waits.every((ms, at) => at === 0 || ms > waits[at - 1]));
    assert.equal(scene.parts.length, 1);
  });

  test("the server's own wish to be left alone is kept", async () => {
    const scene = new Scene(made("a", 0));
    scene.answer = () => new Response(null, { status: 429, headers: { "Retry-After": "90" } });
    await scene.delivery.now();
    assert.equal(scene.timers[0].ms, 90_000);
  });

  test("one part that the server does not take holds no other one up, and stays", async () => {
    const scene = new Scene(made("a", 0), made("b", 0), made("c", 0));
    scene.answer = (parts) =>
      parts.some((part) => part.session === "b")
        ? new Response(null, { status: 422 })
        : Response.json(parts.map(({ session, n }) => ({ session, n, state: "stored" })));

    const outcome = await scene.delivery.now();

    assert.deepEqual(
      scene.parts.map((part) => part.session),
      ["b"],
    );
    assert.deepEqual([outcome.state, outcome.delivered, outcome.waiting], ["refused", 2, 1]);
    assert.match(delivered_words(outcome) ?? "", /tell your clinic/);
  });

  test("asked for twice at once it runs once", async () => {
    const scene = new Scene(made("a", 0));
    await Promise.all([scene.delivery.now(), scene.delivery.now()]);
    assert.equal(scene.asked.length, 1);
  });

  test("with nothing here nobody is asked", async () => {
    const scene = new Scene();
    assert.equal((await scene.delivery.now()).state, "nothing");
    assert.equal(scene.asked.length, 0);
    assert.equal(practices([]), 0);
  });
});
