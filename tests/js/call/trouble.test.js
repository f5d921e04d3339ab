// @ts-check
/** Each reason why a device is not to be had has a sentence of its own, and a way on. */

import assert from "node:assert/strict";
import test from "node:test";

import { troubleOf, troubleWords } from "../../../static/js/call/trouble.js";

/** @param {string} name */
const thrown = (name) => new DOMException("", name);
/** @type {import("../../../static/js/call/trouble.js").Trouble[]} */
const ALL = ["insecure", "unable", "denied", "unanswered", "none", "busy", "gone", "hidden", "unknown"];

test("what browsers throw is told apart", () => {
  const told = Object.fromEntries(
    [
      "NotAllowedError",
      "SecurityError",
      "NotFoundError",
      "OverconstrainedError",
      "NotReadableError",
      "AbortError",
      "TypeError",
    ].map((name) => [name, troubleOf(thrown(name))]),
  );

  assert.deepEqual(told, {
    NotAllowedError: "denied",
    SecurityError: "denied",
    NotFoundError: "none",
    OverconstrainedError: "none",
    NotReadableError: "busy",
    AbortError: "busy",
    TypeError: "unknown",
  });
});

test("a question that was closed is no refusal, and an address without encryption comes before both", () => {
  assert.equal(troubleOf(thrown("NotAllowedError"), { permission: "prompt" }), "unanswered");
  assert.equal(troubleOf(thrown("NotAllowedError"), { permission: "denied" }), "denied");
  assert.equal(troubleOf(thrown("NotAllowedError"), { secure: false }), "insecure");
  assert.equal(troubleOf(undefined, { able: false }), "unable");
});

for (const kind of /** @type {const} */ (["microphone", "camera"])) {
  test(`each trouble of a ${kind} has a sentence that names it`, () => {
    const words = ALL.map((trouble) => troubleWords(trouble, kind));

    assert.equal(new Set(words).size, ALL.length);
    for (const sentence of words) assert.match(sentence, new RegExp(kind));
  });
}
