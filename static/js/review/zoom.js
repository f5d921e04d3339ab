// @ts-check
/**
 * Closer and wider: the same page at another address, whose drawing, links, tables and list are put in place.
 *
 * The server draws every stretch, with or without script, so that one drawing is never two.
 */

import { part } from "../components/dom.js";

/** @typedef {import("./player.js").Stretch} Stretch */

/** What changes with the stretch. */
const PARTS = ["[data-lanes]", "[data-zoom]", "[data-events]"];
const NEAREST_MS = 10_000;

export class Zoom {
  #root;
  #zero;
  #whole;
  #there;
  #asked = 0;

  /** @param {ParentNode} root @param {{zero: number, whole: Stretch}} clock @param {() => void} there once it stands */
  constructor(root, { zero, whole }, there) {
    this.#root = root;
    this.#zero = zero;
    this.#whole = whole;
    this.#there = there;
  }

  /** @param {Stretch} now @param {number} times 0.5 is closer @param {number} middle_ms stays where it is */
  by(now, times, middle_ms) {
    const share = (middle_ms - now.from) / Math.max(now.until - now.from, 1);
    const middle = share >= 0 && share <= 1 ? middle_ms : (now.from + now.until) / 2;
    const keep = share >= 0 && share <= 1 ? share : 0.5;
    const length = Math.max((now.until - now.from) * times, NEAREST_MS);
    return this.to({ from: middle - keep * length, until: middle + (1 - keep) * length });
  }

  /** @param {Stretch} stretch */
  to({ from, until }) {
    const address = new URL(location.href);
    const { searchParams } = address;
    searchParams.delete("from");
    searchParams.delete("to");
    if (from > this.#whole.from || until < this.#whole.until) {
      searchParams.set("from", String(Math.max(Math.floor((from - this.#zero) / 1_000), 0)));
      searchParams.set("to", String(Math.max(Math.ceil((until - this.#zero) / 1_000), 0)));
    }
    return this.open(address);
  }

  /** @param {URL} address of this very page */
  async open(address) {
    const asked = ++this.#asked;
    address.hash = "";
    const focused = document.activeElement?.closest("[data-zoom] a");
    const lanes = part(this.#root, "[data-lanes]");
    lanes.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { credentials: "same-origin" });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      // Who asked for another stretch meanwhile sees that one alone.
      if (asked !== this.#asked) return;
      for (const selector of PARTS) {
        const fresh = page.querySelector(selector);
        if (!fresh) throw new Error(`no ${selector}`);
        part(this.#root, selector).replaceChildren(...fresh.childNodes);
      }
      const [tables, before] = [page.querySelector("#tables"), this.#root.querySelector("#tables")];
      if (before && tables) before.replaceWith(tables);
    } catch {
      location.assign(address);
      return;
    }
    lanes.removeAttribute("aria-busy");
    history.replaceState(null, "", address);
    if (focused) {
      const again = [...this.#root.querySelectorAll("[data-zoom] a")].find((link) =>
        focused.getAttributeNames().every((name) => name === "href" || link.hasAttribute(name)),
      );
      if (again instanceof HTMLElement) again.focus();
      else lanes.focus();
    }
    this.#there();
  }
}
