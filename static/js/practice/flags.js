// @ts-check
/** The red-flag list as a form, and the words that whoever ticked something reads: whom to call comes first. */

import { make } from "../components/dom.js";
import { t } from "../components/language.js";
import { groups, soonest } from "./practice-words.js";

/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {Bundle["clinic"]} Clinic */

/** @param {string} number */
export const tel = (number) => make("a", { href: `tel:${number.replaceAll(" ", "")}`, text: number });

/** A sentence with more than text in the place of its `{number}`. @param {string} sentence @param {Node} number */
export function around(sentence, number) {
  const [before, after = ""] = sentence.split("{number}");
  return [before, number, after];
}

/** Whom to call, written out: whoever sits at another screen has to read it. @param {Clinic} clinic */
export function rows(clinic) {
  /** @type {[string, string][]} */
  const all = [
    [clinic.name, clinic.phone],
    [t("Crisis line"), clinic.crisis_number],
    [t("In an emergency"), clinic.emergency_number],
  ];
  return all
    .filter(([, number]) => number)
    .map(([name, number]) => make("div", {}, [make("dt", { text: name }), make("dd", {}, [tel(number)])]));
}

/** @param {Clinic} clinic */
export const numbers = (clinic) => make("dl", { class: "ebb-calls" }, rows(clinic));

/** @param {Bundle} bundle @param {{legend: string, hint: string}} words @param {2 | 3} level of the headings */
export function flagList({ flags, clinic }, { legend, hint }, level) {
  const parts = groups(flags).map(({ tier, title, flags: listed }) => {
    const first = make("p", { class: "ebb-form__hint" }, [
      ...around(
        t("If one of these is true, call {number} first. This page can wait."),
        tel(clinic.emergency_number),
      ),
    ]);
    const ticks = listed.map(({ id, say }) =>
      make("label", { class: "ebb-tick" }, [
        make("input", { type: "checkbox", name: "flags", value: id }),
        make("span", { text: t(say) }),
      ]),
    );
    return make("div", { role: "group", "aria-labelledby": `flags-${tier}` }, [
      make(`h${level}`, { id: `flags-${tier}`, text: title }),
      ...(tier === "emergency" ? [first] : []),
      make("div", { class: "ebb-flags__list" }, ticks),
    ]);
  });
  return make("fieldset", { class: "ebb-form ebb-flags" }, [
    make("legend", { class: "ebb-form__ask", text: legend }),
    make("p", { class: "ebb-form__hint", text: hint }),
    ...parts,
  ]);
}

/** @param {ParentNode} form @returns {string[]} */
export function ticked(form) {
  return [...form.querySelectorAll('input[name="flags"]:checked')].map(
    (box) => /** @type {HTMLInputElement} */ (box).value,
  );
}

/**
 * What somebody reads who ticked something: the words of the rules, the numbers, and who has read it, which is nobody.
 * @param {Bundle} bundle @param {readonly string[]} flags @param {string} therapist
 */
export function help({ flags: known, says, clinic }, flags, therapist) {
  const tier = soonest(known, flags) ?? "pause";
  const urgent = tier === "emergency" || tier === "same_day";
  return {
    title: urgent ? t("You first") : t("Thank you for saying so"),
    parts: [
      make("p", {
        class: "ebb-lead",
        text: says[tier] ? t(says[tier]) : t("It is kept for {therapist}.", { therapist }),
      }),
      numbers(clinic),
      make("p", {}, [
        make("strong", { text: t("Nobody has read this yet.") }),
        " ",
        t(
          "It is kept on this phone, and {therapist} can read it once the phone is online. That is why the numbers come first.",
          { therapist },
        ),
      ]),
    ],
  };
}
