// @ts-check
/**
 * The machine of a practice at home: the patient drives, and there is no server to ask.
 *
 * Pure: state, commands and events are values, and time is an argument. It is held equal to the server's machine by
 * transcripts of that one, replayed here (`tests/sessions/test_practice_properties.py`).
 */

export { decide } from "./decide.js";
export { due } from "./due.js";
export { evolve } from "./evolve.js";
export { waitsForToday } from "./inside.js";
export { NOTHING, opened, Refused } from "./model.js";
export { view } from "./view.js";
