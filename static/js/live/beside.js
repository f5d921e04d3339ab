// @ts-check
/**
 * What lies beside the stage on the patient's screen: messages, check-ins, sizes, and what was said no to.
 * What comes in while something runs is shown at once, in the flow, and leaves the controls alone.
 */

import { Checkin } from "../components/checkin.js";
import { kindOf, lastOf, told } from "../components/checkin-words.js";
import { button, find, List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Sheet } from "../components/sheet.js";
import { Steady } from "../components/steady.js";
import { Talk } from "../components/talk.js";
import { replyTo } from "./patient-words.js";
import { checkinLine, hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Changed} Changed */
/** @typedef {import("./messages.js").Checkin} Entry */
/** @typedef {import("./messages.js").Rung} Rung */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./patient.js").PatientRoom} Room */

const STRIKE = t("Strike out");

/** @param {string} title @param {number | null} step */
const declined = (title, step) => (step === null ? title : t("{title}, one step", { title }));

export class Beside {
  #room;
  #steady = new Steady();
  #more;
  #form;
  #talk;
  #sheet;
  #list;
  #sizes;
  #declined;
  /** @type {Record<string, import("../components/checkin-words.js").Last>} */
  #earlier;
  /** @type {string[]} */
  #situations;
  /** The exercise that ran last, and its size: what a check-in is about. @type {{slug: string, rung: string | null} | null} */
  #last = null;
  #offered = false;
  /** What has just come in: a message, or a check-in that the therapist wrote down. @type {number | null} */
  #heard = null;

  /** @param {Room} room @param {string} therapist */
  constructor(room, therapist) {
    this.#room = room;
    const { root } = room;
    this.#earlier = told(room.data("last"), {});
    this.#situations = told(room.data("situations"), []);
    this.#more = new Sheet(find(root, "[data-more-sheet]", HTMLDialogElement));
    this.#sheet = new Sheet(find(root, "[data-checkin-sheet]", HTMLDialogElement));
    this.#form = new Checkin(find(root, "[data-checkin]", HTMLFormElement), {
      save: (kind, answers, kept) => this.#save(kind, answers, kept),
      keep: () => room.keeping,
      later: () => this.#sheet.close(),
    });
    this.#talk = new Talk(part(root, "[data-more-sheet]"), {
      mine: "patient",
      names: { therapist },
      send: (text) => room.ask({ type: "message.say", text }),
    });
    this.#list = new List(part(root, "[data-checkins]"), (/** @type {Entry} */ entry) =>
      this.#entry(entry, therapist),
    );
    this.#sizes = new List(part(root, "[data-sizes]"), (/** @type {Rung} */ { id, label }) => {
      const choose = make("button", { class: "ebb-button", type: "button", text: label, "data-key": id });
      choose.addEventListener("click", () => void room.ask({ type: "rung.choose", rung: id }));
      return make("li", {}, [choose]);
    });
    this.#declined = new List(
      part(root, "[data-declined]"),
      (/** @type {{exercise: string, title: string}} */ item) => {
        const open = make("button", {
          class: "ebb-link",
          type: "button",
          text: t("Open it again"),
          "data-key": item.exercise,
        });
        open.addEventListener(
          "click",
          () => void room.ask({ type: "activity.reopen", exercise: item.exercise }),
        );
        return make("li", { class: "ebb-ends" }, [make("span", { text: item.title }), open]);
      },
    );
    button(root, "[data-more-open]").addEventListener("click", () => this.#more.show());
    button(root, "[data-came-answer]").addEventListener("click", () => this.#answer());
    button(root, "[data-came-close]").addEventListener("click", () => this.#came(""));
    for (const open of root.querySelectorAll("[data-checkin-open]"))
      open.addEventListener("click", () => this.checkin());
    button(root, "[data-checkin-same]").addEventListener("click", () => this.checkin({ same: true }));
    button(root, "[data-checkin-met]").addEventListener("click", () => this.#met());
    show(part(root, "[data-met-row]"), this.#situations.length > 0);
    button(root, "[data-after-later]").addEventListener("click", () => this.#after(false));
  }

  /** @param {Scene} scene @param {View | null} view */
  show(scene, view) {
    const { root } = this.#room;
    const open = view?.phase === "open";
    show(part(root, "[data-checkin-row]"), open);
    show(
      button(root, "[data-more-open]"),
      view !== null && view.phase !== "ended" && view.phase !== "scheduled" && scene.name !== "stopped",
    );
    if (scene.name === "stopped" || scene.name === "ended") {
      this.#more.close();
      this.#sheet.close();
      this.#after(false);
      if (scene.name === "ended") this.#came("");
    }
    if (!view) return;
    const running = view.activity?.started_at ? view.activity : null;
    if (running) {
      this.#last = { slug: running.exercise, rung: running.rung };
      this.#after(false);
    }
    this.#steady.show(() => this.#lists(view));
  }

  /** What grows by itself while somebody may be pressing something below it. @param {View} view */
  #lists(view) {
    const { root, library } = this.#room;
    this.#talk.show(view.messages);
    this.#list.show(view.checkins);
    show(part(root, "[data-checkins-row]"), view.checkins.length > 0);
    const at = view.care.rungs.findIndex(({ id }) => id === view.activity?.rung);
    this.#sizes.show(at > 0 ? view.care.rungs.slice(0, at) : []);
    show(part(root, "[data-sizes-row]"), at > 0);
    const titles = view.declined.map(({ exercise, step }) => ({
      exercise,
      title: declined(library.exercise(exercise)?.title ?? exercise, step),
    }));
    this.#declined.show(titles);
    show(part(root, "[data-declined-row]"), titles.length > 0);
  }

  /** @param {Changed} changed @param {string} therapist */
  happened({ event, by, seq }, therapist) {
    if (event.type === "activity.finished" && this.#last) this.#after(true);
    if (by !== "therapist") return;
    if (event.type === "message.said" && !this.#more.open) {
      this.#heard = null;
      this.#came(t("{who}: {words}", { who: therapist, words: event.text }), t("Answer"));
    }
    if (event.type === "checkin.recorded") {
      this.#heard = seq;
      const entry = this.#room.view?.checkins.find((other) => other.seq === seq);
      const wrote = t("{therapist} wrote down what you said.", { therapist });
      if (entry) this.#came(`${wrote} ${checkinLine(entry)}`, STRIKE);
    }
  }

  /** The form, fresh, for what was done last. @param {{same?: boolean}} [options] `same`: as last time, to begin with */
  checkin({ same = false } = {}) {
    const { view } = this.#room;
    const { kind, last } = this.#done();
    const used = view?.activity?.rung ?? this.#last?.rung ?? null;
    this.#more.close();
    this.#after(false);
    this.#form.ask(kind, {
      rungs: view?.care.rungs ?? [],
      // Without a stage to know it from, it is the one of the last time, or where they are now.
      rung: used ?? (last?.rung ? null : (view?.care.rung ?? null)),
      last,
      same,
    });
    this.#sheet.show();
  }

  /** What was done last, and what "same as last time" would mean for it. */
  #done() {
    const { view, library } = this.#room;
    const kind = kindOf(library.exercise(view?.activity?.exercise ?? this.#last?.slug ?? ""));
    return { kind, last: lastOf(kind, view?.checkins ?? [], this.#earlier) };
  }

  /** A situation of their own list was met, here and now. */
  #met() {
    this.#more.close();
    this.#form.ask("exposure", { situations: this.#situations });
    this.#sheet.show();
  }

  /** @param {import("../components/checkin-words.js").Kind} kind @param {import("./messages.js").Answers} answers @param {boolean} kept */
  async #save(kind, answers, kept) {
    const before = this.#room.view?.care.suspended?.say;
    const sent = this.#room.ask({ type: "checkin.record", kind, answers, ...(kept && { private: true }) });
    // Kept on this side until the line is back: nobody has to hold the form open for that.
    if (this.#room.connection !== "live") {
      this.#sheet.close();
      const later = t("It is sent as soon as the connection is back.");
      this.#room.notice(`${this.#reply(answers)} ${later}`.trim());
      return "";
    }
    const answer = await sent;
    if (!answer.ok) return answer.message;
    this.#sheet.close();
    const waits = this.#room.view?.care.suspended?.say;
    // Where it has suspended, nothing milder is said.
    const said =
      (waits !== undefined && waits !== before ? t(waits) : this.#reply(answers)) || t("It is written down.");
    const own = kept ? t("It stays with you, but for what has to be acted on.") : "";
    this.#room.notice(`${said} ${own}`.trim());
    return "";
  }

  /** @param {import("./messages.js").Answers} answers */
  #reply(answers) {
    const { view } = this.#room;
    const inside = Boolean(view?.activity?.started_at && view.activity.rung);
    return replyTo(answers, { easing: view?.care.easing ?? null, inside });
  }

  /** @param {boolean} on */
  #after(on) {
    if (on === this.#offered) return;
    this.#offered = on;
    show(part(this.#room.root, "[data-after]"), on);
    show(button(this.#room.root, "[data-checkin-same]"), on && this.#done().last !== null);
  }

  /** @param {string} text @param {string} [does] */
  #came(text, does = "") {
    const { root, senses } = this.#room;
    write(part(root, "[data-came-words]"), text);
    write(button(root, "[data-came-answer]"), does);
    show(part(root, "[data-came]"), text !== "");
    if (text) senses.mention(text);
  }

  #answer() {
    const of = this.#heard;
    this.#came("");
    if (of !== null) return void this.#room.ask({ type: "checkin.correct", of, answers: null });
    this.#more.show();
    this.#talk.focus();
  }

  /** @param {Entry} entry @param {string} therapist */
  #entry(entry, therapist) {
    const time = hour(entry.at);
    const who = entry.private
      ? t("You alone, {time}", { time })
      : entry.heard
        ? t("{therapist} wrote down, {time}", { therapist, time })
        : t("You, {time}", { time });
    const words = make("span", {}, [
      make("span", { class: "ebb-soft", text: `${who} ` }),
      checkinLine(entry),
    ]);
    if (entry.answers === null) return make("li", {}, [words]);
    const strike = make("button", {
      class: "ebb-link",
      type: "button",
      text: STRIKE,
      "data-key": String(entry.seq),
    });
    strike.addEventListener(
      "click",
      () => void this.#room.ask({ type: "checkin.correct", of: entry.seq, answers: null }),
    );
    const line = make("div", { class: "ebb-ends" }, [words, strike]);
    return make("li", {}, entry.private ? [line, this.#sharing(entry)] : [line]);
  }

  /** What was kept can be shown later, and then stays shown: said before it is done. @param {Entry} entry */
  #sharing({ seq }) {
    const share = make("button", { class: "ebb-button", type: "button", text: t("Share it") });
    share.addEventListener("click", () => void this.#room.ask({ type: "checkin.share", of: seq }));
    return make("details", { class: "ebb-quiet" }, [
      make("summary", { text: t("Share it after all") }),
      make("div", { class: "ebb-quiet__body ebb-stack" }, [
        make("p", { text: t("Once it is shared it stays shared: what was read cannot be unread.") }),
        make("p", {}, [share]),
      ]),
    ]);
  }
}
