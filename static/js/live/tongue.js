// @ts-check
/**
 * Words of a script in another language than the page's: English ones stand in where no translation may be told.
 *
 * A sentence of the page often has such words in it, as a title or the first words of a step. They are found by their
 * text, so that whoever makes the sentence need not know of it, and they say their language to whoever reads the page
 * out: a screen reader, or the voice of this device. Where page and script agree, which is nearly always, a sentence
 * stays the plain text that it is.
 */

import { write } from "../components/dom.js";
import { LANGUAGE, t } from "../components/language.js";
import { first } from "./words.js";

/** @typedef {import("./library.js").Exercise} Exercise */
/** `language` is null where it is the page's. @typedef {{text: string, language: string | null}} Part */

const base = (/** @type {string} */ language) => language.toLowerCase().split("-")[0];

/**
 * The language of a script, where it is not the page's.
 * @param {{language?: string} | null | undefined} exercise @param {string} [page]
 */
export function foreign(exercise, page = LANGUAGE) {
  const language = exercise ? (exercise.language ?? "en") : page;
  return base(language) === base(page) ? null : language;
}

/**
 * The attribute for an element that holds words of this script and nothing else.
 * @param {Exercise | null | undefined} exercise @returns {Record<string, string>}
 */
export function inTongue(exercise) {
  const language = foreign(exercise);
  return language ? { lang: language } : {};
}

/**
 * A sentence in its parts, each with its language. No part is empty.
 * @param {string} text @param {Exercise | null | undefined} exercise whose words may be in it @param {string} [page]
 * @returns {Part[]}
 */
export function parted(text, exercise, page = LANGUAGE) {
  const language = foreign(exercise, page);
  if (!exercise || !language) return text ? [{ text, language: null }] : [];
  /** @type {Part[]} */
  let parts = [{ text, language: null }];
  for (const words of told(exercise))
    parts = parts.flatMap((part) => (part.language ? [part] : around(part.text, words, language)));
  return parts.filter((part) => part.text);
}

/** @param {string} text @param {string} words @param {string} language @returns {Part[]} */
function around(text, words, language) {
  const between = text.split(words).map((piece) => ({ text: piece, language: null }));
  return between.flatMap((piece, at) => (at ? [{ text: words, language }, piece] : [piece]));
}

/** Whatever of a script may stand in a sentence, the longest first: the first words of a step are part of it. @param {Exercise} exercise */
function told({ title, steps }) {
  const words = steps.flatMap(({ words: { say, eyes_open, seated, on_side } }) => [
    say,
    first(say),
    eyes_open,
    seated ?? "",
    on_side ?? "",
  ]);
  return [...new Set([title, ...words])].filter(Boolean).sort((a, b) => b.length - a.length);
}

/** The parts as a page has them. @param {Part[]} parts @returns {(Node | string)[]} */
export function marked(parts) {
  return parts.map(({ text, language }) => {
    if (!language) return text;
    const span = document.createElement("span");
    span.lang = language;
    span.textContent = text;
    return span;
  });
}

/** Writes a sentence in which words of this script may stand. @param {Element} element @param {string} text @param {Exercise | null | undefined} exercise */
export function writeIn(element, text, exercise) {
  const parts = parted(text, exercise);
  const spans = parts.filter(({ language }) => language);
  const held = [...element.querySelectorAll("span[lang]")];
  const same = held.length === spans.length && held.every((span, at) => span.textContent === spans[at]?.text);
  if (same && element.textContent === text) return;
  if (spans.length === 0 && held.length === 0) write(element, text);
  else element.replaceChildren(...marked(parts));
}

/**
 * What a reader is to know of the words that follow; empty where they are what they seem to be.
 * @param {Exercise} exercise @param {string} [page]
 */
export function provenance(exercise, page = LANGUAGE) {
  if (foreign(exercise, page))
    return t("This exercise stands here in English: no clinician has read a translation of it yet.");
  return exercise.draft
    ? t("This is a translation, and a draft: no clinician who speaks the language has read it yet.")
    : "";
}
