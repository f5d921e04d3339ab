// @ts-check
/**
 * The breath as sound, for closed eyes: soft tones, or a sea that swells with the breath.
 *
 * Cues are handed to the audio clock ahead of time, so a busy or throttled page cannot make them late. They are
 * made on each device from the pacer's own numbers and never travel through a call.
 */

import { t } from "./language.js";

/** @typedef {import("../pacer/pattern.js").Boundary} Boundary */
/** @typedef {'off' | 'on' | 'blocked' | 'interrupted'} SoundState */
/** @typedef {'tone' | 'sea'} Timbre */
/** @typedef {{on: boolean, volume: number, trim_ms: number, timbre: Timbre}} Settings */
/** @typedef {{key: string, at: number, ends: number, out: GainNode, sources: AudioScheduledSourceNode[]}} Cue */

const STORE = "ebb.sound";
/** Bluetooth headphones lag by up to half a second; nothing honest lies beyond. */
const MOST_TRIM_MS = 500;
/** A cue that has moved by less than this is left as it is: nobody hears it, a second attack everybody would. */
const SAME_S = 0.015;
/** Two soft notes: in rises from the lower to the higher, out falls back. A fifth apart, low enough to be calm. */
const [LOW_HZ, HIGH_HZ] = [174.6, 261.6];

/** @type {Readonly<Settings>} */
const USUAL = Object.freeze({ on: false, volume: 0.5, trim_ms: 0, timbre: "tone" });

/** @param {Storage | null} store @returns {Settings} */
function remembered(store) {
  try {
    const kept = JSON.parse(store?.getItem(STORE) ?? "{}");
    return {
      on: kept.on === true,
      volume: typeof kept.volume === "number" ? Math.min(1, Math.max(0, kept.volume)) : USUAL.volume,
      trim_ms:
        typeof kept.trim_ms === "number" ? Math.min(MOST_TRIM_MS, Math.max(0, kept.trim_ms)) : USUAL.trim_ms,
      timbre: kept.timbre === "sea" ? "sea" : "tone",
    };
  } catch {
    return { ...USUAL };
  }
}

export class Sound {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {GainNode | null} */
  #master = null;
  /** @type {AudioBuffer | null} */
  #surf = null;
  #settings;
  #store;
  #make;
  #said;
  /** @type {SoundState} */
  #state = "off";
  /** @type {Cue[]} */
  #cues = [];
  #seenAudio_s = -1;
  #seenPage_ms = 0;
  /** Whether it has stepped back for somebody's words. */
  #ducked = false;

  /**
   * @param {{onState?: (state: SoundState) => void, store?: Storage | null, make?: () => AudioContext}} [options]
   * `onState` is called on each change; `store` keeps settings only, under a name that says nothing.
   */
  constructor({
    onState = () => {},
    store = globalThis.localStorage ?? null,
    make = () => new AudioContext(),
  } = {}) {
    this.#said = onState;
    this.#store = store;
    this.#make = make;
    this.#settings = remembered(store);
    // Sound that was on last time still needs a touch this time: browsers ask for one.
    if (this.#settings.on) this.#state = "blocked";
  }

  get state() {
    return this.#state;
  }

  /** @returns {Readonly<Settings>} */
  get settings() {
    return { ...this.#settings };
  }

  /** What the state is called on screen. */
  get words() {
    switch (this.#state) {
      case "on":
        return t("Sound on");
      case "blocked":
        return t("Sound waits for a touch");
      case "interrupted":
        return t("Sound was interrupted: touch Sound on again");
      default:
        return t("Sound off");
    }
  }

  /** Must run inside a touch or key press. Turns sound on and plays the test tone, so that silence is noticed now. */
  async unlock() {
    if (this.#context && this.#state === "interrupted") await this.#drop();
    this.set({ on: true });
    try {
      const context = this.#context ?? this.#open();
      await context.resume();
      this.#tell(context.state === "running" ? "on" : "blocked");
      if (context.state === "running") this.test();
    } catch {
      this.#tell("blocked");
    }
    return this.#state;
  }

  /** One breath in small: rise and fall. */
  test() {
    const context = this.#context;
    if (context?.state !== "running") return;
    const start = context.currentTime + 0.05;
    this.#cue("in", start, 1.6, "test-in");
    this.#cue("out", start + 1.6, 2.2, "test-out");
  }

  async off() {
    this.set({ on: false });
    this.silence();
    await this.#context?.suspend();
    this.#tell("off");
  }

  /** @param {Partial<Settings>} change */
  set(change) {
    this.#settings = { ...this.#settings, ...change };
    this.#settings.trim_ms = Math.min(MOST_TRIM_MS, Math.max(0, this.#settings.trim_ms));
    if (this.#context && this.#master) {
      this.#master.gain.setTargetAtTime(this.#volume, this.#context.currentTime, 0.05);
    }
    try {
      this.#store?.setItem(STORE, JSON.stringify(this.#settings));
    } catch {
      // Private windows may refuse to remember; the setting then lasts as long as the page.
    }
  }

  /**
   * How server time becomes audio time, from the freshest pair of readings that the browser gives.
   * @param {() => number} serverNow @returns {(serverMs: number) => number}
   */
  clock(serverNow) {
    const context = this.#context;
    if (!context) return () => Number.NaN;
    const stamp = context.getOutputTimestamp?.() ?? {};
    const aged_s = stamp.performanceTime ? (performance.now() - stamp.performanceTime) / 1_000 : 0;
    const believable = stamp.contextTime && aged_s >= 0 && aged_s < 1;
    const audioNow = believable ? Number(stamp.contextTime) + aged_s : context.currentTime;
    const now_ms = serverNow();
    return (server_ms) => audioNow + (server_ms - now_ms) / 1_000;
  }

  /**
   * Makes exactly these cues the ones to come. Call it with the next quarter minute of boundaries whenever the
   * pacer or the clock changes, and every few seconds: what is planned already and has not moved stays untouched.
   * @param {Boundary[]} boundaries @param {(serverMs: number) => number} toAudioTime seconds on the audio clock
   */
  plan(boundaries, toAudioTime) {
    const context = this.#context;
    if (this.#state !== "on" || !context) return;
    const now = context.currentTime;
    this.#cues = this.#cues.filter((cue) => cue.ends > now);
    /** @type {Set<Cue>} */
    const kept = new Set();
    for (const { name, atMs, lengthMs, breath, revision } of boundaries) {
      const at = toAudioTime(atMs) - this.#settings.trim_ms / 1_000;
      if (!Number.isFinite(at) || at < now - 0.05) continue;
      const key = `${revision}:${breath}:${name}:${this.#settings.timbre}`;
      const known = this.#cues.find(
        (cue) => cue.key === key && (cue.at <= now || Math.abs(cue.at - at) < SAME_S),
      );
      const cue = known ?? this.#cue(name, Math.max(at, now), lengthMs / 1_000, key);
      if (cue) kept.add(cue);
    }
    for (const cue of [...this.#cues]) {
      const sounding = cue.at <= now;
      if (!kept.has(cue) && !sounding && !cue.key.startsWith("test")) this.#end(cue, 0);
    }
  }

  /** At once, for Stop, pause and leaving: everything planned is forgotten, what sounds fades within a blink. */
  silence() {
    for (const cue of [...this.#cues]) this.#end(cue, 0.06);
  }

  /** Steps back while somebody speaks. @param {boolean} on */
  duck(on) {
    this.#ducked = on;
    if (!this.#context || !this.#master) return;
    this.#master.gain.setTargetAtTime(this.#volume, this.#context.currentTime, 0.15);
  }

  /** About once a second: a clock that claims to run and stands still makes no sound, and nobody is told otherwise. */
  watch() {
    const context = this.#context;
    const page_ms = performance.now();
    if (!context || this.#state !== "on" || page_ms - this.#seenPage_ms < 900) return;
    if (context.currentTime === this.#seenAudio_s) this.#tell("interrupted");
    this.#seenAudio_s = context.currentTime;
    this.#seenPage_ms = page_ms;
  }

  async close() {
    this.silence();
    await this.#drop();
  }

  get #volume() {
    return this.#settings.volume * (this.#ducked ? 0.25 : 1);
  }

  #open() {
    const context = this.#make();
    const master = context.createGain();
    master.gain.value = this.#volume;
    master.connect(context.destination);
    context.addEventListener("statechange", () => {
      if (context !== this.#context || !this.#settings.on) return;
      // Safari says "interrupted" for calls and alarms, which the types do not know.
      this.#tell(context.state === "running" ? "on" : "interrupted");
    });
    this.#context = context;
    this.#master = master;
    return context;
  }

  async #drop() {
    const context = this.#context;
    this.#context = null;
    this.#cues = [];
    this.#surf = null;
    await context?.close();
  }

  /** @param {SoundState} state */
  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#seenAudio_s = -1;
    this.#said(state);
  }

  /** @param {Boundary["name"]} name @param {number} at @param {number} length_s @param {string} key @returns {Cue | null} */
  #cue(name, at, length_s, key) {
    const context = this.#context;
    if (!context || !this.#master) return null;
    // A hold is silence: it asks for nothing.
    if (name === "hold-in" || name === "hold-out") return null;
    const out = context.createGain();
    out.connect(this.#master);
    const parts =
      this.#settings.timbre === "sea"
        ? this.#sea(name, at, length_s, out)
        : this.#tone(name, at, length_s, out);
    const cue = { key, at, out, ...parts };
    this.#cues.push(cue);
    return cue;
  }

  /** Two sines an octave apart that glide slowly, with an attack soft enough to hide a tenth of a second of lag. */
  #tone(
    /** @type {string} */ name,
    /** @type {number} */ at,
    /** @type {number} */ length_s,
    /** @type {GainNode} */ out,
  ) {
    const context = /** @type {AudioContext} */ (this.#context);
    const [from, to] = name === "in" ? [LOW_HZ, HIGH_HZ] : [HIGH_HZ, LOW_HZ];
    const glide_s = Math.min(2.4, length_s * 0.6);
    const ends = at + Math.max(glide_s + 0.4, Math.min(length_s, 3.6));
    out.gain.setValueAtTime(0, at);
    out.gain.linearRampToValueAtTime(0.2, at + 0.22);
    out.gain.setTargetAtTime(0, at + glide_s * 0.55, (ends - at) / 5);
    const sources = [1, 2].map((octave) => {
      const voice = context.createOscillator();
      voice.frequency.setValueAtTime(from * octave, at);
      voice.frequency.exponentialRampToValueAtTime(to * octave, at + glide_s);
      const level = context.createGain();
      level.gain.value = octave === 1 ? 1 : 0.14;
      voice.connect(level).connect(out);
      voice.start(at);
      voice.stop(ends);
      return voice;
    });
    return { ends, sources };
  }

  /** Surf that brightens as the water comes and dulls as it goes, over the whole breath. */
  #sea(
    /** @type {string} */ name,
    /** @type {number} */ at,
    /** @type {number} */ length_s,
    /** @type {GainNode} */ out,
  ) {
    const context = /** @type {AudioContext} */ (this.#context);
    const coming = name === "in";
    const [quiet, loud] = [0.03, 0.34];
    const ends = at + length_s + 0.25;
    out.gain.setValueAtTime(0, at);
    out.gain.linearRampToValueAtTime(coming ? quiet : loud, at + 0.25);
    out.gain.linearRampToValueAtTime(coming ? loud : quiet, at + length_s * (coming ? 0.9 : 0.8));
    out.gain.linearRampToValueAtTime(0, ends);
    const surf = context.createBufferSource();
    surf.buffer = this.#surf ??= noise(context);
    surf.loop = true;
    const shade = context.createBiquadFilter();
    shade.type = "lowpass";
    shade.frequency.setValueAtTime(coming ? 320 : 1_100, at);
    shade.frequency.exponentialRampToValueAtTime(coming ? 1_100 : 260, at + length_s);
    surf.connect(shade).connect(out);
    surf.start(at);
    surf.stop(ends);
    return { ends, sources: [surf] };
  }

  /** @param {Cue} cue @param {number} fade_s */
  #end(cue, fade_s) {
    const now = this.#context?.currentTime ?? 0;
    this.#cues = this.#cues.filter((other) => other !== cue);
    if (fade_s > 0 && cue.at <= now) {
      cue.out.gain.cancelScheduledValues(now);
      cue.out.gain.setTargetAtTime(0, now, fade_s / 3);
    } else {
      cue.out.disconnect();
    }
    for (const source of cue.sources) source.stop(now + fade_s);
  }
}

/** Five seconds of soft noise, looped: each sample keeps most of the one before it. @param {BaseAudioContext} context */
function noise(context) {
  const buffer = context.createBuffer(1, context.sampleRate * 5, context.sampleRate);
  const data = buffer.getChannelData(0);
  let last = 0;
  for (let i = 0; i < data.length; i += 1) {
    last = 0.965 * last + 0.035 * (Math.random() * 2 - 1);
    data[i] = last * 4;
  }
  // The seam of the loop is blended, or it would be heard every five seconds.
  const seam = Math.floor(context.sampleRate / 4);
  for (let i = 0; i < seam; i += 1) {
    const share = i / seam;
    data[i] = data[i] * share + data[data.length - seam + i] * (1 - share);
  }
  return buffer;
}
