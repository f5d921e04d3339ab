// @ts-check
/** A programme of two: a calm breath, and work inside with a ladder. Small, invented, and shaped as the server's. */

/** @typedef {import("../../../static/js/practice/own-machine.js").Bundle} Bundle */

export const CALM = "calm-breath";
export const INSIDE = "inside-work";
const SOFT = { in_ms: 4_000, hold_in_ms: 0, out_ms: 6_000, hold_out_ms: 0 };

/** @param {string} id @param {Record<string, unknown>} [more] */
const step = (id, more = {}) => ({
  id,
  act: "breathe",
  seconds: 30,
  words: { say: `Words of ${id}.`, eyes_open: `Words of ${id}, with open eyes.` },
  internal: false,
  way_out: null,
  pattern: null,
  contractions: 0,
  contract_ms: 0,
  release_ms: 0,
  ...more,
});

/** @param {string} slug @param {any[]} steps @param {Record<string, unknown>} [more] */
const exercise = (slug, steps, more = {}) => ({
  slug,
  version: 3,
  language: "en",
  title: `The title of ${slug}`,
  summary: "",
  why: "",
  steps,
  cautions: [],
  sources: [],
  review: { status: "draft", reviewer: null, date: null },
  needs_enabling: false,
  recovery: false,
  uses_ladder: false,
  with_support: false,
  group: "breath",
  ...more,
});

/** @param {any} exercise */
const told = ({ steps, ...rest }) => ({
  ...rest,
  internal: steps.some((/** @type {any} */ { internal }) => internal),
  seconds: steps.reduce((/** @type {number} */ sum, /** @type {any} */ { seconds }) => sum + seconds, 0),
  steps: steps.map((/** @type {any} */ one) => ({
    ...one,
    way_out: one.way_out === null ? null : steps.findIndex((/** @type {any} */ { id }) => id === one.way_out),
  })),
});

/** @param {Partial<Bundle>} [changes] @returns {Bundle} */
export function bundle(changes = {}) {
  const calm = exercise(CALM, [step("settle", { pattern: SOFT }), step("breathe"), step("end")]);
  const inside = exercise(
    INSIDE,
    [
      step("begin", { pattern: SOFT }),
      step("in", { internal: true, way_out: "out", act: "insert" }),
      step("after"),
      step("out", { act: "remove" }),
    ],
    { needs_enabling: true, uses_ladder: true, group: "ladder" },
  );
  const rungs = ["size-1", "size-2"].map((id) => ({
    id,
    label: id.replace("size-", "Size "),
    kind: "dilator",
    diameter_mm: null,
    length_mm: null,
  }));
  const item = { times_a_week: 3, minutes: 10, pattern: null, rung: null, note: null };
  return {
    format: 1,
    fetched_ms: 1_750_000_000_000,
    you: { id: "patient", called: "Kim" },
    clinic: { name: "Clinic", phone: "01 234", emergency_number: "112", crisis_number: "", within: "soon" },
    therapist: "Maren Vogt",
    key: { id: "00".repeat(16), public: "" },
    care_seq: 7,
    care: {
      suspended: null,
      enabled: [INSIDE],
      ladder: { version: 1, rungs },
      rung: "size-2",
      half_step: null,
      words: "w",
      thresholds: { pain_stop: 7, pain_easing: 4, pain_next_day: 4 },
    },
    programme: {
      version: 2,
      valid_from_ms: 1_749_000_000_000,
      items: [
        { id: "one", exercise: CALM, version: 3, ...item },
        { id: "two", exercise: INSIDE, version: 3, ...item, rung: "size-2" },
      ],
    },
    library: {
      words: "w",
      places: { entrance: "entrance" },
      presets: [],
      exercises: { [CALM]: told(calm), [INSIDE]: told(inside) },
    },
    exercises: { [CALM]: calm, [INSIDE]: inside },
    flags: [
      { id: "heavy", say: "Heavy", tier: "emergency" },
      { id: "unsure", say: "Something else, or not sure", tier: "pause" },
      { id: "light", say: "Light", tier: "note" },
    ],
    says: {
      emergency: "Call now.",
      same_day: "Call today.",
      pause: "It waits.",
      pain_high: "That was a lot.",
    },
    visits: [],
    counts: { one: 3 },
    last: {},
    recordings: [],
    rests: {},
    lang: "en",
    ...changes,
  };
}
