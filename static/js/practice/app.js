// @ts-check
/**
 * Home practice on this phone: unlocks it, loads the programme, shows Today, and leads into the room and out again.
 * From the first look at Today on everything is here already: nothing waits for a network.
 */

import { make, part, show } from "../components/dom.js";
import { t } from "../components/language.js";
import { Leave } from "../components/leave.js";
import { rows } from "./flags.js";
import { InMemory } from "./in-memory.js";
import { gotAt } from "./own-machine.js";
import { Phone } from "./phone.js";
import * as places from "./places.js";
import { PracticeRoom } from "./practice-room.js";
import { instead, screening } from "./screening.js";
import { today } from "./today.js";
import { Wrong } from "./wrong.js";

/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {import("./practice-words.js").Planned} Planned */
/** @typedef {import("./line.js").Practice} Practice */

/** A network that answers is newer than what lies here, and says who is signed in; how long it may take unremarked. */
const FIRST_WAIT_MS = 1_500;
const STALE_MS = 14 * 86_400_000;
const PRACTISING = "ebb-practice";

class App {
  #phone;
  #home = part(document, "[data-home]");
  #place = part(document, "[data-place]");
  #root = part(document, '[data-module="practice-room"]');
  /** @type {Leave | null} until the room has one of its own */
  #leave = new Leave();
  /** @type {PracticeRoom | null} */
  #room = null;
  /** @type {InMemory | null} */
  #memory = null;
  /** @type {Bundle | null} */
  #bundle = null;
  /** What was practised since the bundle was made. @type {Record<string, number>} */
  #done = {};
  /** Lets go of the one lock that lets somebody practise in one window alone. */
  #free = () => {};
  /** @type {string | null} */
  #delivery = null;
  /** Whether Today is what is seen. */
  #atToday = false;

  /** @param {Phone} phone */
  constructor(phone) {
    this.#phone = phone;
    phone.addEventListener("change", () => {
      this.#delivery = phone.delivery?.say ?? null;
      // Locked in another window. Where it is because somebody leaves quickly, this page goes elsewhere.
      const leaving = document.documentElement.classList.contains("ebb-gone");
      if (phone.state === "locked" && this.#bundle) return leaving ? undefined : location.reload();
      if (this.#atToday) void this.#today({ focus: false });
    });
  }

  async start() {
    if (this.#phone.state === "locked") return this.#unlock();
    await this.#load();
  }

  #unlock() {
    this.#put(places.locked(this.#phone, () => void this.#load()));
  }

  /** The programme: from the network where it answers soon, else as it lies here. */
  async #load() {
    const found = this.#phone.state === "open" ? await this.#kept() : await this.#unkept();
    if (!found) return;
    this.#bundle = found;
    const under = this.#phone.state === "open" ? await this.#phone.underWay() : null;
    if (under) return this.#middle(under);
    const item = found.programme?.items.find(({ id }) => `#${id}` === location.hash);
    if (item) return this.#begin(item);
    await this.#today();
  }

  /** @returns {Promise<Bundle | null>} */
  async #kept() {
    /** @type {Promise<import("./phone.js").Refreshed>} */
    let fresh = Promise.resolve({ state: "offline" });
    /** @type {Promise<import("./phone.js").Refreshed>} */
    const heard = new Promise((told) => {
      fresh = this.#phone.refresh({ told });
    });
    const soon = await this.#soon(heard);
    const stored = bundleOf(await this.#phone.bundle());
    if (soon?.state === "somebody_else") return this.#put(places.somebodyElse());
    if (stored) {
      if (!soon) void fresh.then((late) => this.#late(late));
      return stored;
    }
    const late = await fresh;
    if (late.state === "fresh") return bundleOf(late.bundle);
    return this.#without(late.state);
  }

  /**
   * What the network says, or null where it is not waited for. It alone knows who is signed in: while there is one,
   * nothing of anybody is shown before it has spoken, unless whoever is here unlocked it or asks for it. Without one,
   * it fails at once.
   * @template T @param {Promise<T>} heard @returns {Promise<T | null>}
   */
  async #soon(heard) {
    const soon = await Promise.race([heard, new Promise((done) => setTimeout(done, FIRST_WAIT_MS, null))]);
    if (soon || this.#phone.hasPin || !navigator.onLine) return soon;
    return Promise.race([
      heard,
      new Promise((done) =>
        this.#put(
          places.slow(() => done(null)),
          { focus: false },
        ),
      ),
    ]);
  }

  /** Nothing is kept on this phone: what there is comes over the network, into memory. @returns {Promise<Bundle | null>} */
  async #unkept() {
    const found = await places.fetched();
    if (found.state !== "fresh") return this.#without(found.state);
    const bundle = bundleOf(found.bundle);
    this.#memory ??= new InMemory(bundle, () => {
      if (this.#atToday) void this.#today({ focus: false });
    });
    return bundle;
  }

  /** @param {string} state @returns {null} */
  #without(state) {
    if (state === "signed_out") {
      location.assign("/sign-in");
      return null;
    }
    return this.#put(state === "somebody_else" ? places.somebodyElse() : places.nothing(() => this.#load()));
  }

  /** A network that answered late. @param {{state: string, bundle?: any}} found */
  #late({ state, bundle }) {
    if (state === "somebody_else" && !this.#room?.under) return void this.#put(places.somebodyElse());
    if (state !== "fresh") return;
    this.#bundle = bundle;
    this.#done = {};
    if (this.#atToday) void this.#today({ focus: false });
  }

  async #today({ focus = true } = {}) {
    const bundle = this.#bundle;
    if (!bundle) return;
    const keeper = this.#keeper;
    const waiting = await keeper.waiting();
    const now_ms = Date.now();
    if (this.#room?.under) return;
    this.#put(
      today({
        bundle,
        now_ms,
        waiting,
        delivery: this.#delivery,
        signedOut: this.#phone.delivery?.state === "signed_out",
        trouble: keeper.trouble,
        keeps: this.#phone.state === "open",
        stale: now_ms - (gotAt(bundle, now_ms) ?? 0) > STALE_MS,
        done: this.#done,
        begin: (item) => void this.#begin(item),
        wrong: () => void this.#wrong(),
        deliver: () => void keeper.deliver().then(() => this.#today({ focus: false })),
      }),
      { focus },
    );
    this.#atToday = true;
  }

  get #keeper() {
    return this.#memory ?? this.#phone;
  }

  /** What was begun and not ended, when the page was killed. @param {Practice} practice */
  #middle(practice) {
    const open = async (/** @type {boolean} */ on) => {
      if (!(await this.#alone(() => this.#middle(practice)))) return;
      const room = this.#rooms();
      room.goOn(practice);
      if (on && room.under) {
        // What was said of yesterday says nothing of today.
        if (!room.asksFirst || (await this.#screened(room))) this.#enter();
        return;
      }
      // Also what had ended already, and was not sealed any more.
      await room.finish();
      await this.#left();
    };
    const { item, bundle } = practice;
    const { exercise = "" } = bundle.programme?.items.find(({ id }) => id === item) ?? {};
    // Of what is not known here any more, something may be inside.
    const { internal = true } = bundle.library.exercises[exercise] ?? {};
    this.#put(
      places.middle(
        internal,
        () => void open(true),
        () => void open(false),
      ),
    );
  }

  /** @param {Planned} item */
  async #begin(item) {
    const bundle = this.#bundle;
    if (!bundle || !(await this.#alone(() => void this.#begin(item)))) return;
    const { internal } = bundle.library.exercises[item.exercise];
    const room = this.#rooms();
    room.begin(bundle, item.id, item.exercise);
    if (!internal || (await this.#screened(room))) this.#enter();
  }

  /** Today's questions. @param {PracticeRoom} room @returns {Promise<boolean>} whether it goes on; else it leads elsewhere */
  #screened(room) {
    const { bundle } = room;
    const leave = () => room.finish().then(() => this.#left());
    return new Promise((answered) => {
      const back = () => {
        answered(false);
        void leave();
      };
      const said = async (/** @type {string[]} */ flags) => {
        await room.tell({ type: "practice.screen", flags });
        answered(!flags.length);
        if (!flags.length) return;
        // What has begun is left by its own way out, and the room shows that.
        if (room.onStage) return this.#enter();
        const begin = (/** @type {Planned} */ other) => void leave().then(() => this.#begin(other));
        this.#put(instead(bundle, flags, { back, begin }));
      };
      const { title } = bundle.library.exercises[room.exercise];
      this.#put(screening(bundle, title, { back, said }));
    });
  }

  /** t("Something is wrong"), where nothing runs: kept like a practice, and delivered like one. */
  async #wrong() {
    const bundle = this.#bundle;
    if (!bundle || !(await this.#alone(() => void this.#wrong()))) return;
    const room = this.#rooms();
    room.begin(bundle, null, "");
    const back = () => void room.finish().then(() => this.#left());
    const body = make("div", { class: "ebb-stack" });
    const wrong = new Wrong(body, {
      bundle,
      tell: (told) => room.tell({ type: "flags.tell", ...told }),
      done: back,
      level: 2,
    });
    wrong.ask();
    const away = make("button", { class: "ebb-link", type: "button", text: t("Back to Today") });
    away.addEventListener("click", back);
    this.#put([make("h1", { tabindex: "-1", text: t("Something is wrong") }), body, make("p", {}, [away])]);
  }

  /** The room of this page: one, made when it is first needed, and used for one practice after the other. */
  #rooms() {
    const bundle = /** @type {Bundle} */ (this.#bundle);
    if (this.#room) return this.#room;
    const root = this.#root;
    const { clinic, therapist, you, last } = bundle;
    const values = { therapist, clinic: clinic.name, phone: clinic.phone, called: you.called };
    Object.assign(root.dataset, { ...values, last: JSON.stringify(last) });
    for (const list of root.querySelectorAll("[data-numbers]")) list.replaceChildren(...rows(clinic));
    // The room brings its own way out; two of them would leave twice.
    this.#leave?.close();
    this.#leave = null;
    this.#room = new PracticeRoom(root, {
      bundle,
      keeper: /** @type {import("./practice-room.js").Keeper} */ (this.#keeper),
      left: () => void this.#left(),
      screen: async () => {
        const room = this.#room;
        if (!room || !(await this.#screened(room))) return false;
        this.#enter();
        return true;
      },
    });
    return this.#room;
  }

  /** Into the room. */
  #enter() {
    this.#atToday = false;
    show(this.#home, false);
    show(this.#root, true);
    scrollTo(0, 0);
    this.#room?.update();
    this.#room?.reveal(true);
    part(this.#root, "[data-begin-what]").focus({ preventScroll: true });
  }

  /** Out of it, with everything sealed. */
  async #left() {
    this.#free();
    await this.#holdBack();
    const item = this.#room?.practised;
    if (item) this.#done[item] = (this.#done[item] ?? 0) + 1;
    if (location.hash) history.replaceState(null, "", location.pathname);
    await this.#today();
  }

  /** What suspended work inside in this practice suspends it in the next one, also before anybody has heard of it. */
  async #holdBack() {
    const bundle = this.#bundle;
    const suspended = this.#room?.view?.care.suspended;
    if (!bundle || !suspended || bundle.care.suspended) return;
    this.#bundle = { ...bundle, care: { ...bundle.care, suspended } };
    await this.#phone.holdBack(/** @type {any} */ (this.#bundle));
  }

  /**
   * Somebody practises in one window alone. @param {() => void} again
   * @returns {Promise<boolean>} false where another window does
   */
  async #alone(again) {
    this.#free();
    if (navigator.locks) {
      const { held = [] } = await navigator.locks.query();
      if (held.some(({ name }) => name === PRACTISING)) {
        this.#put(places.elsewhere(again));
        return false;
      }
    }
    await new Promise((granted) => {
      void this.#phone.practising(
        () =>
          new Promise((free) => {
            this.#free = () => free(undefined);
            granted(undefined);
          }),
      );
    });
    return true;
  }

  /** @param {Node[]} nodes @returns {null} */
  #put(nodes, { focus = true } = {}) {
    this.#atToday = false;
    show(this.#root, false);
    show(this.#home, true);
    this.#place.replaceChildren(...nodes);
    if (!focus) return null;
    scrollTo(0, 0);
    const heading = this.#place.querySelector("h1");
    if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
    return null;
  }
}

/** The phone itself looks at less of it. @param {unknown} bundle */
function bundleOf(bundle) {
  return /** @type {Bundle} */ (bundle);
}

void new App(await Phone.open()).start();
