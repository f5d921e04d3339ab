// @ts-check
/** Before work inside: what is true today. Nothing ticked is an answer too, and the one button says so. */

import { make, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { flagList, help, ticked } from "./flags.js";
import { always, therapistOf } from "./practice-words.js";

/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {import("./practice-words.js").Planned} Planned */

/**
 * @param {Bundle} bundle @param {string} title of what is to begin
 * @param {{said: (flags: string[]) => void, back: () => void}} on
 * @returns {Node[]}
 */
export function screening(bundle, title, { said, back }) {
  const go = make("button", {
    class: "ebb-button ebb-button--main ebb-button--tall",
    type: "submit",
    text: t("None of these"),
  });
  const form = make("form", { class: "ebb-form ebb-screening" }, [
    flagList(
      bundle,
      {
        legend: t("Is anything with your body different or worrying today?"),
        hint: t("Tick what is true now. It decides what is left out today."),
      },
      2,
    ),
    make("div", { class: "ebb-form__foot" }, [go]),
  ]);
  form.addEventListener("change", () =>
    write(go, ticked(form).length ? t("That is what I have today") : t("None of these")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    said(ticked(form));
  });
  const away = make("button", { class: "ebb-link", type: "button", text: t("Not today") });
  away.addEventListener("click", back);
  return [
    make("div", {}, [
      make("h1", { tabindex: "-1", text: t("Before you begin") }),
      make("p", {
        class: "ebb-soft",
        text: t(
          "{title} is work inside the body, so this comes first each time. Those who treat you can read it, and nobody else.",
          { title },
        ),
      }),
    ]),
    form,
    make("p", {}, [away]),
  ];
}

/**
 * After something was ticked: whom to call, and what is there instead.
 * @param {Bundle} bundle @param {readonly string[]} flags
 * @param {{begin: (item: Planned) => void, back: () => void}} on
 * @returns {Node[]}
 */
export function instead(bundle, flags, { begin, back }) {
  const { title, parts } = help(bundle, flags, therapistOf(bundle));
  const planned = (bundle.programme?.items ?? []).filter(
    ({ id, exercise }) => bundle.library.exercises[exercise]?.internal === false && !bundle.rests[id],
  );
  const items = [...planned, ...always(bundle)];
  const offers = items.map((item) => {
    const open = make("button", {
      class: "ebb-button ebb-button--wide",
      type: "button",
      text: bundle.library.exercises[item.exercise].title,
    });
    open.addEventListener("click", () => begin(item));
    return make("li", {}, [open]);
  });
  const away = make("button", {
    class: "ebb-button ebb-button--tall",
    type: "button",
    text: t("Back to Today"),
  });
  away.addEventListener("click", back);
  return [
    make("h1", { tabindex: "-1", text: title }),
    ...parts,
    ...(offers.length
      ? [
          make("section", { "aria-labelledby": "instead" }, [
            make("h2", { id: "instead", text: t("Here for you now, if you like") }),
            make("ul", { class: "ebb-stack" }, offers),
          ]),
        ]
      : []),
    make("p", {}, [away]),
  ];
}
