// @ts-check
/**
 * Own words as they are typed: the same page is asked for again, and of it what speaks against a field, how each step
 * is met, and how it stands as a whole. Nothing is kept by it. Without it, "Look at it" asks for the page.
 */

import { followTyped } from "../components/typed.js";

/** @param {HTMLFormElement} form @param {Document} page */
function take(form, page) {
  for (const name of ["data-finds", "data-preview", "data-tally"]) {
    for (const part of form.querySelectorAll(`[${name}]`)) {
      const fresh = page.querySelector(`[${name}="${part.getAttribute(name)}"]`);
      // What is said already is not said again by a screen reader.
      if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
      if (name === "data-finds") mark(form, part);
    }
  }
}

/** @param {HTMLFormElement} form @param {Element} finds */
function mark(form, finds) {
  const field = form.querySelector(`#f-${finds.getAttribute("data-finds")}`);
  if (!finds.querySelector(".ebb-form__error")) field?.removeAttribute("aria-invalid");
  else field?.setAttribute("aria-invalid", "true");
}

for (const form of document.querySelectorAll('form[data-module="adapt"]')) {
  if (form instanceof HTMLFormElement) followTyped(form, (page) => take(form, page));
}
