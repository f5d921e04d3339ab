// @ts-check
/** The few pages of home practice that are neither Today nor the room: locked, elsewhere, in the middle, nothing here. */

import { make, show, write } from "../components/dom.js";
import { t } from "../components/language.js";

export { fetchBundle as fetched } from "./refresh.js";

/** @param {string} text @param {() => void} act @param {string} [style] */
function press(text, act, style = "ebb-button ebb-button--tall") {
  const button = make("button", { class: style, type: "button", text });
  button.addEventListener("click", act);
  return button;
}

/** @param {string} text */
const title = (text) => make("h1", { tabindex: "-1", text });

/**
 * @param {{unlock(pin: string): Promise<{open: boolean, say?: string}>, forgetPin(): Promise<void>}} phone
 * @param {() => void} opened
 * @returns {Node[]}
 */
export function locked(phone, opened) {
  const error = make("p", { class: "ebb-form__error", id: "pin-error", role: "alert", hidden: "" });
  const pin = make("input", {
    class: "ebb-field ebb-field--short",
    id: "pin",
    type: "password",
    // No keyboard of digits alone: a PIN may be words.
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-describedby": "pin-error",
  });
  const form = make("form", { class: "ebb-form" }, [
    make("div", { class: "ebb-form__field" }, [
      make("label", { class: "ebb-form__label", for: "pin", text: t("PIN") }),
      error,
      pin,
    ]),
    make("div", { class: "ebb-form__foot" }, [
      make("button", {
        class: "ebb-button ebb-button--main ebb-button--tall",
        type: "submit",
        text: t("Open"),
      }),
    ]),
  ]);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.setAttribute("aria-busy", "true");
    const answer = await phone.unlock(pin.value);
    form.removeAttribute("aria-busy");
    if (answer.open) return opened();
    pin.value = "";
    pin.setAttribute("aria-invalid", "true");
    write(error, answer.say ?? "");
    show(error, Boolean(answer.say));
    pin.focus();
  });
  return [
    title(t("Locked")),
    form,
    make("p", {}, [
      make("a", { class: "ebb-way", href: "/practice/device", text: t("I do not know the PIN") }),
    ]),
  ];
}

/** @param {() => void} on @returns {Node[]} */
export function slow(on) {
  return [
    make("p", { role: "status", text: t("One moment. The network is slow to answer.") }),
    make("p", {}, [press(t("Go on without it"), on)]),
  ];
}

/** @returns {Node[]} */
export function somebodyElse() {
  return [
    title(t("Somebody else is signed in")),
    make("p", {
      text: t(
        "What is kept on this phone belongs to another person, and is not shown now. Nothing of it is lost.",
      ),
    }),
    make("p", {}, [
      make("a", { class: "ebb-button ebb-button--tall", href: "/today", text: t("Go to Today") }),
    ]),
    make("p", {}, [make("a", { class: "ebb-way", href: "/practice/device", text: t("This phone") })]),
  ];
}

/** @param {() => void} again @returns {Node[]} */
export function nothing(again) {
  return [
    title(t("No connection")),
    make("p", {
      text: t(
        "This phone keeps nothing, so a connection is needed to begin. You can have it keep what you need, under “This phone”, once it is online.",
      ),
    }),
    make("p", {}, [press(t("Try again"), again)]),
    make("p", {}, [make("a", { class: "ebb-way", href: "/practice/device", text: t("This phone") })]),
  ];
}

/** @param {() => void} again @returns {Node[]} */
export function elsewhere(again) {
  return [
    title(t("It is open in another window")),
    make("p", {
      text: t(
        "Go on there, or end it there. It is in one window at a time, so that nothing is counted twice.",
      ),
    }),
    make("p", {}, [press(t("Look again"), again)]),
  ];
}

/** @param {boolean} internal @param {() => void} on @param {() => void} end @returns {Node[]} */
export function middle(internal, on, end) {
  const calm = [t("Nothing has gone on without you.")];
  if (internal) calm.push(t("If anything is inside, take it out in your own time."));
  return [
    title(t("You were in the middle of something.")),
    make("p", { class: "ebb-lead", text: calm.join(" ") }),
    make("div", { class: "ebb-form__foot" }, [
      press(t("Go on"), on, "ebb-button ebb-button--main ebb-button--tall"),
      press(t("End it"), end),
    ]),
  ];
}
