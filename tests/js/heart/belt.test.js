// @ts-check
/** A belt from the tap that chooses it to its end, with everything that a radio does in between. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Belt, beltWords } from "../../../static/js/heart/belt.js";
import { settled, stoppedTime } from "../live/bench.js";

/** @typedef {import("../../../static/js/heart/belt.js").Phase} Phase */

/** A belt as Web Bluetooth shows it; `fails` is how often connecting does not work. */
class FakeBelt extends EventTarget {
  connected = false;
  connects = 0;
  fails = 0;
  hangs = false;
  /** @type {number | null} */
  battery = null;
  notifies = 0;
  source = Object.assign(new EventTarget(), {
    value: /** @type {DataView | undefined} */ (undefined),
    startNotifications: async () => {
      this.notifies += 1;
    },
    readValue: async () => new DataView(Uint8Array.from([this.battery ?? 0]).buffer),
  });
  gatt = {
    connected: true,
    connect: async () => {
      this.connects += 1;
      if (this.hangs) await new Promise(() => {});
      if (this.fails > 0) {
        this.fails -= 1;
        throw new Error("out of reach");
      }
      this.connected = true;
      return this.gatt;
    },
    disconnect: () => {
      this.connected = false;
      this.dispatchEvent(new Event("gattserverdisconnected"));
    },
    getPrimaryService: async (/** @type {string} */ name) => {
      if (name === "battery_service" && this.battery === null) throw new Error("no such service");
      return { getCharacteristic: async () => this.source };
    },
  };

  /** @param {number[]} bytes */
  sends(...bytes) {
    this.source.value = new DataView(Uint8Array.from(bytes).buffer);
    this.source.dispatchEvent(new Event("characteristicvaluechanged"));
  }
}

/** @param {{available?: boolean, refuses?: string}} [options] */
function worn({ available = true, refuses = "" } = {}) {
  const fake = new FakeBelt();
  const timers = stoppedTime();
  /** @type {import("../../../static/js/heart/parse.js").Measurement[]} */
  const measured = [];
  /** @type {Phase[]} */
  const phases = [];
  const asked = /** @type {object[]} */ ([]);
  const bluetooth = {
    getAvailability: async () => available,
    requestDevice: async (/** @type {object} */ options) => {
      asked.push(options);
      if (refuses || !available) throw Object.assign(new Error("no"), { name: refuses || "NotFoundError" });
      return fake;
    },
  };
  const belt = new Belt({
    bluetooth,
    timers,
    changed: ({ phase }) => phases.at(-1) !== phase && phases.push(phase),
    measured: (one) => measured.push(one),
  });
  return { belt, fake, timers, measured, phases, asked };
}

const BEAT = [0b10000, 60, 0x00, 0x04];

describe("a belt", () => {
  test("is asked for by its service, and tells what it measures", async () => {
    const { belt, fake, measured, phases, asked } = worn();
    await belt.choose();
    fake.sends(...BEAT);

    assert.deepEqual(asked, [
      { filters: [{ services: ["heart_rate"] }], optionalServices: ["battery_service"] },
    ]);
    assert.deepEqual(phases, ["off", "choosing", "connecting", "live"]);
    assert.deepEqual(
      measured.map(({ intervals_ms }) => intervals_ms),
      [[1_000]],
    );
  });

  for (const [name, phase] of /** @type {[string, Phase][]} */ ([
    ["NotFoundError", "off"],
    ["SecurityError", "refused"],
    ["NotAllowedError", "refused"],
  ]))
    test(`is not there after ${name}, and the page goes on`, async () => {
      const { belt } = worn({ refuses: name });
      await belt.choose();

      assert.equal(belt.state.phase, phase);
      assert.equal(belt.on, false);
    });

  test("cannot be had where Bluetooth is off, and that is said", async () => {
    const { belt } = worn({ available: false });
    await belt.choose();

    assert.equal(belt.state.phase, "none");
    assert.match(beltWords(belt.state), /Bluetooth is off/);
  });

  test("that was lost is found again by itself, and only one hears it", async () => {
    const { belt, fake, timers, measured, phases } = worn();
    await belt.choose();
    fake.fails = 2;
    fake.dispatchEvent(new Event("gattserverdisconnected"));
    assert.equal(belt.state.phase, "mending");

    await timers.pass(10_000);
    fake.sends(...BEAT);

    assert.equal(belt.state.phase, "live");
    assert.equal(fake.connects, 4);
    assert.equal(measured.length, 1);
    assert.ok(!phases.slice(4).includes("connecting"));
  });

  test("that stays away is given up after a while, and said so", async () => {
    const { belt, fake, timers } = worn();
    await belt.choose();
    fake.fails = 99;
    fake.dispatchEvent(new Event("gattserverdisconnected"));

    await timers.pass(300_000);

    assert.equal(belt.state.phase, "gone");
    assert.equal(belt.on, false);
    const { connects } = fake;
    await timers.pass(300_000);
    assert.equal(fake.connects, connects);
  });

  test("that never answers does not hang for ever", async () => {
    const { belt, fake, timers } = worn();
    fake.hangs = true;
    void belt.choose();
    await settled();
    await timers.pass(15_000);

    assert.equal(belt.state.phase, "mending");
  });

  test("that is let go is let go at once, also in the middle of connecting", async () => {
    const { belt, fake, timers, measured } = worn();
    const choosing = belt.choose();
    belt.release();
    await choosing;
    fake.sends(...BEAT);
    await timers.pass(60_000);

    assert.equal(belt.state.phase, "off");
    assert.equal(fake.connects, 0);
    assert.deepEqual(measured, []);
  });

  test("that is let go is not looked for, and what it still sends is not heard", async () => {
    const { belt, fake, timers, measured } = worn();
    await belt.choose();
    belt.release();
    fake.sends(...BEAT);
    await timers.pass(60_000);

    assert.deepEqual([belt.state.phase, fake.connected, fake.connects], ["off", false, 1]);
    assert.deepEqual(measured, []);
  });

  test("that slipped says so in one sentence, and again that it is well", async () => {
    const { belt, fake } = worn();
    await belt.choose();

    fake.sends(0b10100, 0);
    assert.match(beltWords(belt.state), /does not feel your skin/);
    fake.sends(0b10110, 60, 0x00, 0x04);
    assert.equal(beltWords(belt.state), "The belt is connected.");
  });

  test("with an empty battery says so, and one without a battery says nothing of it", async () => {
    const low = worn();
    low.fake.battery = 9;
    await low.belt.choose();
    await settled();
    const none = worn();
    await none.belt.choose();
    await settled();

    assert.match(beltWords(low.belt.state), /nearly empty/);
    assert.equal(none.belt.state.battery, null);
  });

  test("that falls silent says so, and one whose packets are all broken says that", async () => {
    const quiet = worn();
    await quiet.belt.choose();
    await quiet.timers.pass(8_000);
    assert.equal(quiet.belt.state.phase, "quiet");
    quiet.fake.sends(...BEAT);
    assert.equal(quiet.belt.state.phase, "live");

    const broken = worn();
    await broken.belt.choose();
    for (let n = 0; n < 9; n += 1) {
      broken.fake.sends(0b10000, 60, 1);
      await broken.timers.pass(1_000);
    }
    assert.equal(broken.belt.state.phase, "unreadable");
    assert.deepEqual(broken.measured, []);
  });

  test("that has sent one broken packet among good ones is as good as before", async () => {
    const { belt, fake, measured } = worn();
    await belt.choose();
    fake.sends(...BEAT);
    fake.sends(255);
    fake.sends(...BEAT);

    assert.equal(belt.state.phase, "live");
    assert.equal(measured.length, 2);
  });

  test("that tells a rate and no intervals says why there is no line", async () => {
    const { belt, fake } = worn();
    await belt.choose();
    for (let n = 0; n < 12; n += 1) fake.sends(0, 70);

    assert.equal(belt.state.phase, "plain");
    fake.sends(...BEAT);
    assert.equal(belt.state.phase, "live");
  });

  test("says each of its states in one sentence", () => {
    for (const phase of /** @type {Phase[]} */ (
      "choosing connecting live quiet unreadable plain mending gone refused none".split(" ")
    )) {
      const words = beltWords({ phase, contact: true, battery: 80 });
      assert.match(words, /^[A-Z][^!]+\.$/);
    }
    assert.equal(beltWords({ phase: "off", contact: null, battery: null }), "");
  });
});
