// @ts-check
/** Today without a network: what is planned, in any order, and nothing of it late; then what comes, and whom to call. */

import { make } from "../components/dom.js";
import { LANGUAGE, LOCALE, t, tn } from "../components/language.js";
import { inTongue } from "../live/tongue.js";
import { hour } from "../live/words.js";
import { numbers } from "./flags.js";
import { waiting_words } from "./phone-words.js";
import { age, always, length, pace, patternOf, therapistOf } from "./practice-words.js";
import { wave } from "./wave.js";

/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {import("./own-machine.js").Item} Item */
/** @typedef {import("./practice-words.js").Planned} Planned */
/**
 * `waiting`: practices that are not delivered yet, `signedOut` where that is for want of signing in; `done`: those of
 * each item that the bundle does not count yet.
 * @typedef {{bundle: Bundle, now_ms: number, waiting: number, delivery: string | null, signedOut: boolean,
 *   trouble: string | null, keeps: boolean, stale: boolean, done: Record<string, number>, begin: (item: Planned) => void, wrong: () => void,
 *   deliver: () => void}} Shown
 */

/** @param {number} ms */
export const day = (ms) => {
  const format = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long" });
  const words = format.format(new Date(ms));
  return sentence(LANGUAGE === "en" ? words.replace(/^(\w+) /, "$1, ") : words);
};

/** @param {string} id @param {string} title @param {Node[]} children */
function section(id, title, children) {
  return make("section", { "aria-labelledby": id }, [make("h2", { id, text: title }), ...children]);
}

/** @param {string} label @param {() => void} act @param {Record<string, string>} [more] */
function press(label, act, more = {}) {
  const button = make("button", { class: "ebb-button", type: "button", text: label, ...more });
  button.addEventListener("click", act);
  return button;
}

/** @param {string} text */
const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Why this item is not to be begun now, or nothing. @param {Item} item @param {Shown} shown */
export function waits({ id, exercise }, { bundle, stale }) {
  if (bundle.rests[id]) return t(bundle.rests[id]);
  const { internal = false } = bundle.library.exercises[exercise] ?? {};
  if (!bundle.library.exercises[exercise]) return t("This one comes with the next connection.");
  if (!internal) return "";
  if (bundle.care.suspended) return t(bundle.care.suspended.say);
  if (stale)
    return t(
      "It is over 14 days since this phone heard from your clinic. Work inside the body waits until it has been online once.",
    );
  return "";
}

/** @param {Item} item @param {Shown} shown */
function planned(item, shown) {
  const { bundle, done, begin } = shown;
  const exercise = bundle.library.exercises[item.exercise];
  const title = exercise?.title ?? t("An exercise");
  const wait = waits(item, shown);
  if (wait || !exercise) {
    const words = [
      make("h3", { ...(exercise && inTongue(exercise)), text: title }),
      make("p", { class: "ebb-soft", text: wait }),
    ];
    return make("li", { class: "ebb-plan__item ebb-plan__item--rests" }, [
      make("div", { class: "ebb-plan__words" }, words),
    ]);
  }
  const rung = bundle.care.ladder?.rungs.find(
    (/** @type {{id: string}} */ { id }) => id === item.rung,
  )?.label;
  const breath = patternOf(item, exercise);
  const often = tn("Once a week", "{n} times a week", item.times_a_week);
  const lines = [
    t("{often}, {length}", { often, length: length(item, exercise) }),
    pace(breath),
    rung ?? "",
  ].filter(Boolean);
  const many = (bundle.counts[item.id] ?? 0) + (done[item.id] ?? 0);
  const words = make("div", { class: "ebb-plan__words" }, [
    make("h3", { ...inTongue(exercise), text: title }),
    make(
      "p",
      { class: "ebb-soft" },
      lines.flatMap((line, at) => (at ? [make("br"), line] : [line])),
    ),
    ...(item.note ? [make("p", { class: "ebb-plan__note" }, [make("bdi", { text: item.note })])] : []),
    ...(many
      ? [make("p", { class: "ebb-soft", text: tn("Once this month", "{n} times this month", many) })]
      : []),
  ]);
  return make("li", { class: "ebb-plan__item" }, [
    ...(breath ? [wave(breath, t("Breath: {pace}, in seconds", { pace: pace(breath) }))] : []),
    words,
    press(t("Begin"), () => begin(item), {
      "aria-label": t("Begin {title}", { title }),
      "data-begin-item": item.id,
    }),
  ]);
}

/** @param {Shown} shown */
function practice(shown) {
  const items = shown.bundle.programme?.items ?? [];
  if (!items.length)
    return section("practice", t("Practice"), [
      make("p", { class: "ebb-visit", text: t("Nothing is planned yet.") }),
      make("p", {
        class: "ebb-soft",
        text: t("{therapist} plans it with you.", { therapist: sentence(therapistOf(shown.bundle)) }),
      }),
    ]);
  return section("practice", t("Practice, if today suits you"), [
    make(
      "ul",
      { class: "ebb-plan" },
      items.map((item) => planned(item, shown)),
    ),
    make("p", {
      class: "ebb-soft",
      text:
        items.length > 1
          ? t("In any order. It works without a network. Days of rest are part of it.")
          : t("It works without a network. Days of rest are part of it."),
    }),
  ]);
}

/** @param {Shown} shown */
function instead({ bundle, begin }) {
  const found = always(bundle);
  if (!found.length) return [];
  const rows = found.map((one) => {
    const { title } = bundle.library.exercises[one.exercise];
    return make("li", { class: "ebb-ends" }, [
      make("span", { text: title }),
      press(t("Begin"), () => begin(one), { class: "ebb-link", "aria-label": t("Begin {title}", { title }) }),
    ]);
  });
  return [section("always", t("When it is too much"), [make("ul", { class: "ebb-list" }, rows)])];
}

/** @param {Shown} shown */
function visit({ bundle, now_ms }) {
  const [next] = bundle.visits.filter(({ due_at, minutes }) => due_at + minutes * 60_000 > now_ms);
  if (!next)
    return section("visit", t("Next visit"), [
      make("p", { class: "ebb-visit", text: t("Nothing is planned yet.") }),
    ]);
  const [on, time] = [day(next.due_at), hour(next.due_at)];
  const when = on === day(now_ms) ? t("Today, {time}", { time }) : t("{day}, {time}", { day: on, time });
  return section("visit", t("Next visit"), [
    make("p", { class: "ebb-visit" }, [
      make("time", { datetime: new Date(next.due_at).toISOString(), text: when }),
      " ",
      t("with {therapist}, {n} min", { therapist: therapistOf(bundle), n: next.minutes }),
    ]),
    make("p", {}, [make("a", { class: "ebb-button", href: "/today", text: t("Go to your visit") })]),
  ]);
}

/** @param {Shown} shown */
function phone({ bundle, now_ms, waiting, delivery, signedOut, keeps, deliver }) {
  const got = age(now_ms - (bundle.got_ms ?? bundle.fetched_ms));
  const lines = [
    make("p", {
      text: keeps
        ? t("The programme here is from {day}.", { day: got })
        : t("This phone keeps nothing: what you see goes when this page is closed."),
    }),
  ];
  if (waiting)
    lines.push(
      make("p", {}, [`${waiting_words(waiting)} `, press(t("Deliver now"), deliver, { class: "ebb-link" })]),
    );
  // An own sentence on what became of it, which a screen reader hears too.
  lines.push(make("p", { class: "ebb-soft", role: "status", text: delivery ?? "" }));
  if (waiting && signedOut)
    lines.push(make("p", {}, [make("a", { class: "ebb-way", href: "/sign-in", text: t("Sign in") })]));
  lines.push(
    make("p", {}, [make("a", { class: "ebb-way", href: "/practice/device", text: t("This phone") })]),
  );
  return section("phone", t("On this phone"), lines);
}

/** The whole page, fresh. @param {Shown} shown @returns {Node[]} */
export function today(shown) {
  const { bundle, now_ms, trouble, wrong } = shown;
  return [
    make("h1", { tabindex: "-1", text: day(now_ms) }),
    ...(trouble ? [make("p", { class: "ebb-banner", role: "status", text: trouble })] : []),
    practice(shown),
    ...instead(shown),
    visit(shown),
    phone(shown),
    section("calls", t("If you want somebody"), [
      make("p", {}, [press(t("Something is wrong"), wrong, { class: "ebb-button ebb-button--tall" })]),
      numbers(bundle.clinic),
    ]),
  ];
}
