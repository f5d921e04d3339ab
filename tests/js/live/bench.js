// @ts-check
/** What the tests of the live modules share: time that only moves when told, and a server at the end of a wire. */

/** @typedef {import("../../../static/js/live/timers.js").Timers} Timers */
/** @typedef {import("../../../static/js/live/messages.js").View} View */

/** Time that stands still until somebody lets it pass. @returns {Timers & {pass(ms: number): Promise<void>, sleep(ms: number): void}} */
export function stoppedTime() {
  let now = 1_000;
  /** @type {{at: number, act: () => void}[]} */
  let alarms = [];
  return {
    now: () => now,
    wall: () => 1_750_000_000_000 + now,
    after(ms, act) {
      const alarm = { at: now + ms, act };
      alarms.push(alarm);
      return () => {
        alarms = alarms.filter((other) => other !== alarm);
      };
    },
    /** The device slept: the clock went on, and no alarm rang meanwhile. */
    sleep(ms) {
      now += ms;
    },
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        await settled();
        alarms.sort((a, b) => a.at - b.at);
        const next = alarms[0];
        if (!next || next.at > until) break;
        alarms.shift();
        now = Math.max(now, next.at);
        next.act();
      }
      now = until;
      await settled();
    },
  };
}

/** Every promise that can go on has gone on. */
export async function settled() {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

/** One socket, as the server sees it. */
export class Wire {
  /** @type {0 | 1 | 2 | 3} */
  readyState = 1;
  closed = false;
  /** @type {any[]} */
  frames = [];
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  onopen = null;

  /** @param {string} text */
  send(text) {
    this.frames.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  /** The server says something. @param {object} message */
  tell(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The other side closes. @param {number} code */
  drop(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  /** What was sent besides pings, in order. */
  get asked() {
    return this.frames.filter(({ type }) => type !== "clock.ping");
  }

  get pings() {
    return this.frames.filter(({ type }) => type === "clock.ping");
  }
}

/** @param {Partial<View>} [changes] @returns {View} */
export function view(changes = {}) {
  return {
    kind: "visit",
    phase: "open",
    running: "idle",
    asking: null,
    activity: null,
    pacer: null,
    comfort: null,
    stopped: null,
    care: { suspended: null, enabled: [], rung: null, rungs: [], words: "" },
    way_out: null,
    due_at: 0,
    planned_minutes: 45,
    overdue: false,
    opened_at: 0,
    end_reason: null,
    declined: [],
    checkins: [],
    messages: [],
    ...changes,
  };
}

/** @param {Partial<import("../../../static/js/live/messages.js").Hello>} [changes] */
export function hello(changes = {}) {
  return {
    type: /** @type {const} */ ("hello"),
    protocol: 1,
    oldest: 1,
    now: 5_000,
    boot: "one",
    epoch: 1,
    seq: 4,
    you: { id: "p", role: /** @type {const} */ ("patient") },
    view: view(),
    ...changes,
  };
}
