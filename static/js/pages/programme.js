// @ts-check
/** The picture beside the form of a home programme, which follows what is typed. Nothing is stored by it. */

import { followTyped } from "../components/typed.js";

const form = document.querySelector('[data-module="programme"]');
const shown = document.querySelector("[data-seen]");
if (form instanceof HTMLFormElement && shown)
  followTyped(form, (page) => {
    const seen = page.querySelector("[data-seen]");
    if (seen) shown.replaceChildren(...seen.childNodes);
  });
