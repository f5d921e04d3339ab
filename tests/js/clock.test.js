// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Clock } from "../../static/js/live/clock.js";
import { seeded } from "../bench/p3_clock.mjs";
import { MINUTE, START, Talk, talking } from "./talk.js";

const HOUR = 60 * MINUTE;

describe("the bound", () => {
  test("holds the truth, whatever the path and its asymmetry", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed);
      const clock = new Clock({ tickMs: 0.1 });
      clock.reset("first");
      const talk = new Talk(clock);
      talk.offset = (random() - 0.5) * HOUR;
      let known = 0;
      for (let i = 0; i < 40; i += 1) {
        talk.outMs = 1_500 * random() ** 3;
        talk.backMs = 1_500 * random() ** 3;
        talk.ping();
        talk.mono += 10_000 * random();
        const bound = clock.boundMs(talk.mono);
        if (bound === Infinity) continue;
        known += 1;
        assert.ok(talk.shownError <= bound, `seed ${seed}: off by ${talk.shownError}, shown ± ${bound}`);
      }
      assert.ok(known >= 35, `seed ${seed}: known ${known} times of 40`);
    }
  });

  test("is half the round trip on an even path, and no less on an uneven one", () => {
    const even = talking();
    assert.ok(Math.abs(even.clock.boundMs(even.mono) - 20) < 2);

    const clock = new Clock({ tickMs: 0.1 });
    clock.reset("first");
    const uneven = new Talk(clock);
    [uneven.outMs, uneven.backMs] = [39, 1];
    uneven.go(MINUTE);
    assert.ok(uneven.shownError > 18);
    assert.ok(uneven.shownError <= clock.boundMs(uneven.mono));
  });

  test("is unknown before the first measurement", () => {
    const clock = new Clock();
    assert.equal(clock.boundMs(START), Infinity);
    assert.equal(clock.serverNow(START), null);
  });

  test("grows while no answer comes", () => {
    const { clock, mono } = talking();
    assert.ok(clock.boundMs(mono + 10 * MINUTE) > clock.boundMs(mono) + 1);
  });

  test("admits the coarseness of the device's clock", () => {
    const clock = new Clock({ tickMs: 100 });
    clock.reset("first");
    const talk = new Talk(clock);
    const coarse = (/** @type {number} */ ms) => Math.floor(ms / 100) * 100;
    for (let i = 0; i < 40; i += 1) {
      const sent = coarse(talk.mono);
      clock.pinged(sent);
      const received = talk.truth + 20;
      talk.mono += 40;
      clock.sample({ sent, received, replied: received, arrived: coarse(talk.mono) });
      talk.mono += 1_037;
    }
    assert.equal(clock.state(talk.mono), "in-sync");
    assert.ok(talk.shownError <= clock.boundMs(talk.mono));
    assert.ok(talk.shownError <= 100);
  });
});

describe("what is displayed", () => {
  test("follows a new estimate by at most 3 % and without a jump", () => {
    const talk = talking();
    const { clock } = talk;
    talk.offset += 300;
    clock.reset("second");
    let before = clock.offsetAt(talk.mono);
    let moved = 0;
    for (let i = 0; i < 2_000; i += 1) {
      if (clock.nextPingIn(talk.mono) === 0) {
        const sentAt = talk.mono;
        talk.ping();
        const after = clock.offsetAt(talk.mono);
        moved = Math.max(moved, Math.abs(Number(after) - Number(before)) / (talk.mono - sentAt));
        before = after;
      }
      talk.mono += 10;
      const after = clock.offsetAt(talk.mono);
      moved = Math.max(moved, Math.abs(Number(after) - Number(before)) / 10);
      before = after;
    }
    assert.ok(moved > 0.02 && moved <= 0.03, `moved by ${moved} ms per ms`);
    assert.ok(talk.shownError < 1);
    assert.equal(clock.correction(talk.mono).mode, "slew");
  });

  test("stands still when it is off by more than 400 ms, until the caller joins again", () => {
    const talk = talking();
    const { clock } = talk;
    const before = Number(clock.offsetAt(talk.mono));
    talk.offset += 900;
    clock.reset("second");
    talk.go(3_000);

    const { mode, errorMs } = clock.correction(talk.mono);
    assert.equal(mode, "rejoin");
    assert.ok(Math.abs(errorMs - 900) < 5);
    assert.ok(Math.abs(Number(clock.offsetAt(talk.mono)) - before) < 1);
    assert.equal(clock.state(talk.mono), "stale");
    assert.ok(talk.shownError <= clock.boundMs(talk.mono));

    clock.rejoin(talk.mono);

    assert.ok(talk.shownError < 5);
    assert.equal(clock.state(talk.mono), "in-sync");
  });

  test("goes on by the drift that was learnt, while the socket is gone", () => {
    const clock = new Clock({ tickMs: 0.1 });
    clock.reset("first");
    const talk = new Talk(clock);
    for (let i = 0; i < 60; i += 1) {
      talk.go(10_000);
      talk.offset += 0.5; // 50 ppm
    }
    clock.parted();
    talk.mono += 5 * MINUTE;
    talk.offset += 15;

    assert.equal(clock.state(talk.mono), "lost");
    assert.ok(Math.abs(clock.driftPpm - 50) < 5, `${clock.driftPpm} ppm`);
    assert.ok(talk.shownError < 3);
  });
});

describe("sleep and set clocks", () => {
  test("a phone that slept 7 minutes is stale at once, and right again after four answers", () => {
    const talk = talking();
    const { clock } = talk;
    talk.offset += 7 * MINUTE; // the monotonic clock stood still
    talk.wallAhead += 7 * MINUTE;

    assert.equal(clock.readWall(talk.mono, talk.wall), true);
    assert.equal(clock.state(talk.mono), "stale");
    assert.equal(clock.boundMs(talk.mono), Infinity);

    for (let i = 0; i < 4; i += 1) {
      assert.equal(clock.state(talk.mono), "stale");
      talk.ping();
    }
    assert.deepEqual(clock.correction(talk.mono).mode, "rejoin");
    clock.rejoin(talk.mono);
    assert.ok(talk.shownError < 5);
    assert.equal(clock.state(talk.mono), "in-sync");
  });

  test("a wall clock set by an hour moves nothing", () => {
    for (const step of [HOUR, -HOUR]) {
      const talk = talking();
      const { clock } = talk;
      const before = Number(clock.offsetAt(talk.mono));
      talk.wallAhead += step;

      assert.equal(clock.readWall(talk.mono, talk.wall), true);
      assert.equal(clock.state(talk.mono), "stale");
      talk.go(30_000);

      assert.equal(clock.state(talk.mono), "in-sync");
      assert.ok(Math.abs(Number(clock.offsetAt(talk.mono)) - before) < 1);
    }
  });

  test("a wall clock that was set costs nothing of what was measured before", () => {
    const talk = talking();
    talk.wallAhead += HOUR;
    talk.outMs = 90; // From here on the path alone would be off by 35 ms.
    talk.go(MINUTE);

    assert.equal(talk.clock.state(talk.mono), "in-sync");
    assert.ok(talk.shownError < 5, `off by ${talk.shownError}`);
  });

  test("a sleep shorter than a round trip is taken for a sleep, not for a clock that was set", () => {
    const clock = new Clock({ tickMs: 0.1 });
    clock.reset("first");
    const talk = new Talk(clock);
    [talk.outMs, talk.backMs] = [1_500, 1_500];
    talk.go(MINUTE);
    talk.offset += 1_200;
    talk.wallAhead += 1_200;
    talk.go(MINUTE);
    clock.rejoin(talk.mono);

    assert.ok(talk.shownError < 5, `off by ${talk.shownError}`);
  });

  test("a wall clock that is slewed alarms nobody", () => {
    const talk = talking();
    for (let i = 0; i < 3_600; i += 1) {
      talk.mono += 1_000;
      talk.wallAhead += 0.5;
      assert.equal(talk.clock.readWall(talk.mono, talk.wall), false);
    }
  });

  test("an answer whose ping left before the sleep is not believed", () => {
    const talk = talking();
    const { clock } = talk;
    const sent = talk.mono;
    clock.pinged(sent);
    talk.mono += 40;
    talk.offset += 7 * MINUTE;
    talk.wallAhead += 7 * MINUTE;
    const received = sent + talk.offset;

    const believed = clock.sample({ sent, received, replied: received, arrived: talk.mono }, talk.wall);

    assert.equal(believed, false);
    assert.equal(clock.state(talk.mono), "stale");
  });

  test("a sleep that nobody noticed is found by contradiction", () => {
    const talk = talking();
    talk.offset += 700;

    talk.go(30_000);
    talk.clock.rejoin(talk.mono);

    assert.equal(talk.clock.state(talk.mono), "in-sync");
    assert.ok(talk.shownError < 5);
  });

  test("a short one that hides within the round trip is forgotten within 21 minutes", () => {
    const clock = new Clock({ tickMs: 0.1 });
    clock.reset("first");
    const talk = new Talk(clock);
    [talk.outMs, talk.backMs] = [300, 300];
    talk.go(5 * MINUTE);
    talk.offset += 100;
    talk.go(MINUTE);
    assert.ok(talk.shownError > 40, "nothing on this path can tell this from a queue");
    assert.ok(talk.shownError <= clock.boundMs(talk.mono));

    talk.go(20 * MINUTE);

    assert.ok(talk.shownError < 5, `off by ${talk.shownError}`);
  });

  test("waking asks for a burst and trusts nothing until it is answered", () => {
    const talk = talking();
    talk.clock.woke();
    assert.equal(talk.clock.nextPingIn(talk.mono), 0);
    assert.equal(talk.clock.state(talk.mono), "stale");
    talk.go(2_000);
    assert.equal(talk.clock.state(talk.mono), "in-sync");
    assert.ok(talk.shownError < 1);
  });
});

describe("the server", () => {
  test("of another boot is measured anew, of the same boot is only asked again", () => {
    const talk = talking();
    const { clock } = talk;
    clock.reset("first");
    assert.equal(clock.state(talk.mono), "in-sync");
    assert.equal(clock.nextPingIn(talk.mono), 0);

    clock.reset("second");
    assert.equal(clock.state(talk.mono), "stale");
    talk.offset -= 40_000;
    talk.go(2_000);
    talk.clock.rejoin(talk.mono);
    assert.equal(clock.state(talk.mono), "in-sync");
    assert.ok(talk.shownError < 5);
  });

  test("that is silent is lost after 75 s, and back with its first answer", () => {
    const talk = talking();
    const { clock } = talk;
    talk.mono += 70_000;
    assert.equal(clock.state(talk.mono), "in-sync");
    talk.mono += 10_000;
    assert.equal(clock.state(talk.mono), "lost");
    talk.ping();
    assert.equal(clock.state(talk.mono), "in-sync");
  });

  test("that never greeted is lost; one that did and stays silent is looked for, then lost", () => {
    const clock = new Clock();
    assert.equal(clock.state(START), "lost");
    clock.reset("first");
    assert.equal(clock.state(START), "stale");
    clock.pinged(START);
    assert.equal(clock.state(START + 30_000), "stale");
    assert.equal(clock.state(START + 90_000), "lost");
  });

  test("whose answers make no sense is not believed", () => {
    const { clock, mono } = talking();
    const good = { sent: mono, received: mono + 5_020, replied: mono + 5_020, arrived: mono + 40 };
    for (const bad of [
      { ...good, replied: good.received + 100 }, // took longer there than the whole trip
      { ...good, arrived: mono - 1 },
      { ...good, replied: good.received - 1 },
      { ...good, received: NaN },
      { ...good, arrived: Infinity },
    ]) {
      assert.equal(clock.sample(bad), false);
    }
    assert.equal(clock.sample(good), true);
  });
});

describe("pings", () => {
  test("come in a burst, then each 2 s, then at most one each 10 s", () => {
    const clock = new Clock();
    clock.reset("first");
    const talk = new Talk(clock);
    talk.go(2_000);
    assert.equal(talk.pings, 6);
    talk.go(20_000);
    const settled = talk.pings;
    talk.go(10 * MINUTE);
    assert.ok(talk.pings - settled <= 60, `${talk.pings - settled} in 10 minutes`);
    assert.ok(talk.pings - settled >= 50, `${talk.pings - settled} in 10 minutes`);
  });

  test("stay within the server's limit of 15 and then one each 2 s, also unanswered, greeted twice", () => {
    const clock = new Clock();
    let allowance = 15;
    for (let mono = START; mono < START + 5 * MINUTE; mono += 50) {
      allowance = Math.min(15, allowance + 50 / 2_000);
      if (mono === START || mono === START + 5_000) clock.reset("first");
      if (clock.nextPingIn(mono) > 0) continue;
      clock.pinged(mono);
      allowance -= 1;
      assert.ok(allowance >= 0, `too many after ${mono - START} ms`);
    }
  });
});
