// @ts-check
/**
 * What scripts say, in the language of the page. English is the key of every catalogue and needs none.
 *
 * The catalogue is fetched once, before anything of the page runs; a page without it speaks English.
 */

const page = globalThis.document?.documentElement;

/** @type {Record<string, string | string[]>} */
const catalogue = {};
const words = page?.dataset.words;
if (words) await learn(words);

/** @param {string} address */
async function learn(address) {
  try {
    Object.assign(catalogue, await (await fetch(address)).json());
  } catch {
    // English is better than nothing, above all for Stop.
  }
}

/** The words of a part that is loaded later: to be waited for before it is. @param {string} part */
export async function learnMore(part) {
  if (words) await learn(words.replace(/[^/]+(?=\.json$)/, part));
}

/** The language of the page, as a BCP 47 tag: for dates, numbers and voices. */
export const LANGUAGE = page?.lang || "en";
/** The same for dates and times, which English has in two orders: as the server's own pages write them. */
export const LOCALE = LANGUAGE === "en" ? "en-GB" : LANGUAGE;
const plurals = new Intl.PluralRules(LANGUAGE);
/** The forms of a catalogue stand in this order, and browsers name them in any. */
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"].filter((category) =>
  plurals.resolvedOptions().pluralCategories.includes(/** @type {Intl.LDMLPluralRule} */ (category)),
);

/**
 * A sentence in the language of the page.
 * @param {string} text English, with `{names}` where values go
 * @param {Record<string, string | number>} [values]
 */
export function t(text, values) {
  const found = catalogue[text];
  return filled(typeof found === "string" && found ? found : text, values);
}

/**
 * One sentence for one of them, another for several. `{n}` is how many.
 * @param {string} one @param {string} many @param {number} n @param {Record<string, string | number>} [values]
 */
export function tn(one, many, n, values) {
  const forms = catalogue[one];
  const form = Array.isArray(forms) ? forms[Math.max(0, index(n, forms.length))] : undefined;
  return filled(form || (n === 1 ? one : many), { n, ...values });
}

/** @param {number} n @param {number} of how many forms the catalogue has */
function index(n, of) {
  // Gettext knows whole numbers only; a category that it does not have falls to the last form.
  return Math.min(of - 1, CATEGORIES.indexOf(plurals.select(n)));
}

/** @param {string} text @param {Record<string, string | number>} [values] */
function filled(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}
