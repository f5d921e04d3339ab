// @ts-check
/**
 * Reads a chart by arrow keys: it is one stop for Tab, the arrows go from mark to mark, and Enter opens what a mark was
 * made from. What is under the pointer or in focus stands in words below the drawing.
 *
 * Without this script the marks still lead on for a pointer, and the table beside them says the same to everybody.
 */

/** By how many marks each key goes; the first and the last are further than any chart is long. */
const STEPS = new Map([
  ["ArrowLeft", -1],
  ["ArrowRight", 1],
  ["PageUp", -10],
  ["PageDown", 10],
  ["Home", -Infinity],
  ["End", Infinity],
]);

export class Chart {
  #now;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#now = root.querySelector("[data-chart-now]");
    // Two drawings of one chart, of which the page shows one.
    for (const drawing of root.querySelectorAll("svg.ebb-plot__drawing")) this.#read(drawing);
  }

  /** @param {Element} drawing */
  #read(drawing) {
    const marks = /** @type {SVGAElement[]} */ ([...drawing.querySelectorAll("a[data-row]")]);
    marks.at(-1)?.setAttribute("tabindex", "0");
    drawing.addEventListener("keydown", (event) => {
      if (event instanceof KeyboardEvent) this.#press(event, marks);
    });
    for (const kind of ["focusin", "pointerover"]) {
      drawing.addEventListener(kind, ({ target }) => {
        const mark = target instanceof Element ? target.closest("a[data-row]") : null;
        if (mark) this.#tell(mark);
      });
    }
  }

  /** @param {KeyboardEvent} event @param {SVGAElement[]} marks */
  #press(event, marks) {
    const step = STEPS.get(event.key);
    const from = marks.findIndex((mark) => mark === document.activeElement);
    if (step === undefined || from < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = marks[Math.min(Math.max(from + step, 0), marks.length - 1)];
    for (const mark of marks) mark.setAttribute("tabindex", mark === to ? "0" : "-1");
    to?.focus();
  }

  /** @param {Element} mark */
  #tell(mark) {
    if (!(this.#now instanceof HTMLElement)) return;
    this.#now.hidden = false;
    this.#now.textContent = mark.getAttribute("aria-label");
  }
}
