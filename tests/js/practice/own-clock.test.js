// @ts-check
/** The clock of a home practice: even, never backwards, and awake again after a sleep. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnClock } from "../../../static/js/practice/own-clock.js";

test("it is the wall clock as it stood, carried on evenly", () => {
  const clock = new OwnClock(1_000, 50_000);
  assert.equal(clock.serverNow(1_000), 50_000);
  assert.equal(clock.serverNow(3_500), 52_500);
});

test("a wall clock that is set back moves nothing", () => {
  const clock = new OwnClock(1_000, 50_000);
  assert.equal(clock.readWall(2_000, 51_000 - 3_600_000), false);
  assert.equal(clock.serverNow(2_000), 51_000);
});

test("a device that slept while its monotonic clock stood still catches up, once", () => {
  const clock = new OwnClock(1_000, 50_000);
  assert.equal(clock.readWall(2_000, 81_000), true);
  assert.equal(clock.serverNow(2_000), 81_000);
  assert.equal(clock.readWall(3_000, 82_000), false);
});

test("a sleep is noticed after the wall clock was set back too", () => {
  const clock = new OwnClock(1_000, 50_000);
  clock.readWall(2_000, 11_000);
  assert.equal(clock.readWall(3_000, 42_000), true);
  assert.equal(clock.serverNow(3_000), 82_000);
});
