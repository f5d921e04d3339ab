// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { OwnStop } from "../../../static/js/live/stop.js";

/** A store as browsers have it. */
function store() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    kept,
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
}

const forbidden = {
  getItem() {
    throw new Error("forbidden");
  },
  setItem() {
    throw new Error("forbidden");
  },
  removeItem() {
    throw new Error("forbidden");
  },
};

describe("one's own Stop", () => {
  test("is pending from the press on, and keeps session, command and time alone", () => {
    const kept = store();
    const own = new OwnStop("abc", { stores: [kept], wall: () => 100 });
    own.press();
    assert.equal(own.pending, true);
    const [value] = kept.kept.values();
    assert.deepEqual(Object.keys(JSON.parse(value)).sort(), ["at", "id", "session"]);
  });

  test("survives a reload with its id, and says how long ago it was", () => {
    const kept = store();
    let now = 100;
    const before = new OwnStop("abc", { stores: [kept], wall: () => now });
    before.press();
    const first = before.frame();
    now += 90_000;
    const after = new OwnStop("abc", { stores: [kept], wall: () => now });
    assert.equal(after.pending, true);
    assert.deepEqual(after.frame(), { type: "session.stop", id: first?.id, ago_ms: 90_000 });
  });

  test("belongs to its session alone", () => {
    const kept = store();
    new OwnStop("abc", { stores: [kept], wall: () => 1 }).press();
    assert.equal(new OwnStop("other", { stores: [kept], wall: () => 1 }).pending, false);
  });

  test("pressed twice is one Stop", () => {
    const own = new OwnStop("abc", { stores: [], wall: () => 1 });
    own.press();
    const { id } = own.frame() ?? {};
    own.press();
    assert.equal(own.frame()?.id, id);
  });

  test("goes on until it is stored: another's done and a refusal do not end it", () => {
    const kept = store();
    const own = new OwnStop("abc", { stores: [kept], wall: () => 1 });
    own.press();
    const id = own.frame()?.id ?? "";
    assert.equal(own.answer({ type: "done", id: "another", seq: 3 }), false);
    assert.equal(own.answer({ type: "refused", id, code: "unavailable", message: "" }), false);
    assert.equal(own.pending, true);
    assert.equal(own.answer({ type: "done", id, seq: 4 }), true);
    assert.equal(own.pending, false);
    assert.equal(kept.kept.size, 0);
  });

  test("is stored where its id is used already, since only its own first sending can have used it", () => {
    const own = new OwnStop("abc", { stores: [], wall: () => 1 });
    own.press();
    const id = own.frame()?.id ?? "";
    assert.equal(
      own.answer({ type: "refused", id, code: "bad_message", message: "", fields: { id: "used" } }),
      true,
    );
  });

  test("holds where nothing may be stored, and where what is stored is not ours", () => {
    const odd = store();
    odd.kept.set("ebb.own.abc", '{"session":"abc"}');
    const own = new OwnStop("abc", { stores: [forbidden, odd], wall: () => 1 });
    assert.equal(own.pending, false);
    own.press();
    assert.equal(own.pending, true);
  });

  test("never claims a time before it was pressed, whatever the wall clock does", () => {
    let now = 50_000;
    const own = new OwnStop("abc", { stores: [], wall: () => now });
    own.press();
    now = 0;
    assert.equal("ago_ms" in (own.frame() ?? {}), false);
  });
});
