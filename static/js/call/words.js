// @ts-check
/** What a call is, in words: what is heard of oneself, and how it is with each of the others. */

import { t, tn } from "../components/language.js";
import { first } from "../live/words.js";

/** @typedef {import("./call.js").CallState} CallState */
/** @typedef {import("./call.js").Other} Other */
/** @typedef {(other: Other) => string} NameOf */
/** `now` is about oneself, `more` about everybody else. @typedef {{now: string, more: string[]}} Said */
/** What the patient chose for after a Stop; null where they did not choose. @typedef {'voice' | 'written' | null} AfterStop */

/** Several names in one phrase. @param {string[]} names */
export function together(names) {
  return names.length === 0
    ? ""
    : names.reduce((first, second) => t("{first} and {second}", { first, second }));
}

/** The whole state in a few sentences. @param {CallState} state @param {NameOf} nameOf @param {string[]} there who is on voice while this side is not @returns {Said} */
export function said({ phase, why, own, others }, nameOf, there) {
  switch (phase) {
    case "off":
      return { now: waiting(there), more: why ? [why] : [] };
    case "asking":
      return { now: t("Your browser asks you about the microphone."), more: [] };
    case "joining":
      return { now: t("Voice is opening."), more: [] };
    case "elsewhere":
      return { now: why ?? t("Voice is in use on another screen of yours."), more: [] };
    case "moved":
      return { now: why ?? t("Voice has gone to another screen of yours."), more: [] };
    case "refused":
      return { now: why ?? t("Voice cannot be opened here. The visit goes on without it."), more: [] };
    default: {
      const more = others.map((other) => aside(other, nameOf(other))).filter((words) => words !== "");
      if (why) more.unshift(why);
      return { now: heard(own, others, nameOf), more };
    }
  }
}

/**
 * For the line beside the breath: of what went wrong first sentences, and while something runs one at most. The sheet
 * has the rest.
 * @param {Said} said @param {{on: boolean, calm: boolean}} how @returns {Said}
 */
export function brief({ now, more }, { on, calm }) {
  const firsts = more.map(first);
  return { now: on ? now : first(now), more: calm ? firsts : firsts.slice(0, 1) };
}

/** @param {string[]} names */
function waiting(names) {
  return names.length === 0
    ? ""
    : tn("{names} has voice on.", "{names} have voice on.", names.length, { names: together(names) });
}

/** Who hears. @param {CallState["own"]} own @param {Other[]} others @param {NameOf} nameOf */
function heard(own, others, nameOf) {
  if (others.length === 0) return t("Voice is on here. Nobody else has joined yet.");
  if (!own.speaks) return t("You listen. Nobody hears you.");
  if (own.hiddenMuted) return t("You are muted: this page was not in front.");
  if (!own.microphone) return t("You are muted.");
  if (own.silenced) return t("Silent while you hold.");
  const live = others.filter(({ state, away }) => state === "live" && !away).map(nameOf);
  if (live.length === 0) return t("Nobody hears you yet.");
  const names = together(live);
  return own.camera
    ? tn("{names} hears and sees you.", "{names} hear and see you.", live.length, { names })
    : tn("{names} hears you.", "{names} hear you.", live.length, { names });
}

/** What is to be known of somebody; nothing, where all is well. @param {Other} other @param {string} name */
function aside({ state, away, hidden, microphone, speaks, codeChanged }, name) {
  if (away) return t("{name}’s line is gone for now.", { name });
  if (state === "connecting") return t("Connecting with {name}.", { name });
  if (state === "mending") return t("The line to {name} is being mended.", { name });
  if (state === "failed") return t("No connection to {name} could be made. The visit goes on.", { name });
  if (codeChanged) return t("Compare the words with {name} again: the connection is a new one.", { name });
  if (!speaks) return t("{name} listens.", { name });
  if (hidden) return t("{name} is muted: their page is not in front.", { name });
  return microphone ? "" : t("{name} is muted.", { name });
}

/** One of the others, for the list of who is there. @param {Other} other @param {string} name @param {CallState["own"]} own */
export function there(other, name, own) {
  const words = [aside({ ...other, codeChanged: false }, name)];
  if (other.state === "live" && !other.away) {
    if (!words[0]) words[0] = t("You hear {name}.", { name });
    words.push(
      own.microphone && own.speaks
        ? t("{name} hears you.", { name })
        : t("{name} does not hear you.", { name }),
    );
    if (other.route === "direct") words.push(t("Straight from device to device."));
    if (other.route === "relay") words.push(t("Through a relay that passes it on and cannot understand it."));
  }
  return words.join(" ");
}

/** After a Stop, for each role. @param {'patient' | 'therapist' | 'support'} role @param {AfterStop} chosen @param {CallState["own"]} own @param {string} name */
export function afterStop(role, chosen, own, name) {
  if (role === "support") return t("Silent for everybody until {name} goes on.", { name });
  if (role === "patient") {
    if (chosen !== "voice")
      return t("Silent both ways, microphone and camera are off. {name} can write to you here.", { name });
    return own.microphone
      ? t("You hear {name}, and {name} hears you.", { name })
      : t("You still hear {name}, as you chose. Your microphone and camera are off.", { name });
  }
  if (chosen === "voice")
    return t("{name} chose to go on hearing you. Their own microphone is off until they turn it on.", {
      name,
    });
  if (chosen === "written")
    return t("{name} chose silence after a stop: neither of you hears the other. You can write.", { name });
  return t("{name} did not choose what follows a stop: neither of you hears the other. You can write.", {
    name,
  });
}
