// @ts-check
/** The breath of an item of the programme, in place of the one that its script was written with. */

/** @typedef {import("./own-machine.js").Bundle} Bundle */

/**
 * The same bundle, with the exercise as it was prescribed: every breath of it is the item's, from the first one on.
 * What is sealed later tells the exercise as it was practised.
 * @param {Bundle} bundle @param {string | null} item @returns {Bundle}
 */
export function withOwnBreath(bundle, item) {
  const one = bundle.programme?.items.find(({ id }) => id === item);
  const exercise = one && bundle.exercises[one.exercise];
  if (!exercise || !one.pattern) return bundle;
  const { pattern } = one;
  // A step without a breath of its own goes on in the one that runs; the first of all has none to go on in.
  const steps = exercise.steps.map((/** @type {any} */ step, /** @type {number} */ index) =>
    step.pattern || index === 0 ? { ...step, pattern } : step,
  );
  return { ...bundle, exercises: { ...bundle.exercises, [one.exercise]: { ...exercise, steps } } };
}
