// @ts-check
/** The session as it was last told: takes `hello` and `changed`, and never runs backwards. */

/** @typedef {import("./messages.js").Hello} Hello */
/** @typedef {import("./messages.js").Changed} Changed */
/** @typedef {import("./messages.js").View} View */

export class Mirror {
  /** @type {View | null} */
  #view = null;
  /** @type {number | null} */
  #epoch = null;
  #seq = -1;
  /** @type {string | null} */
  #you = null;

  /** @returns {View | null} */
  get view() {
    return this.#view;
  }

  get seq() {
    return this.#seq;
  }

  /** This person's id, or null before the first greeting. */
  get you() {
    return this.#you;
  }

  /**
   * The whole view. Another epoch is another history, and replaces everything; within one, an older view
   * (from a node that lags behind) is left aside.
   * @param {Hello} hello
   * @returns {boolean} whether it was taken
   */
  greet({ epoch, seq, you, view }) {
    this.#you = you.id;
    if (epoch === this.#epoch && seq < this.#seq) return false;
    this.#epoch = epoch;
    this.#seq = seq;
    this.#view = view;
    return true;
  }

  /**
   * One event and what it made of the view. Its lists are not sent again: the event is the new item.
   * @param {Changed} changed
   * @returns {boolean} whether it was new
   */
  change(changed) {
    const before = this.#view;
    if (before === null || changed.seq <= this.#seq) return false;
    this.#seq = changed.seq;
    const { checkins, messages, notes } = before;
    this.#view = listed({ ...changed.view, checkins, messages, ...(notes && { notes }) }, changed);
    return true;
  }
}

/** @param {View} view @param {Changed} changed @returns {View} */
function listed(view, { seq, at, by, event }) {
  switch (event.type) {
    case "checkin.recorded": {
      const { kind, answers, heard, rung = null, private: kept = false } = event;
      const entry = { seq, at, by, kind, heard, answers, rung, corrected_at: null, private: kept };
      return { ...view, checkins: [...view.checkins, entry] };
    }
    case "checkin.corrected": {
      const { of, answers, rung = null } = event;
      const checkins = view.checkins.map((entry) =>
        entry.seq === of ? { ...entry, answers, rung, corrected_at: at } : entry,
      );
      return { ...view, checkins };
    }
    case "checkin.shared": {
      const checkins = view.checkins.map((entry) =>
        event.of.includes(entry.seq) ? { ...entry, private: false } : entry,
      );
      return { ...view, checkins };
    }
    case "message.said":
      return { ...view, messages: [...view.messages, { seq, at, by, person: "", text: event.text }] };
    case "note.written":
      return { ...view, notes: [...(view.notes ?? []), { seq, at, person: "", text: event.text }] };
    case "notes.struck": {
      const struck = event.of;
      return { ...view, notes: (view.notes ?? []).filter((note) => !struck.includes(note.seq)) };
    }
    default:
      return view;
  }
}
