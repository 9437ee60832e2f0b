// @ts-check
// What the user had typed survives a view that had to start anew: put back, and told again.

import { CONTROLS } from "./forms.js";

/**
 * @typedef {import("./forms.js").Control} Control
 * @typedef {{ selector: string, values: string[], checked: boolean }} Remembered
 */

/** @param {Element} element */
function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const { name, type, value, form } = /** @type {HTMLInputElement} */ (element);
  if (!name) return "";
  const within = form?.id ? `#${CSS.escape(form.id)} ` : "";
  const exactly = /^(checkbox|radio)$/.test(type) ? `[value="${CSS.escape(value)}"]` : "";
  return `${within}${element.localName}[name="${CSS.escape(name)}"]${exactly}`;
}

/** @param {Control} control @returns {string[]} */
function valuesOf(control) {
  if (!(control instanceof HTMLSelectElement)) return [control.value];
  return [...control.selectedOptions].map(({ value }) => value);
}

/** @param {Control} control @param {Remembered} remembered @returns {boolean} whether it changed */
function putBack(control, { values, checked }) {
  const before = JSON.stringify([valuesOf(control), /** @type {HTMLInputElement} */ (control).checked]);
  if (control instanceof HTMLSelectElement) {
    for (const option of control.options) option.selected = values.includes(option.value);
  } else {
    control.value = values[0];
    if ("checked" in control) control.checked = checked;
  }
  return before !== JSON.stringify([valuesOf(control), /** @type {HTMLInputElement} */ (control).checked]);
}

/**
 * Look at what the user has typed in a view and return the function that puts it back.
 *
 * @param {Element} root
 * @param {import("./forms.js").Edits} edits
 * @returns {(tell: (control: Control) => void) => void}
 */
export function rememberForms(root, edits) {
  const controls = /** @type {Control[]} */ ([...root.querySelectorAll(CONTROLS)]);
  const remembered = controls
    .filter((control) => edits.has(control) && control.type !== "file")
    .filter((control) => !control.closest("[dj-no-recover]") && selectorOf(control))
    .map((control) => ({
      selector: selectorOf(control),
      values: valuesOf(control),
      checked: /** @type {HTMLInputElement} */ (control).checked,
    }));
  const restoreFocus = rememberFocus(root);
  return (tell) => {
    for (const one of remembered) {
      const control = /** @type {Control | null} */ (root.querySelector(one.selector));
      if (!control || (!putBack(control, one) && !edits.has(control))) continue;
      edits.made(control);
      tell(control);
    }
    restoreFocus();
  };
}

/** @param {Element} root @returns {() => void} */
function rememberFocus(root) {
  const active = /** @type {HTMLInputElement | null} */ (document.activeElement);
  const selector = active && root.contains(active) ? selectorOf(active) : "";
  const { selectionStart, selectionEnd } = active ?? {};
  return () => {
    if (!selector || active === document.activeElement) return;
    const found = /** @type {HTMLInputElement | null} */ (root.querySelector(selector));
    found?.focus({ preventScroll: true });
    if (selectionStart != null) found?.setSelectionRange?.(selectionStart, selectionEnd ?? null);
  };
}
