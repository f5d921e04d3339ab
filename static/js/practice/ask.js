// @ts-check
/** One question over the page, for what cannot be taken back. */

import { make } from "../components/dom.js";

/**
 * @param {{title: string, words: string[], yes: string, no: string}} question
 * @returns {Promise<boolean>} no, where it is closed without an answer
 */
export function ask({ title, words, yes, no }) {
  const heading = make("h2", { text: title, id: "ask" });
  const form = make("form", { method: "dialog", class: "ebb-form__foot" }, [
    make("button", { class: "ebb-button", value: "no", text: no }),
    make("button", { class: "ebb-button", value: "yes", text: yes }),
  ]);
  const dialog = make("dialog", { class: "ebb-dialog", "aria-labelledby": "ask" }, [
    make("div", { class: "ebb-dialog__head" }, [heading]),
    make("div", { class: "ebb-dialog__body" }, [...words.map((text) => make("p", { text })), form]),
  ]);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
