// @ts-check
// What a view asks of its form's fields: the focus on one of them, or all as they were.

/** @typedef {import("./view.js").View} View */

/**
 * The controls of these names, in the order of the page.
 *
 * @param {View} view @param {string[]} names @returns {HTMLInputElement[]}
 */
function controlsOf({ root }, names) {
  const named = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("[name]")]);
  return named.filter(({ name }) => names.includes(name));
}

/** Focus the first control of these names; without names, the title of the step. @param {string[]} names @param {View} view */
function focus(names, view) {
  const controls = controlsOf(view, names).filter(({ disabled, type }) => !disabled && type !== "hidden");
  const [first] = controls;
  // Of radio buttons, the one that is chosen.
  const chosen = controls.find(({ name, checked }) => checked && name === first.name);
  const title = /** @type {HTMLElement | null} */ (view.root.querySelector("[dj-step-title]"));
  if (title && !names.length) title.tabIndex = -1;
  (names.length ? (chosen ?? first) : title)?.focus();
}

/** Show what the template says, also where the user has written something. @param {string[]} names @param {View} view */
function reset(names, view) {
  for (const form of new Set(controlsOf(view, names).map(({ form }) => form))) {
    // A control may be called "reset".
    if (form) HTMLFormElement.prototype.reset.call(form);
  }
}

/** @param {any} tables those of `features.js` */
export function install({ effects }) {
  effects.set("focus", focus);
  effects.set("reset", reset);
}
