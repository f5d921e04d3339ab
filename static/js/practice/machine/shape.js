// @ts-check
/** What a command of a practice may hold: the forms that the server reads, refused here before they are told there. */

import { Refused } from "./model.js";

/** @typedef {(value: unknown) => boolean} Form */

/** @param {number} least @param {number} most @returns {Form} */
export const whole = (least, most) => (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;

/** By characters as a reader counts them, not by halves of them. @param {number} least @param {number} most @returns {Form} */
export const text = (least, most) => (value) => {
  if (typeof value !== "string") return false;
  const length = [...value].length;
  return length >= least && length <= most;
};

/** @param {...string} values @returns {Form} */
export const oneOf =
  (...values) =>
  (value) =>
    typeof value === "string" && values.includes(value);

/** @type {Form} */
export const truth = (value) => typeof value === "boolean";

/** @param {RegExp} pattern @param {Form} form @returns {Form} */
const like = (pattern, form) => (value) => form(value) && pattern.test(String(value));

/** @param {Form} form @returns {Form} */
const orNull = (form) => (value) => value === null || form(value);

/** @param {Form} form @param {number} most @returns {Form} */
const list = (form, most) => (value) => Array.isArray(value) && value.length <= most && value.every(form);

/** @type {Form} */
const anything = () => true;

const LARGEST = Number.MAX_SAFE_INTEGER;
const ID = /^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/;
const slug = like(/^[a-z0-9-]+$/, text(1, 64));
const index = whole(0, 500);
const small = whole(0, 60_000);
const flags = list(text(0, 200), 40);

/** Each field with its form; a name that ends in `?` may be left out. @type {Record<string, Record<string, Form>>} */
const COMMANDS = {
  "practice.screen": { "flags?": flags },
  "practice.back": { gone_ms: whole(0, 31_536_000_000) },
  "practice.end": {},
  "activity.offer": {
    exercise: slug,
    "step?": orNull(index),
    "rung?": orNull(slug),
    "minutes?": orNull(whole(1, 120)),
  },
  "activity.answer": { ask: whole(0, LARGEST), answer: oneOf("yes", "tell_me_first", "not_today") },
  "activity.reopen": { exercise: slug },
  "activity.start": {},
  "activity.finish": {},
  "activity.pause": {},
  "activity.resume": {},
  "step.go": { to: index },
  "rung.choose": { rung: slug },
  "pacer.set": { in_ms: small, hold_in_ms: small, out_ms: small, hold_out_ms: small },
  "comfort.set": { level: oneOf("settled", "uneasy", "dizzy") },
  "session.stop": { "ago_ms?": orNull(whole(0, 86_400_000)) },
  "session.ready": {},
  "checkin.record": { kind: text(0, 40), answers: anything, "heard?": truth, "private?": truth },
  "checkin.correct": { of: whole(1, LARGEST), answers: anything },
  "checkin.share": { of: whole(1, LARGEST) },
  "flags.tell": { "flags?": flags, "note?": orNull(text(0, 500)) },
};

/** Throws Refused where this is no command of a practice. @param {{type: string, [field: string]: any}} command */
export function check(command) {
  const { type, id, ...given } = command;
  if (!Object.hasOwn(COMMANDS, type)) throw unreadable("type");
  if (typeof id !== "string" || id.length < 32 || id.length > 36 || !ID.test(id)) throw unreadable("id");
  const fields = Object.entries(COMMANDS[type]);
  for (const [name, form] of fields) {
    const field = name.replace("?", "");
    const isThere = given[field] !== undefined;
    if (isThere ? !form(given[field]) : field === name) throw unreadable(field);
    delete given[field];
  }
  for (const field in given) if (given[field] !== undefined) throw unreadable(field);
}

/** @param {string} field */
function unreadable(field) {
  return new Refused("bad_message", "Part of this message is missing or has the wrong form.", {
    [field]: "not readable",
  });
}
