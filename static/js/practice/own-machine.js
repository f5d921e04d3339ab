// @ts-check
/** One practice in the machine of this phone: what is asked of it and what falls due, told as a server would. */

import { decide, due, evolve, NOTHING, opened, Refused, view, waitsForToday } from "./machine/index.js";

/** @typedef {import("../live/messages.js").Changed} Changed */
/** @typedef {import("../live/messages.js").View} View */
/** @typedef {import("../live/messages.js").HappenedEvent} Happened */
/** @typedef {import("../live/messages.js").Wish} RoomWish */
/**
 * What only a practice asks for.
 * @typedef {RoomWish | {type: 'practice.screen', flags: string[]} | {type: 'practice.back', gone_ms: number} |
 *   {type: 'practice.end'} | {type: 'flags.tell', flags: string[], note?: string}} Wish
 */
/** @typedef {{id: string, exercise: string, version: number, times_a_week: number, minutes: number | null,
 *   pattern: import("../live/messages.js").Breath | null, rung: string | null, note: string | null}} Item */
/** @typedef {{id: string, say: string, tier: 'emergency' | 'same_day' | 'pause' | 'note'}} Flag */
/**
 * What `GET /practice/bundle.json` gives: all that a practice needs without a network.
 * @typedef {{format: 1, fetched_ms: number, got_ms?: number, you: {id: string, called: string},
 *   clinic: {name: string, phone: string, emergency_number: string, crisis_number: string, within: string},
 *   therapist: string, key: {id: string, public: string}, care_seq: number, care: any,
 *   programme: {version: number, items: Item[], valid_from_ms: number} | null,
 *   library: {words: string, places: Record<string, string>, presets: unknown[],
 *     exercises: Record<string, import("../live/library.js").Exercise>},
 *   exercises: Record<string, any>, flags: Flag[], says: Record<string, string>,
 *   visits: {due_at: number, minutes: number}[], counts: Record<string, number>, last: Record<string, any>,
 *   recordings: {exercise: string, version: number, step: number}[], rests: Record<string, string>, lang: string}} Bundle
 */

/** With nobody at the other end a change is dated by what an ear and an eye need. */
const LEAD_MS = 500;
/** What a practice is planned for where its item does not say. */
const USUAL_MINUTES = 15;
/** For those who treat, and not on this screen. */
const UNTOLD = new Set(["concern.raised", "note.written"]);

/** A clock that was corrected by an hour, or a summer's end, is no reason to refuse anything. */
const AHEAD_MS = 86_400_000;

/**
 * When this was fetched, by this phone's own clock; null where that clock was so far ahead then that nobody knows.
 * @param {Bundle} bundle @param {number} now_ms
 */
export function gotAt({ got_ms, fetched_ms }, now_ms) {
  const at_ms = got_ms ?? fetched_ms;
  return at_ms - now_ms > AHEAD_MS ? null : at_ms;
}

export class OwnMachine {
  #bundle;
  #state;
  #patient;

  /** @param {{item: string | null, bundle: Bundle, at_ms: number}} practice */
  constructor({ item, bundle, at_ms }) {
    this.#bundle = bundle;
    this.#patient = bundle.you.id;
    const { programme, library } = bundle;
    const planned = programme?.items.find(({ id }) => id === item)?.minutes ?? USUAL_MINUTES;
    const event = opened({
      patient: this.#patient,
      at_ms,
      planned_minutes: planned,
      care: { ...bundle.care, programme, words: library.words },
      programme: programme?.version ?? null,
      item,
    });
    this.#state = evolve(NOTHING, { seq: 1, at: at_ms, by: "", role: "system", event, cause: null });
  }

  get you() {
    return this.#patient;
  }

  get seq() {
    return /** @type {number} */ (this.#state.seq);
  }

  get ended() {
    return this.#state.phase === "ended";
  }

  /** Whether something is on the stage that a screen which is gone would leave alone. */
  get runs() {
    const { activity } = this.#state;
    return Boolean(activity?.started_at) && !activity?.pause;
  }

  /** Whether work inside waits for today's questions, which anybody can answer. @param {number} now_ms */
  waitsForToday(now_ms) {
    return waitsForToday(this.#state, now_ms);
  }

  /** @returns {View} */
  view() {
    return view(this.#state);
  }

  /**
   * @param {Wish & {id: string}} command @param {number} now_ms
   * @returns {{happened: Changed[]} | {refused: {code: string, message: string, fields?: Record<string, string>}}}
   */
  ask(command, now_ms) {
    try {
      return { happened: this.#take(command, now_ms, "patient", command.id) };
    } catch (error) {
      if (error instanceof Refused) return { refused: error };
      throw error;
    }
  }

  /** What has fallen due until now, each at its own instant. @param {number} now_ms @returns {Changed[]} */
  due(now_ms) {
    /** @type {Changed[]} */
    const happened = [];
    for (;;) {
      const [next] = due(this.#state);
      if (!next || next.at_ms > now_ms) return happened;
      const before = this.seq;
      happened.push(...this.#take(next.command, next.at_ms, "system", null));
      // What made no event would be due for ever.
      if (this.seq === before) return happened;
    }
  }

  /**
   * @param {any} command @param {number} now_ms @param {'patient' | 'system'} role @param {string | null} cause
   * @returns {Changed[]}
   */
  #take(command, now_ms, role, cause) {
    const { exercises, flags, says } = this.#bundle;
    const events = decide(this.#state, command, {
      now_ms,
      role,
      lead_ms: LEAD_MS,
      fetched_ms: gotAt(this.#bundle, now_ms),
      find: (/** @type {string} */ slug) => exercises[slug] ?? null,
      flags,
      says,
    });
    const by = role === "patient" ? this.#patient : "";
    /** @type {Changed[]} */
    const happened = [];
    for (const event of events) {
      const line = { seq: this.seq + 1, at: now_ms, by, role, event, cause };
      this.#state = evolve(this.#state, line);
      if (UNTOLD.has(event.type)) continue;
      const changed = { type: /** @type {const} */ ("changed"), seq: line.seq, at: now_ms, by: role, event };
      happened.push({ ...changed, ...(cause && { cause }), view: this.view() });
    }
    return happened;
  }
}
