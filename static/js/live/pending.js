// @ts-check
/**
 * What was asked for and not answered yet, and what of it is asked again after a loss.
 *
 * Only what stays true however late it arrives is sent again: uneasy or dizzy, a pause, check-ins, messages,
 * notes. Everything else was meant for its moment. Stop has a place of its own, see stop.js.
 */

import { t } from "../components/language.js";

/** @typedef {import("./messages.js").Command} Command */
/** @typedef {import("./messages.js").Answer} Answer */
/** @typedef {import("./messages.js").Done} Done */
/** @typedef {import("./messages.js").Refused} Refused */
/** @typedef {{command: Command, sent: boolean, settle: (answer: Answer) => void}} Entry */

const NOT_DONE = t("There is no connection right now, so this was not done.");
const LATE = t("The connection was gone before this was answered. It counts as not done.");

/** @param {Command} command the place in the order of sending again, or null for what is not sent again */
function turn(command) {
  switch (command.type) {
    case "comfort.set":
      return command.level === "settled" ? null : 1;
    case "activity.pause":
      return 2;
    case "checkin.record":
    case "checkin.correct":
    case "message.say":
    case "note.write":
      return 3;
    default:
      return null;
  }
}

/** @param {string} message @returns {Answer} */
const notDone = (message) => ({ ok: false, code: "not_done", message, fields: {}, retry_ms: null });

export class Pending {
  /** @type {Map<string, Entry>} in the order in which they were asked */
  #entries = new Map();

  get size() {
    return this.#entries.size;
  }

  /** How many wait to be sent once there is a connection. */
  get waiting() {
    return [...this.#entries.values()].filter(({ command }) => turn(command) !== null).length;
  }

  /**
   * @param {Command} command
   * @param {boolean} sent whether it is on its way already
   * @returns {Promise<Answer>}
   */
  add(command, sent) {
    if (!sent && turn(command) === null) return Promise.resolve(notDone(NOT_DONE));
    return new Promise((settle) => this.#entries.set(command.id, { command, sent, settle }));
  }

  /** @param {Done | Refused} message */
  answer(message) {
    const entry = message.id === null ? undefined : this.#entries.get(message.id);
    if (!entry) return;
    this.#entries.delete(entry.command.id);
    if (message.type === "done") return entry.settle({ ok: true, seq: message.seq });
    const { code, message: words, fields = {}, retry_ms = null } = message;
    // The same id was stored before, with this very wish: what was asked for has happened.
    if (code === "bad_message" && fields.id === "used") return entry.settle({ ok: true, seq: 0 });
    entry.settle({ ok: false, code, message: words, fields, retry_ms });
  }

  /** The connection is gone: what belonged to its moment is not done. */
  lost() {
    for (const { command, settle } of [...this.#entries.values()]) {
      if (turn(command) !== null) continue;
      this.#entries.delete(command.id);
      settle(notDone(LATE));
    }
  }

  /** Greeted again: what is to be sent now, in its order, with the ids it had. @returns {Command[]} */
  again() {
    const entries = [...this.#entries.values()];
    for (const entry of entries) entry.sent = true;
    const place = (/** @type {Entry} */ entry) => turn(entry.command) ?? 0;
    return entries.sort((a, b) => place(a) - place(b)).map(({ command }) => command);
  }

  /**
   * Taken back before anybody heard of it.
   * @param {string} id
   * @returns {boolean} false where it may have been heard already
   */
  takeBack(id) {
    const entry = this.#entries.get(id);
    if (!entry || entry.sent) return false;
    this.#entries.delete(id);
    entry.settle(notDone(t("Taken back before it was sent.")));
    return true;
  }

  /** Nothing will be answered any more. */
  end() {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { settle } of entries) settle(notDone(LATE));
  }
}
