// @ts-check
/** What was told on this phone holds until the server has heard of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stillHeld } from "../../../static/js/practice/phone.js";

const OPEN = { suspended: null, rung: "size-1" };
const HELD = { suspended: { say: "It waits." }, rung: "size-1" };

test("a programme that comes before the clinic has heard does not open what was held back here", () => {
  assert.deepEqual(stillHeld(OPEN, HELD), HELD);
});

test("what the server says is suspended is suspended in its words", () => {
  const theirs = { suspended: { say: "Call today." }, rung: "size-1" };
  assert.deepEqual(stillHeld(theirs, HELD), theirs);
});

test("nothing is held where nothing was", () => {
  assert.deepEqual(stillHeld(OPEN, OPEN), OPEN);
  assert.deepEqual(stillHeld(OPEN, undefined), OPEN);
});
