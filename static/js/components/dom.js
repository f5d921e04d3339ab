// @ts-check
/** The few things that the rooms do to a page: find, make, write and hide, without touching what is so already. */

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new TypeError(`this page has no ${selector}`);
  return found;
}

/** @param {ParentNode} root @param {string} selector */
export const part = (root, selector) => find(root, selector, HTMLElement);

/** @param {ParentNode} root @param {string} selector */
export const button = (root, selector) => find(root, selector, HTMLButtonElement);

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes] `text` is the element's text
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, { text = "", ...attributes } = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.append(text);
  element.append(...children);
  return element;
}

/** A double click is one: two are two presses with a pause between them. @param {HTMLButtonElement} pressed @param {() => unknown} act */
export function onPress(pressed, act) {
  pressed.addEventListener("click", ({ detail }) => {
    if (detail <= 1) void act();
  });
}

/** @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * What only waited for its script (`data-awaiting`) has its room already, and keeps it.
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
  if (shown && "awaiting" in element.dataset) delete element.dataset.awaiting;
}

/** @param {Element} element @param {string} name @param {string | null} value */
export function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Brings a section that has just appeared out from behind the controls that stick to the bottom.
 * @param {HTMLElement} section
 * @param {HTMLElement} dock
 */
export function reveal(section, dock) {
  const hidden_px = section.getBoundingClientRect().bottom - dock.getBoundingClientRect().top;
  if (hidden_px > 0) scrollBy(0, hidden_px);
}

/**
 * Rebuilds the children only when what they are made of has changed, so that nothing is lost that somebody is
 * about to press.
 * @template T
 */
export class List {
  #element;
  #build;
  #key = "";

  /** @param {Element} element @param {(item: T, index: number) => Node} build */
  constructor(element, build) {
    this.#element = element;
    this.#build = build;
  }

  /** @param {readonly T[]} items @param {unknown} [beside] whatever else they depend on */
  show(items, beside = null) {
    const key = JSON.stringify([items, beside]);
    if (key === this.#key) return;
    this.#key = key;
    const focused = this.#element.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-key")
      : null;
    this.#element.replaceChildren(...items.map(this.#build));
    if (!focused) return;
    const again = this.#element.querySelector(`[data-key="${CSS.escape(focused)}"]`);
    if (again instanceof HTMLElement) again.focus();
  }
}
