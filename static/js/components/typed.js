// @ts-check
/**
 * A page that follows what is typed into its form: it is asked for again with what stands there, and nothing is kept
 * by it. Without it, a button of the form asks for the page.
 */

const WAIT_MS = 400;

/** @param {HTMLFormElement} form @param {(page: Document) => void} take is given the newest answer alone: an older one may come later */
export function followTyped(form, take) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let asked = 0;

  async function look() {
    const mine = ++asked;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
    fields.set("do", "look");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === asked) take(page);
    } catch {
      // Without a network the page stays as it was: the form does not need it, and the server looks at what is kept.
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), WAIT_MS);
  });
  // The page is always the newest one: nobody needs to ask for it.
  form.querySelector("[data-look]")?.setAttribute("hidden", "");
  if (typedBefore(form)) void look();
}

/**
 * Whether a form was filled in before its script was there, as on a slow network: nobody will tell it again.
 * @param {HTMLFormElement} form
 */
function typedBefore(form) {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
    if (field instanceof HTMLSelectElement) {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    if (!(field instanceof HTMLInputElement)) return false;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  });
}
