// @ts-check
/** One step: recorded, heard, kept, recorded again, taken away. What is not kept yet lies here, and nowhere else. */

import { find, make, mark, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { ask } from "../practice/ask.js";
import { fetched, keep, takeAway } from "./keeping.js";
import { LEVEL_MS, Take, trouble } from "./microphone.js";
import { levelsOf } from "./player.js";
import { Trace } from "./trace.js";

/** @typedef {import("./microphone.js").Taken} Taken */
/** @typedef {'none' | 'asking' | 'live' | 'draft' | 'keeping' | 'kept'} State */
/** @typedef {'record' | 'stop' | 'listen' | 'hush' | 'keep' | 'again' | 'drop' | 'away'} Act */

/**
 * What the page is to its steps.
 * @typedef {{most_ms: number, player: import("./player.js").Player, tell(text: string): void,
 *   busy(step: RecordedStep | null): void}} Page
 */

/** @type {Record<State, Act[]>} */
const OFFERED = {
  none: ["record"],
  asking: ["stop"],
  live: ["stop"],
  draft: ["listen", "keep", "again", "drop"],
  keeping: [],
  kept: ["listen", "again", "away"],
};
const MAIN = new Set(["stop", "keep"]);
/** So long without a sound, somebody speaks into a microphone that is muted. */
const SILENT_MS = 3_000;
const SILENT = 0.08;
const LOUD = 0.98;
const LEAST_MS = 300;

export class RecordedStep {
  #root;
  #page;
  #number;
  #trace;
  /** @type {Map<Act, HTMLButtonElement>} */
  #buttons = new Map();
  /** @type {State} */
  #state;
  /** @type {Take | null} */
  #take = null;
  /** A microphone that was asked for and is not wanted any more is closed when it comes. */
  #asked = 0;
  /** @type {Taken | null} */
  #draft = null;
  /** @type {import("./keeping.js").Kept | null} */
  #kept = null;
  /** @type {number[]} */
  #levels = [];
  #playing = false;

  /** @param {HTMLElement} root @param {Page} page */
  constructor(root, page) {
    this.#root = root;
    this.#page = page;
    this.#number = root.dataset.step ?? "";
    this.#trace = new Trace(find(root, "[data-trace]", HTMLCanvasElement));
    const { listen, away, ms } = root.dataset;
    if (listen && away) this.#kept = { listen, away, ms: Number(ms) };
    this.#state = this.#kept ? "kept" : "none";
    this.#make();
    this.#show();
  }

  /** Something of it would be lost with the page. */
  get isOpen() {
    return this.#state !== "none" && this.#state !== "kept";
  }

  /** Another step records. @param {boolean} free */
  free(free) {
    for (const act of /** @type {Act[]} */ (["record", "again"])) this.#button(act).disabled = !free;
  }

  /** Somebody leaves quickly: nothing is listened to any more. */
  leave() {
    this.#asked += 1;
    this.#take?.stop();
  }

  #make() {
    const n = this.#number;
    /** @type {[Act, string, string, () => unknown][]} */
    const acts = [
      ["record", t("Record"), t("Record step {n}", { n }), () => this.#record()],
      ["stop", t("Stop"), t("Stop recording step {n}", { n }), () => this.#stop()],
      ["listen", t("Listen"), t("Listen to step {n}", { n }), () => this.#listen()],
      ["hush", t("Stop listening"), t("Stop listening to step {n}", { n }), () => this.#page.player.stop()],
      ["keep", t("Keep"), t("Keep step {n}", { n }), () => this.#keep()],
      ["again", t("Record again"), t("Record again, step {n}", { n }), () => this.#record()],
      ["drop", t("Let it go"), t("Let it go, step {n}", { n }), () => this.#drop()],
      ["away", t("Take away"), t("Take away step {n}", { n }), () => this.#takeAway()],
    ];
    for (const [act, text, name, run] of acts) {
      const button = make("button", {
        class: `ebb-button${MAIN.has(act) ? " ebb-button--main" : ""}`,
        type: "button",
        "aria-label": name,
        text,
      });
      button.addEventListener("click", () => void run());
      this.#buttons.set(act, button);
    }
    const row = part(this.#root, "[data-buttons]");
    row.replaceChildren(...this.#buttons.values());
    show(row, true);
  }

  async #record() {
    this.#page.player.stop();
    this.#page.busy(this);
    this.#asked += 1;
    const asked = this.#asked;
    this.#to("asking", { focus: "stop" });
    try {
      const take = await Take.begin(
        {
          level: (levels, ms) => this.#hear(levels, ms),
          over: (taken, why) => this.#over(taken, why, asked),
        },
        this.#page.most_ms,
      );
      if (asked !== this.#asked) return take.stop();
      this.#take = take;
      this.#to("live");
      this.#page.tell(t("Recording."));
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#page.busy(null);
      this.#rest();
      this.#trouble(trouble(error));
    }
  }

  #stop() {
    if (this.#take) return this.#take.stop();
    this.#asked += 1;
    this.#page.busy(null);
    this.#rest();
  }

  /** @param {number[]} levels @param {number} ms */
  #hear(levels, ms) {
    if (this.#state !== "live") return;
    this.#trace.live(levels);
    this.#time(ms);
    const lately = levels.slice(-SILENT_MS / LEVEL_MS);
    if (lately.length * LEVEL_MS >= SILENT_MS && Math.max(...lately) < SILENT)
      this.#trouble(t("Nothing is heard. Is the microphone muted, or is it another one?"));
    else if (levels.filter((level) => level >= LOUD).length > 2)
      this.#trouble(t("Very loud. A little further away sounds better."));
    else this.#trouble("");
  }

  /** @param {Taken} taken @param {import("./microphone.js").Why} why @param {number} asked */
  #over(taken, why, asked) {
    this.#take = null;
    if (asked !== this.#asked) return;
    this.#page.busy(null);
    if (!taken.blob.size || taken.ms < LEAST_MS) {
      this.#rest();
      return this.#trouble(t("Nothing was recorded. Press Record, and speak when it says so."));
    }
    this.#draft = taken;
    this.#levels = taken.levels;
    this.#to("draft", { focus: "listen" });
    if (why === "long")
      this.#trouble(
        t("2 minutes are the most for one step, so it ended here. What you said until then is there."),
      );
    else if (why === "gone") this.#trouble(t("The microphone went away. What you said until then is there."));
    else this.#page.tell(t("{time} recorded. Listen to it, then keep it.", { time: clock(taken.ms) }));
  }

  async #listen() {
    const blob = await this.#sound();
    if (!(blob instanceof Blob)) return this.#trouble(blob.say);
    this.#trouble("");
    if (!this.#levels.length) this.#levels = await levelsOf(blob);
    const { ms } = /** @type {{ms: number}} */ (this.#draft ?? this.#kept);
    const focused = document.activeElement === this.#button("listen");
    this.#playing = true;
    this.#show();
    if (focused) this.#button("hush").focus();
    const played = await this.#page.player.play(blob, (at_ms) => {
      if (!this.#playing) return;
      this.#trace.whole(this.#levels, at_ms / ms);
      this.#time(ms, at_ms);
    });
    const back = document.activeElement === this.#button("hush");
    this.#playing = false;
    this.#show();
    if (back) this.#button("listen").focus();
    if (!played) this.#trouble(t("This browser cannot play it. The phones of your patients may."));
  }

  /** @returns {Promise<Blob | {say: string}>} */
  async #sound() {
    if (this.#draft) return this.#draft.blob;
    return this.#kept ? fetched(this.#kept.listen) : { say: "" };
  }

  async #keep() {
    const draft = this.#draft;
    if (!draft) return;
    this.#page.player.stop();
    this.#to("keeping");
    const answer = await keep(this.#root.dataset.keep ?? "", draft);
    if ("say" in answer) {
      this.#to("draft", { focus: "keep" });
      return this.#trouble(answer.say);
    }
    this.#draft = null;
    this.#kept = answer;
    this.#to("kept", { focus: "listen" });
    this.#page.tell(t("Step {n} is kept.", { n: this.#number }));
  }

  /** What was kept before stays what it was. */
  #drop() {
    this.#page.player.stop();
    this.#draft = null;
    this.#levels = [];
    this.#rest();
    this.#page.tell(t("It is not kept."));
  }

  async #takeAway() {
    if (!this.#kept) return;
    this.#page.player.stop();
    const sure = await ask({
      title: t("Take this recording away?"),
      words: [
        t(
          "It is deleted here now, and on each phone the next time that it fetches the programme. Phones read this step themselves then.",
        ),
      ],
      yes: t("Take it away"),
      no: t("Leave it"),
    });
    if (!sure) return this.#button("away").focus();
    const answer = await takeAway(this.#kept.away);
    if (!answer.done) return this.#trouble(answer.say);
    this.#kept = null;
    this.#levels = [];
    this.#rest();
    this.#page.tell(t("It is taken away."));
  }

  /** Back to what there was before the microphone was asked for. */
  #rest() {
    const state = this.#draft ? "draft" : this.#kept ? "kept" : "none";
    this.#to(state, { focus: state === "none" ? "record" : "again" });
  }

  /** @param {State} state @param {{focus?: Act}} [options] where the reader is put, if they were on this step */
  #to(state, { focus } = {}) {
    const here = this.#root.contains(document.activeElement) || document.activeElement === document.body;
    this.#state = state;
    this.#trouble("");
    this.#show();
    if (focus && here) this.#button(focus).focus({ preventScroll: true });
  }

  #show() {
    const offered = new Set(OFFERED[this.#state]);
    if (this.#playing && offered.delete("listen")) offered.add("hush");
    for (const [act, button] of this.#buttons) show(button, offered.has(act));
    const ms = this.#draft?.ms ?? this.#kept?.ms;
    write(part(this.#root, "[data-words]"), words(this.#state));
    mark(part(this.#root, "[data-state]"), "data-state", this.#state);
    if (this.#state === "live") return;
    this.#time(this.#state === "asking" ? undefined : ms);
    if (this.#state === "none" || this.#state === "asking") this.#trace.clear();
    else this.#trace.whole(this.#levels);
  }

  /** @param {number | undefined} ms @param {number} [at_ms] */
  #time(ms, at_ms) {
    const line = part(this.#root, "[data-time]");
    if (ms === undefined) return write(line, "");
    if (this.#state === "live")
      return write(line, t("{now} of {most}", { now: clock(ms), most: clock(this.#page.most_ms) }));
    if (at_ms === undefined) return write(line, clock(ms));
    write(line, t("{now} of {most}", { now: clock(Math.min(at_ms, ms)), most: clock(ms) }));
  }

  /** @param {string} text */
  #trouble(text) {
    const line = part(this.#root, "[data-trouble]");
    if (line.textContent === text) return;
    write(line, text);
    show(line, text !== "");
    if (text) this.#page.tell(text);
  }

  /** @param {Act} act */
  #button(act) {
    return /** @type {HTMLButtonElement} */ (this.#buttons.get(act));
  }
}

/** @param {State} state */
function words(state) {
  switch (state) {
    case "none":
      return t("Not recorded");
    case "asking":
      return t("Waiting for the microphone. Your browser may ask you.");
    case "live":
      return t("Recording");
    case "draft":
      return t("Not kept yet");
    case "keeping":
      return t("One moment");
    case "kept":
      return t("Kept");
  }
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
