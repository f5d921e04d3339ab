// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Mirror } from "../../../static/js/live/mirror.js";
import { hello, view } from "./bench.js";

/** @param {number} seq @param {{type: string, [field: string]: unknown}} event */
const changed = (seq, event, changes = {}) => {
  const { checkins, messages, ...small } = view(changes);
  void [checkins, messages];
  return {
    type: /** @type {const} */ ("changed"),
    seq,
    at: seq * 10,
    by: /** @type {const} */ ("patient"),
    event,
    view: small,
  };
};

describe("the session as it was last told", () => {
  test("never runs backwards within an epoch", () => {
    const mirror = new Mirror();
    mirror.greet(hello({ seq: 7, view: view({ comfort: "uneasy" }) }));
    assert.equal(mirror.greet(hello({ seq: 6, view: view({ comfort: "settled" }) })), false);
    assert.equal(mirror.change(changed(7, { type: "comfort.changed" }, { comfort: "dizzy" })), false);
    assert.equal(mirror.view?.comfort, "uneasy");
  });

  test("another epoch replaces everything, also by a lower number", () => {
    const mirror = new Mirror();
    mirror.greet(hello({ seq: 70 }));
    assert.equal(mirror.greet(hello({ epoch: 2, seq: 3, view: view({ comfort: "settled" }) })), true);
    assert.deepEqual([mirror.seq, mirror.view?.comfort], [3, "settled"]);
  });

  test("gaps in the numbers are no loss: some events are not for everybody", () => {
    const mirror = new Mirror();
    mirror.greet(hello({ seq: 4 }));
    assert.equal(mirror.change(changed(9, { type: "comfort.changed" }, { comfort: "settled" })), true);
    assert.equal(mirror.seq, 9);
  });

  test("a note that was struck is gone from the list", () => {
    const mirror = new Mirror();
    mirror.greet(hello({ seq: 1 }));
    mirror.change(changed(2, { type: "note.written", text: "Jaw tight" }));
    mirror.change(changed(3, { type: "note.written", text: "Jaw soft" }));
    mirror.change(changed(4, { type: "notes.struck", of: [2] }));
    assert.deepEqual(
      mirror.view?.notes?.map(({ text }) => text),
      ["Jaw soft"],
    );
  });

  test("keeps the lists, and adds what an event brings to them", () => {
    const mirror = new Mirror();
    mirror.greet(hello({ seq: 1 }));
    mirror.change(changed(2, { type: "message.said", text: "Can we stay?" }));
    mirror.change(
      changed(3, { type: "checkin.recorded", kind: "rung", heard: false, answers: { outcome: "partly" } }),
    );
    mirror.change(changed(4, { type: "checkin.corrected", of: 3, kind: "rung", answers: null }));
    assert.deepEqual(
      mirror.view?.messages.map(({ text }) => text),
      ["Can we stay?"],
    );
    assert.deepEqual(
      mirror.view?.checkins.map(({ seq, answers }) => [seq, answers]),
      [[3, null]],
    );
  });
});
