// @ts-check
/** A support person's room: the words, the breath and Stop. What else the patient shares, and nothing besides. */

import { button, List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { visitOn } from "./connection.js";
import { Room } from "./room.js";
import { shownStep } from "./scene.js";
import { rest, screen } from "./support-words.js";
import { foreign, writeIn } from "./tongue.js";
import { called, checkinLine } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Checkin} Checkin */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./clock.js").SyncState} SyncState */

const VIEW_ENDED = t("This view has ended.");

export class SupportRoom extends Room {
  #checkins;
  #resting = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root, "support", visitOn(root));
    this.#checkins = new List(part(root, "[data-checkins]"), (/** @type {Checkin} */ checkin) =>
      make("li", { text: checkinLine(checkin) }),
    );
    button(root, "[data-again]").addEventListener("click", () => location.reload());
  }

  get patient() {
    return called(this.data("patient")) || t("the patient");
  }

  /** @override @param {Scene} scene @param {View | null} view */
  draw(scene, view) {
    const { root } = this;
    if (this.end === "no_longer_yours") return;
    const still = scene.name === "stopped" || scene.name === "ended";
    const { where, say, next } = screen(scene, view, this.library, this.patient, this.now());
    show(part(root, "[data-step]"), !still);
    if (!still) {
      const exercise = this.library.of(view);
      writeIn(part(root, "[data-step-where]"), where, exercise);
      writeIn(part(root, "[data-step-words]"), say, exercise);
      write(part(root, "[data-step-next]"), next);
      show(part(root, "[data-step-next]"), next !== "");
      this.senses.tell(scene.name === "paused" ? t("Paused.") : say, exercise);
    }
    this.#cues(view);
    this.#rest(scene, still);
    this.#checkins.show(view?.checkins ?? []);
    show(part(root, "[data-checkins-row]"), (view?.checkins.length ?? 0) > 0);
    show(part(root, "[data-after-end]"), scene.name === "ended");
    write(part(root, "[data-stop-done]"), scene.name === "ended" ? t("Ended") : t("Stopped"));
    this.#banner(scene);
    this.senses.awake(scene.name !== "ended" && scene.name !== "joining");
  }

  /** @override @param {import("./connection.js").End} how */
  closed(how) {
    if (how !== "no_longer_yours") return super.closed(how);
    this.end = how;
    this.senses.silence();
    this.senses.awake(false);
    // Nothing of it stays on a screen that was left open; what the address says now comes from the server.
    const words = make("h1", { text: VIEW_ENDED, tabindex: "-1" });
    const main = make("main", { class: "ebb-page__main ebb-column" }, [words]);
    this.root.replaceWith(main);
    document.body.className = "ebb-page";
    words.focus();
    location.replace(location.href);
  }

  /** @override @param {SyncState} state */
  syncWords(state) {
    const { name, mode } = this.scene;
    if (name === "ended") return t("The visit has ended");
    if (this.connection === "connecting") return t("Opening");
    if (this.connection !== "live" || state === "lost")
      return mode === "running" ? t("Breathing on your own") : t("No connection");
    if (mode !== "running") return t("Connected");
    return state === "stale"
      ? t("Finding the same breath")
      : t("In step with {name}", { name: this.patient });
  }

  /** The words in the water are the step's own. @param {View | null} view */
  #cues(view) {
    const activity = view?.activity?.started_at ? view.activity : null;
    const words = activity && this.library.step(activity.exercise, shownStep(activity, this.now()))?.words;
    this.senses.cue({
      ...(words?.cue_in && { in: words.cue_in }),
      ...(words?.cue_out && { out: words.cue_out }),
      language: words ? foreign(this.library.of(view)) : null,
    });
  }

  /** @param {Scene} scene @param {boolean} still */
  #rest(scene, still) {
    const { root } = this;
    root.classList.toggle("ebb-room--stopped", still);
    const place = part(root, "[data-rest]");
    show(place, still);
    show(part(root, "[data-rest-calls]"), scene.name === "stopped");
    if (!still) {
      this.#resting = false;
      return;
    }
    const [title, words] = rest(scene, this.patient, this.connection === "live");
    const heading = part(place, "h1");
    write(heading, title);
    write(part(root, "[data-rest-words]"), words);
    if (this.#resting) return;
    this.#resting = true;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
    this.senses.tell(`${title} ${words}`);
  }

  /** Trouble with the line, in words. @param {Scene} scene */
  #banner(scene) {
    let words = "";
    if (this.connection === "retrying" && scene.name !== "stopped")
      words =
        scene.mode === "running"
          ? t("The connection is gone for now. The breath goes on, and Stop works.")
          : t("The connection is gone for now. Stop works.");
    if (this.end === "signed_out") words = t("You are not signed in any more.");
    write(part(this.root, "[data-banner-words]"), words);
    show(part(this.root, "[data-again]"), this.end === "signed_out");
    show(part(this.root, "[data-banner]"), words !== "");
  }
}
