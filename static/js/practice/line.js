// @ts-check
/**
 * The line of a home practice: the room speaks to it as to a server, and the machine on this phone answers.
 *
 * Each command that the machine takes is an entry. Entries are kept here after each one, and sealed in parts: when
 * the practice ends, when the page is put away, and every few minutes. What the phone was away for is an entry too.
 */

import { t } from "../components/language.js";
import { newId } from "../live/messages.js";
import { browserTimers } from "../live/timers.js";
import { withOwnBreath } from "./own-breath.js";
import { OwnMachine } from "./own-machine.js";

/** @typedef {import("../live/messages.js").Answer} Answer */
/** @typedef {import("../live/messages.js").Changed} Changed */
/** @typedef {import("../live/connection.js").Handlers} Handlers */
/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {import("./own-machine.js").Wish} Wish */
/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {Wish & {id: string, after_ms: number}} Entry */
/**
 * A practice under way, as this phone keeps it. `parts`: how many entries had come when each part was sealed.
 * `alive_ms`: when the page was last seen alive.
 * @typedef {{format: 1, session: string, begun_wall_ms: number, item: string | null, bundle: Bundle,
 *   entries: Entry[], parts: number[], alive_ms: number}} Practice
 */
/**
 * What keeps it: a phone that was opted in, or this page's memory.
 * @typedef {{keep(practice: Practice): Promise<boolean>, deliver(): Promise<unknown>,
 *   seal(session: string, n: number, plain: unknown, more?: {keep?: unknown}): Promise<boolean>}} Store
 */
/** @typedef {Pick<import("./own-clock.js").OwnClock, 'serverNow'>} Clock */

const BEAT_MS = 1_000;
const ALIVE_EVERY_MS = 10_000;
const SEAL_EVERY_MS = 300_000;
/** A glance at another app is no absence. */
const GONE_MS = 15_000;

/** By how much something of a practice lies in the future: the clock was set back since. @param {Practice} practice @param {number} now_ms */
function aheadOf({ begun_wall_ms, alive_ms, entries }, now_ms) {
  return Math.max(0, Math.max(alive_ms, begun_wall_ms + (entries.at(-1)?.after_ms ?? 0)) - now_ms);
}

/** The same on the clock as it is now: all of it that much earlier. @param {Practice} practice @param {number} by_ms @returns {Practice} */
function setBack(practice, by_ms) {
  const { bundle, begun_wall_ms, alive_ms } = practice;
  const got_ms = (bundle.got_ms ?? bundle.fetched_ms) - by_ms;
  return {
    ...practice,
    begun_wall_ms: begun_wall_ms - by_ms,
    alive_ms: alive_ms - by_ms,
    bundle: { ...bundle, got_ms },
  };
}

export class LocalLine {
  #on;
  #clock;
  #store;
  #timers;
  /** @type {Practice | null} */
  #practice = null;
  /** @type {OwnMachine | null} */
  #machine = null;
  /** Another practice is another history: the room then forgets the one before. */
  #epoch = 0;
  #seenAt = 0;
  #sealedAt = 0;
  /** Keeping and sealing wait for each other, so that no part is ever sealed twice. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #begun = false;

  /** @param {{on: Handlers, clock: Clock, store: Store, timers?: Timers}} parts */
  constructor({ on, clock, store, timers = browserTimers }) {
    this.#on = on;
    this.#clock = clock;
    this.#store = store;
    this.#timers = timers;
  }

  /** @returns {'connecting' | 'live' | 'ended'} */
  get state() {
    if (!this.#machine) return "connecting";
    return this.#machine.ended ? "ended" : "live";
  }

  /** Nothing waits for a network here. */
  get waiting() {
    return 0;
  }

  /** The practice as it is kept, or null. */
  get practice() {
    return this.#practice;
  }

  /** Whether anything has happened that somebody could want to know of. */
  get touched() {
    return (this.#practice?.entries.length ?? 0) > 0;
  }

  /** Whether work inside waits for today's questions: they were never asked, or not today, or not clear. */
  get waitsForToday() {
    return this.#machine?.waitsForToday(this.#now()) ?? false;
  }

  start() {
    if (this.#begun) return;
    this.#begun = true;
    this.#beat();
  }

  /** A new practice. It is kept from its first entry on. @param {Bundle} bundle @param {string | null} item */
  begin(bundle, item) {
    const now_ms = this.#now();
    this.#open({
      format: 1,
      session: newId().replaceAll("-", ""),
      begun_wall_ms: now_ms,
      item,
      bundle: withOwnBreath(bundle, item),
      entries: [],
      parts: [],
      alive_ms: now_ms,
    });
    // A Stop of a practice that is lost has nothing to stop here.
    const stale = this.#on.first();
    if (stale) this.#on.answered({ type: "done", id: stale.id, seq: 0 });
    this.#greet();
  }

  /**
   * One that was under way when its page was killed: everything in it happens again, and then the absence.
   * @param {Practice} practice
   */
  goOn(practice) {
    const ahead_ms = aheadOf(practice, this.#now());
    const kept = ahead_ms ? setBack(practice, ahead_ms) : practice;
    this.#open({ ...kept, entries: [...kept.entries], parts: [...kept.parts] });
    this.sendFirst();
    // Where the clock was set back nobody knows for how long, and it counts as an absence.
    this.#away(ahead_ms ? GONE_MS : this.#now() - kept.alive_ms);
    this.#greet();
  }

  /**
   * @param {import("../live/messages.js").Wish | Wish} wish
   * @returns {{id: string, answer: Promise<Answer>}}
   */
  send(wish) {
    const id = newId();
    return { id, answer: Promise.resolve(this.#ask(/** @type {Wish} */ (wish), id)) };
  }

  /** An own Stop is done here and now; it counts as told once it is kept. */
  sendFirst() {
    const first = this.#on.first();
    if (!first) return;
    const { id } = first;
    const known = this.#practice?.entries.some((entry) => entry.id === id) ?? true;
    const answer = known ? null : this.#ask({ type: "session.stop" }, id);
    void this.#keep().then(() => this.#on.answered({ type: "done", id, seq: answer?.ok ? answer.seq : 0 }));
  }

  /** Whatever is asked is done at once, so there is nothing to take back. */
  takeBack() {
    return false;
  }

  /** The page is back, or the device slept. */
  look() {
    const now_ms = this.#now();
    const gone_ms = now_ms - this.#seenAt;
    this.#seenAt = now_ms;
    if (!this.#machine || this.#machine.ended) return;
    this.#away(gone_ms);
    this.#due();
  }

  /** What has happened since the last part, sealed. */
  seal() {
    return this.#after(() => this.#sealPart());
  }

  #now() {
    return Math.round(this.#clock.serverNow(this.#timers.now()));
  }

  /** @param {Practice} practice */
  #open(practice) {
    const { begun_wall_ms, item, bundle, entries } = practice;
    this.#practice = practice;
    this.#machine = new OwnMachine({ item, bundle, at_ms: begun_wall_ms });
    for (const { after_ms, ...command } of entries) {
      this.#machine.due(begun_wall_ms + after_ms);
      this.#machine.ask(command, begun_wall_ms + after_ms);
    }
    this.#epoch += 1;
    this.#seenAt = this.#sealedAt = this.#now();
  }

  #greet() {
    const machine = this.#machine;
    if (!machine) return;
    const now = this.#now();
    this.#on.greeted(
      {
        type: "hello",
        protocol: 1,
        oldest: 1,
        now,
        boot: "phone",
        epoch: this.#epoch,
        seq: machine.seq,
        you: { id: machine.you, role: "patient" },
        view: machine.view(),
      },
      this.#timers.now(),
    );
    this.#on.state(this.state);
  }

  /** @param {Wish} wish @param {string} id @returns {Answer} */
  #ask(wish, id) {
    const [practice, machine] = [this.#practice, this.#machine];
    if (!practice || !machine)
      return { ok: false, code: "not_done", message: t("Nothing is open here."), fields: {}, retry_ms: null };
    this.#due();
    // Never before what came before it, whatever has been done to the clock.
    const last_ms = practice.entries.at(-1)?.after_ms ?? 0;
    const after_ms = Math.max(last_ms, this.#now() - practice.begun_wall_ms);
    const command = { ...wish, id };
    const asked = machine.ask(command, practice.begun_wall_ms + after_ms);
    if ("refused" in asked) {
      const { code, message, fields = {} } = asked.refused;
      return { ok: false, code, message, fields, retry_ms: null };
    }
    if (asked.happened.length === 0) return { ok: true, seq: machine.seq };
    practice.entries.push({ ...command, after_ms });
    practice.alive_ms = this.#now();
    void this.#keep();
    this.#tell(asked.happened);
    if (machine.ended) this.#end();
    return { ok: true, seq: asked.happened[0].seq };
  }

  /** @param {Changed[]} happened */
  #tell(happened) {
    for (const changed of happened) this.#on.changed(changed);
  }

  /** What falls due by itself. */
  #due() {
    if (this.#machine && !this.#machine.ended) this.#tell(this.#machine.due(this.#now()));
  }

  /** @param {number} gone_ms */
  #away(gone_ms) {
    if (gone_ms >= GONE_MS && this.#machine?.runs)
      this.#ask({ type: "practice.back", gone_ms: Math.round(gone_ms) }, newId());
  }

  #keep() {
    return this.#after(async () => {
      const practice = this.#practice;
      if (practice && this.touched && !this.#machine?.ended) await this.#store.keep(practice);
    });
  }

  /** @param {() => Promise<unknown>} act never lost with the one before it */
  #after(act) {
    this.#turn = this.#turn.then(act).catch(() => {});
    return this.#turn;
  }

  /** Once a second, for as long as the page lives; a page that was frozen notices here that it was. */
  #beat() {
    this.look();
    const [practice, now_ms] = [this.#practice, this.#now()];
    if (practice && this.touched && this.state === "live") {
      if (now_ms - practice.alive_ms >= ALIVE_EVERY_MS) {
        practice.alive_ms = now_ms;
        void this.#keep();
      }
      if (now_ms - this.#sealedAt >= SEAL_EVERY_MS) void this.seal();
    }
    this.#timers.after(BEAT_MS, () => this.#beat());
  }

  #end() {
    this.#on.state("ended");
    this.#on.ended("ended");
    void this.seal();
  }

  async #sealPart() {
    const practice = this.#practice;
    if (!practice) return;
    const ended = this.#machine?.ended ?? false;
    const from = practice.parts.at(-1) ?? 0;
    const upto = practice.entries.length;
    this.#sealedAt = this.#now();
    if (from === upto) return;
    const { session, begun_wall_ms, item, bundle, entries } = practice;
    const used = new Set(entries.map((entry) => entry.type === "activity.offer" && entry.exercise));
    const n = practice.parts.length;
    const plain = {
      format: 1,
      begun_wall_ms,
      sent_wall_ms: this.#now(),
      fetched_ms: bundle.fetched_ms,
      care_seq: bundle.care_seq,
      programme: bundle.programme?.version ?? null,
      item,
      exercises: Object.values(bundle.exercises).filter(({ slug }) => used.has(slug)),
      entries: entries.slice(from, upto),
    };
    const parts = [...practice.parts, upto];
    await this.#store.seal(session, n, plain, { keep: ended ? null : { ...practice, parts } });
    practice.parts = parts;
    void this.#store.deliver();
  }
}
