// @ts-check
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { Clock } from "../../../static/js/live/clock.js";
import { Connection } from "../../../static/js/live/connection.js";
import { OwnStop } from "../../../static/js/live/stop.js";
import { hello, settled, stoppedTime, Wire } from "./bench.js";

/** @typedef {import("../../../static/js/live/connection.js").Door} Door */

/** @type {ReturnType<typeof stoppedTime>} */
let time;
/** @type {Wire[]} */
let wires;
/** @type {string[]} */
let states;
/** @type {string[]} */
let ends;
/** @type {() => Promise<Door>} */
let door;
/** @type {OwnStop} */
let own;
/** @type {[string, any][]} what was said beside the record, and to whom it was given */
let beside;
/** @type {Connection} */
let line;

const wire = () => wires[wires.length - 1];

beforeEach(() => {
  time = stoppedTime();
  wires = [];
  states = [];
  ends = [];
  beside = [];
  door = async () => ({ status: 200, retry_ms: 0 });
  own = new OwnStop("s", { stores: [], wall: () => time.wall() });
  line = new Connection({
    clock: new Clock(),
    timers: time,
    random: () => 0.5,
    open: () => {
      wires.push(new Wire());
      return wire();
    },
    door: () => door(),
    on: {
      state: (state) => states.push(state),
      first: () => own.frame(),
      answered: (message) => own.answer(message),
      ended: (how) => ends.push(how),
      greeted: () => {},
      changed: () => {},
      halted: () => {},
      people: () => {},
      measured: () => {},
      call: (frame) => beside.push(["call", frame]),
      heart: (frame) => beside.push(["heart", frame]),
    },
  });
  line.start();
});

/** The server answers pings for so long. @param {number} ms */
async function answering(ms) {
  const answered = new Set();
  for (let passed = 0; passed < ms; passed += 50) {
    await time.pass(50);
    for (const { id } of wire().pings) {
      if (answered.has(id)) continue;
      answered.add(id);
      wire().tell({ type: "clock.pong", id, received: time.now() + 500, sent: time.now() + 500 });
    }
  }
}

describe("a line to the server", () => {
  test("is live with the first greeting, and not before", () => {
    assert.equal(line.state, "connecting");
    wire().tell(hello());
    assert.equal(line.state, "live");
  });

  test("that is not greeted within 5 s is given up and tried again", async () => {
    await time.pass(5_000);
    assert.equal(line.state, "retrying");
    assert.equal(wires[0].closed, true);
    await time.pass(20_000);
    assert.ok(wires.length > 1);
  });

  test("pings at least every 20 s, and says what it measured", async () => {
    wire().tell(hello());
    await answering(60_000);
    const { pings } = wire();
    assert.ok(pings.length > 10);
    assert.ok("rtt_ms" in pings[pings.length - 1] && pings[pings.length - 1].sync === "in-sync");
    assert.equal(line.state, "live");
  });

  test("that leaves a ping unanswered for 10 s is dead, however open it looks", async () => {
    wire().tell(hello());
    await time.pass(9_900);
    assert.equal(line.state, "live");
    await time.pass(400);
    assert.equal(line.state, "retrying");
    assert.equal(wires[0].closed, true);
  });

  test("is asked within 3 s when the page comes back", async () => {
    wire().tell(hello());
    await answering(30_000);
    line.look();
    await time.pass(3_100);
    assert.equal(line.state, "retrying");
  });

  test("is asked within 3 s when Stop was pressed", async () => {
    wire().tell(hello());
    await answering(30_000);
    own.press();
    line.sendFirst();
    assert.deepEqual(
      wire().asked.map(({ type }) => type),
      ["session.stop"],
    );
    await time.pass(3_100);
    assert.equal(line.state, "retrying");
  });

  test("is not called dead by an alarm that rang late because the page slept", async () => {
    wire().tell(hello());
    await answering(30_000);
    line.look();
    time.sleep(600_000);
    await time.pass(0);
    assert.equal(line.state, "live");
    assert.ok(wire().pings.length > 0);
  });

  test("ends only with a bye of its three codes", async () => {
    wire().tell(hello());
    wire().tell({ type: "bye", reason: "ended" });
    wire().drop(4000);
    assert.deepEqual(ends, ["ended"]);
    assert.equal(line.state, "ended");
    await time.pass(60_000);
    assert.equal(wires.length, 1);
  });

  test("takes the same code without a bye as a loss", async () => {
    wire().tell(hello());
    wire().drop(4000);
    assert.equal(line.state, "retrying");
    await time.pass(60_000);
    assert.ok(wires.length > 1);
  });

  test("comes back within the time that a restarting server asks for", async () => {
    wire().tell(hello());
    wire().tell({ type: "bye", reason: "restarting", retry_ms: 2_000 });
    wire().drop(1012);
    await time.pass(999);
    assert.equal(wires.length, 1);
    await time.pass(2);
    assert.equal(wires.length, 2);
  });

  test("asks at the door first, and is at an end where the login is gone", async () => {
    wire().tell(hello());
    door = async () => ({ status: 401, retry_ms: null });
    wire().drop(1006);
    await time.pass(20_000);
    assert.deepEqual(ends, ["signed_out"]);
    assert.equal(wires.length, 1);
  });

  test("comes back to the door within the time that it names to a crowd", async () => {
    wire().tell(hello());
    let knocks = 0;
    door = async () => (++knocks === 1 ? { status: 503, retry_ms: 30_000 } : { status: 200, retry_ms: 0 });
    wire().drop(1006);
    await time.pass(1_000);
    assert.equal(knocks, 1);
    await time.pass(14_000);
    assert.equal(knocks, 1);
    assert.equal(wires.length, 1);
    await time.pass(1_000);
    assert.equal(knocks, 2);
    assert.equal(wires.length, 2);
  });

  test("waits on while nobody answers at the door", async () => {
    wire().tell(hello());
    let knocks = 0;
    door = async () => {
      knocks += 1;
      throw new TypeError("no network");
    };
    wire().drop(1006);
    await time.pass(120_000);
    assert.ok(knocks >= 6 && knocks <= 60, `${knocks} knocks`);
    assert.equal(line.state, "retrying");
  });

  test("looks at once when the network is back", async () => {
    wire().tell(hello());
    door = async () => {
      throw new TypeError("no network");
    };
    wire().drop(1006);
    await time.pass(60_000);
    door = async () => ({ status: 200, retry_ms: 0 });
    line.look();
    await settled();
    assert.equal(wires.length, 2);
  });

  test("throws on a message that it does not know", () => {
    wire().tell(hello());
    assert.throws(() => wire().tell({ type: "surprise" }), /surprise/);
  });
});

/** The first try comes after 750 ms, with half of the jitter. */
async function greetedAgain() {
  await time.pass(1_000);
  wire().tell(hello());
  assert.equal(line.state, "live");
}

describe("after a loss", () => {
  test("Stop is sent first, then what stays true, in its order and with its ids", async () => {
    wire().tell(hello());
    wire().drop(1006);
    line.send({ type: "note.write", text: "thin line" });
    line.send({ type: "message.say", text: "still here" });
    line.send({ type: "activity.pause" });
    const uneasy = line.send({ type: "comfort.set", level: "uneasy" });
    own.press();
    await greetedAgain();
    const sent = wire().asked;
    assert.deepEqual(
      sent.map(({ type }) => type),
      ["session.stop", "comfort.set", "activity.pause", "note.write", "message.say"],
    );
    assert.equal(sent[1].id, uneasy.id);
    assert.ok(sent[0].ago_ms > 0);
  });

  test("what belonged to its moment is not done, and never sent again", async () => {
    wire().tell(hello());
    const next = line.send({ type: "step.go", to: 2 });
    wire().drop(1006);
    const answer = await next.answer;
    assert.equal(answer.ok, false);
    assert.equal(answer.ok === false && answer.code, "not_done");
    const late = await line.send({ type: "session.ready" }).answer;
    assert.equal(late.ok === false && late.code, "not_done");
    await greetedAgain();
    assert.deepEqual(wire().asked, []);
  });

  test("a pause that nobody heard of can be taken back", async () => {
    wire().tell(hello());
    wire().drop(1006);
    const { id } = line.send({ type: "activity.pause" });
    assert.equal(line.takeBack(id), true);
    await greetedAgain();
    assert.deepEqual(wire().asked, []);
  });

  test("a pause that may have been heard of cannot", () => {
    wire().tell(hello());
    const { id } = line.send({ type: "activity.pause" });
    wire().drop(1006);
    assert.equal(line.takeBack(id), false);
  });

  test("an answer settles what was asked, with the refusal in words", async () => {
    wire().tell(hello());
    const { id, answer } = line.send({ type: "step.go", to: 2 });
    wire().tell({ type: "refused", id, code: "not_now", message: "Not now." });
    assert.deepEqual(await answer, {
      ok: false,
      code: "not_now",
      message: "Not now.",
      fields: {},
      retry_ms: null,
    });
  });

  test("sends what is said beside the record at once, and never again", async () => {
    assert.equal(line.sendFrame({ type: "call.leave", peer: "p" }), null);
    wire().tell(hello());
    const id = line.sendFrame({ type: "call.leave", peer: "p" });
    assert.deepEqual(wire().asked, [{ type: "call.leave", peer: "p", id }]);
    wire().drop(1006);
    await time.pass(20_000);
    wire().tell(hello());
    assert.deepEqual(wire().asked, []);
  });

  test("gives what is said beside the record, and what is refused of it, to whom it concerns", () => {
    wire().tell(hello());
    const heart = line.sendFrame(/** @type {any} */ ({ type: "heart.beats" }));
    const call = line.sendFrame({ type: "call.leave", peer: "p" });
    const refused = (/** @type {string | null} */ id) => ({
      type: "refused",
      id,
      code: "not_now",
      message: "No.",
    });
    wire().tell({ type: "call.people", people: [] });
    wire().tell(refused(call));
    wire().tell(refused(heart));
    wire().tell(refused("another"));
    assert.deepEqual(
      beside.map(([to, { type, id }]) => [to, type, id]),
      [
        ["call", "call.people", undefined],
        ["call", "refused", call],
        ["heart", "refused", heart],
      ],
    );
  });
});
