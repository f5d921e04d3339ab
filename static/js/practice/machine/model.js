// @ts-check
/**
 * A practice as plain values: its state, its lines, and how a wish is refused. Everything here is JSON, so that it
 * can be kept and read again. The shapes and names are those of the server's `sessions/state.py` and `events.py`.
 */

/** @typedef {import("../../live/messages.js").Breath} Breath */
/** @typedef {import("../../live/messages.js").Answers} Answers */
/** @typedef {import("../../live/messages.js").Checkin} Checkin */
/** @typedef {import("../../live/messages.js").Comfort} Comfort */
/** @typedef {import("../../live/messages.js").Concern} Concern */
/** @typedef {import("../../live/messages.js").Consent} Consent */
/** @typedef {import("../../live/messages.js").Role} Role */
/** @typedef {import("../../live/messages.js").Rung} Rung */
/** @typedef {import("../../live/messages.js").WayOut} WayOut */
/** @typedef {import("./pacer.js").Pacer} Pacer */
/** @typedef {'emergency' | 'same_day' | 'pause' | 'note'} Tier */

/** @typedef {{id: string, act: string, seconds: number, say: string, internal: boolean, way_out: number | null,
 *   pattern: Breath | null}} ScriptStep */
/** @typedef {{exercise: string, version: number, title: string, steps: ScriptStep[], recovery: boolean,
 *   with_support: boolean}} Script */
/** @typedef {{say: string, reason?: string, since_ms?: number}} Suspension */
/** @typedef {{pain_stop: number, pain_easing: number, pain_next_day: number, [name: string]: number}} Thresholds */
/**
 * The care as it was when the programme was fetched, with what the bundle adds: the programme, and the mark of the
 * patient's own words.
 * @typedef {{suspended: Suspension | null, enabled: string[], ladder: {version: number, rungs: Rung[]} | null,
 *   rung: string | null, half_step: string | null, thresholds: Thresholds, words?: string,
 *   programme?: {version: number, items: {id: string, rung?: string | null}[]} | null, [name: string]: any}} Care
 */
/** @typedef {{seq: number, what: 'activity' | 'step', script: Script, step: number, rung: string | null,
 *   minutes: number | null, at: number, told: boolean}} Asking */
/** @typedef {{script: Script, step: number, was: number | null, step_at_ms: number, agreed: Consent,
 *   rung: string | null, minutes: number | null, started_at: number | null, step_consent: Consent | null,
 *   pause: {by: Role, at: number} | null, slower_ms: number | null}} Activity */

/**
 * @typedef {{seq: number, kind: 'visit' | 'practice', phase: 'scheduled' | 'open' | 'ended',
 *   people: Record<string, Role>, due_ms: number, planned_minutes: number, opened_at: number | null,
 *   ended_at: number | null, end_reason: string | null, care: Care, asking: Asking | null,
 *   activity: Activity | null, pacer: Pacer | null, pacer_revision: number, comfort: Comfort | null,
 *   stopped: {by: Role, at: number, ago_ms: number} | null, way_out: WayOut | null,
 *   declined: [string, number | null][], checkins: Checkin[], concerns: Concern[], programme: number | null,
 *   item: string | null, screened: {at: number, clear: boolean} | null}} State
 */

/** @typedef {{type: string, [field: string]: any}} Event */
/** @typedef {{seq: number, at: number, by: string, role: Role, event: Event, cause?: string | null}} Line */

/** One exercise as the library's data has it: only what the machine reads. @typedef {{slug: string, version: number,
 *   title: string, steps: {id: string, act: string, seconds: number, words: {say: string}, internal: boolean,
 *     way_out: string | null, pattern: Breath | null}[],
 *   needs_enabling: boolean, recovery: boolean, uses_ladder: boolean, with_support: boolean}} Exercise */
/** @typedef {{id: string, tier: Tier, say: string, told?: string}} Flag */
/**
 * What is known besides state and command. Times are of one clock that runs evenly; `fetched_ms` is when the
 * programme was fetched, on the same. `says` are the texts of the safety rules, by key.
 * @typedef {{now_ms: number, lead_ms: number, fetched_ms: number | null, find: (slug: string) => Exercise | null,
 *   flags: readonly Flag[], says: Readonly<Record<string, string>>, role?: Role}} Moment
 */

/** A command that is not carried out. `message` is a sentence for whoever asked. */
export class Refused extends Error {
  /** @param {string} code @param {string} message @param {Record<string, string>} [fields] */
  constructor(code, message, fields) {
    super(message);
    this.name = "Refused";
    this.code = code;
    this.fields = fields;
  }
}

/** Before the first line. @type {State} */
export const NOTHING = Object.freeze({
  seq: 0,
  kind: "visit",
  phase: "scheduled",
  people: {},
  due_ms: 0,
  planned_minutes: 0,
  opened_at: null,
  ended_at: null,
  end_reason: null,
  care: {
    suspended: null,
    enabled: [],
    ladder: null,
    rung: null,
    half_step: null,
    thresholds: { pain_stop: 7, pain_easing: 4, pain_next_day: 5 },
  },
  asking: null,
  activity: null,
  pacer: null,
  pacer_revision: 0,
  comfort: null,
  stopped: null,
  way_out: null,
  declined: [],
  checkins: [],
  concerns: [],
  programme: null,
  item: null,
  screened: null,
});

/**
 * The first event of a practice. `programme` is its version, `item` which of its items is practised.
 * @param {{patient: string, at_ms: number, planned_minutes: number, care: Care, programme: number | null,
 *   item: string | null}} practice
 * @returns {Event}
 */
export function opened({ patient, at_ms, planned_minutes, care, programme, item }) {
  const people = { [patient]: "patient" };
  return {
    type: "session.opened",
    kind: "practice",
    people,
    due_ms: at_ms,
    planned_minutes,
    care,
    programme,
    item,
  };
}

/** The step on the screen: the one that was, until the one that is has turned. @param {Activity} activity @param {number} nowMs */
export function shownAt(activity, nowMs) {
  return activity.was === null || nowMs >= activity.step_at_ms ? activity.step : activity.was;
}

/** @param {Activity} activity */
export function isInside(activity) {
  return activity.script.steps[activity.step].internal;
}

/** @param {State} state */
export function isUnwell(state) {
  return state.comfort === "uneasy" || state.comfort === "dizzy";
}

/** The size that the therapist gave: of the item that is practised, where it names one. @param {State} state */
export function givenRung({ care, item }) {
  const found = item === null ? undefined : care.programme?.items.find(({ id }) => id === item);
  return found?.rung ?? care.rung;
}

/** Where a size stands on the ladder, the easiest 0. @param {Care} care @param {string | null} rung @returns {number | null} */
export function position(care, rung) {
  const at = rung === null ? -1 : (care.ladder?.rungs.findIndex(({ id }) => id === rung) ?? -1);
  return at < 0 ? null : at;
}
