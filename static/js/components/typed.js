// @ts-check
/**
 * Whether a form was filled in before its script was there, as on a slow network: what follows the typing has to look
 * then, since nobody will tell it again.
 *
 * @param {HTMLFormElement} form
 */
export function typedBefore(form) {
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
