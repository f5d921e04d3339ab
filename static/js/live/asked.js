// @ts-check
/** The question before the patient: what is asked, the three answers, and all that there is to know beforehand. */

import { button, find, List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Sheet } from "../components/sheet.js";
import { walked } from "./library.js";
import { inTongue, provenance, writeIn } from "./tongue.js";
import { duration } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Asking} Asking */
/** @typedef {import("./messages.js").Rung} Rung */
/** @typedef {import("./patient.js").PatientRoom} Room */
/** @typedef {Pick<Asking, "exercise" | "title">} Described */

export class Asked {
  #room;
  #sheet;
  #yes;
  #smaller;
  #tell;
  #body;
  /** For whoever hears the page: what stands in the open description has become another. */
  #news = make("p", { class: "ebb-hidden", role: "status" });
  /** The question that stands on screen. @type {number | null} */
  #seq = null;
  /** What the open description is about, and the exercise as it was known then. @type {Described | null} */
  #described = null;
  /** @type {import("./library.js").Exercise | null} */
  #from = null;

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    this.#sheet = part(room.root, "[data-ask]");
    this.#tell = new Sheet(find(room.root, "[data-tell]", HTMLDialogElement));
    this.#body = part(room.root, "[data-tell-body]");
    this.#body.after(this.#news);
    this.#smaller = new List(part(this.#sheet, "[data-smaller]"), (/** @type {Rung} */ { id, label }) => {
      const choose = make("button", { class: "ebb-link", type: "button", text: label, "data-key": id });
      choose.addEventListener("click", () => void room.ask({ type: "rung.choose", rung: id }));
      return make("li", {}, [choose]);
    });
    this.#yes = room.unhurried('[data-answer="yes"]', () => this.#answer("yes"));
    for (const answer of /** @type {const} */ (["tell_me_first", "not_today"])) {
      button(this.#sheet, `[data-answer="${answer}"]`).addEventListener(
        "click",
        () => void this.#answer(answer),
      );
    }
  }

  /** @param {Asking | null} asking @param {View | null} view */
  show(asking, view) {
    show(this.#sheet, asking !== null);
    this.#yes.show(asking !== null, String(asking?.seq));
    this.#renew();
    if (!asking || !view) {
      if (this.#seq !== null) this.#tell.close();
      this.#seq = null;
      return;
    }
    const { who, what, next } = this.#room.question(asking, view);
    write(part(this.#sheet, "[data-ask-who]"), who);
    const exercise = this.#room.library.exercise(asking.exercise);
    writeIn(part(this.#sheet, "[data-ask-what]"), what, exercise);
    writeIn(part(this.#sheet, "[data-ask-next]"), next, exercise);
    this.#sizes(asking, view);
    if (this.#seq === asking.seq) return;
    this.#seq = asking.seq;
    this.#tell.close();
    this.#room.senses.tell(t("{who}: {words}", { who, words: what }), exercise);
    if (asking.told) this.describe(asking);
  }

  /** The same or smaller is the patient's at any time. @param {Asking} asking @param {View} view */
  #sizes(asking, view) {
    const at = view.care.rungs.findIndex(({ id }) => id === asking.rung);
    const smaller = asking.what === "activity" && at > 0 ? view.care.rungs.slice(0, at) : [];
    show(part(this.#sheet, "[data-smaller-row]"), smaller.length > 0);
    this.#smaller.show(smaller);
  }

  /** @param {'yes' | 'tell_me_first' | 'not_today'} answer */
  async #answer(answer) {
    const asking = this.#room.view?.asking;
    if (!asking) return;
    // The description is on this device already: it opens without waiting for anybody.
    if (answer === "tell_me_first") this.describe(asking);
    else this.#tell.close();
    await this.#room.ask({ type: "activity.answer", ask: asking.seq, answer });
  }

  /** Words that come, or change, while somebody has the description open take the place of what stands there. */
  #renew() {
    if (!this.#described || !this.#tell.open) return;
    const exercise = this.#room.library.exercise(this.#described.exercise);
    if (!exercise || exercise === this.#from) return;
    const missed = !this.#from;
    this.describe(this.#described);
    if (missed) write(this.#news, t("The description is here now."));
  }

  /** @param {Described} what */
  describe(what) {
    const { exercise: slug, title } = what;
    const exercise = this.#room.library.exercise(slug);
    [this.#described, this.#from] = [what, exercise];
    write(this.#news, "");
    const words = inTongue(exercise);
    writeIn(part(this.#room.root, "[data-tell-title]"), title, exercise);
    if (!exercise) {
      this.#body.replaceChildren(
        make("p", { text: t("The description is not here yet. You may ask, or say not today.") }),
      );
      return this.#tell.show();
    }
    const steps = walked(exercise).map(({ step }) =>
      make("li", {}, [
        make("span", { ...words, text: step.words.say }),
        make("span", {
          class: "ebb-soft",
          text: ` ${lasting(step)}`,
        }),
      ]),
    );
    const cautions = exercise.cautions.map((text) => make("li", { ...words, text }));
    const whence = provenance(exercise);
    this.#body.replaceChildren(
      ...(whence ? [make("p", { class: "ebb-soft", text: whence })] : []),
      make("p", { ...words, text: exercise.summary }),
      make("p", { class: "ebb-soft", ...words, text: exercise.why }),
      make("ol", { class: "ebb-list" }, steps),
      ...(cautions.length
        ? [make("h2", { text: t("Before you say yes") }), make("ul", { class: "ebb-list" }, cautions)]
        : []),
      make("p", {
        class: "ebb-soft",
        text: t("You can stop, go back or choose smaller at any time, without a reason."),
      }),
    );
    this.#tell.show();
  }
}

/** @param {import("./library.js").Step} step */
function lasting({ seconds, internal }) {
  const length = duration(seconds);
  return internal ? t("{length}, asks again", { length }) : length;
}
