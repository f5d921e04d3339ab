// @ts-check
/** What a voice looks like: one stroke for each moment, as long as it is loud. A picture only; words stand beside it. */

const STROKE_PX = 3;
const GAP_PX = 3;
/** A moment of silence is a dot; a stroke without any length would not be drawn. */
const LEAST_PX = 3.1;
const FAINT = 0.35;

export class Trace {
  #canvas;
  /** @type {{levels: number[], played: number, live: boolean}} */
  #shown = { levels: [], played: 1, live: false };

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  /** While it is recorded: the newest moments, as many as there is room for. @param {number[]} levels */
  live(levels) {
    this.#show({ levels, played: 1, live: true });
  }

  /** All of it, and how much of it was heard. @param {number[]} levels @param {number} [played] from 0 to 1 */
  whole(levels, played = 0) {
    this.#show({ levels, played, live: false });
  }

  clear() {
    this.#show({ levels: [], played: 0, live: false });
  }

  /** @param {{levels: number[], played: number, live: boolean}} what */
  #show(what) {
    this.#shown = what;
    this.#canvas.hidden = what.levels.length === 0;
    this.#draw();
  }

  #draw() {
    const { levels, played, live } = this.#shown;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const pen = this.#canvas.getContext("2d");
    if (!pen || !width || !levels.length) return;
    const dense = globalThis.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * dense);
    this.#canvas.height = Math.round(height * dense);
    pen.scale(dense, dense);
    pen.strokeStyle = getComputedStyle(this.#canvas).color;
    pen.lineWidth = STROKE_PX;
    pen.lineCap = "round";
    const room = Math.max(1, Math.floor(width / (STROKE_PX + GAP_PX)));
    const strokes = live ? levels.slice(-room) : spread(levels, room);
    for (const [at, level] of strokes.entries()) {
      const x = at * (STROKE_PX + GAP_PX) + STROKE_PX;
      const half = Math.max(LEAST_PX, level * height - STROKE_PX) / 2;
      pen.globalAlpha = live || (at + 1) / strokes.length <= played ? 1 : FAINT;
      pen.beginPath();
      pen.moveTo(x, height / 2 - half + STROKE_PX / 2);
      pen.lineTo(x, height / 2 + half - STROKE_PX / 2);
      pen.stroke();
    }
  }
}

/** As many strokes as there is room for, from however many moments. @param {number[]} levels @param {number} room */
export function spread(levels, room) {
  if (levels.length === 0) return [];
  return Array.from({ length: room }, (_, at) => {
    const from = Math.floor((at * levels.length) / room);
    const to = Math.max(from + 1, Math.floor(((at + 1) * levels.length) / room));
    return Math.max(...levels.slice(from, to));
  });
}
