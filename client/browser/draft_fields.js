// @ts-check
// What a draft holds: the values of a page's fields by their names, and never a secret.

/** @typedef {string | boolean | string[]} Value */

const FIELDS = "input, select, textarea, [contenteditable]";
const SECRET = "[type=password], [autocomplete*=password], [autocomplete^=cc-], [autocomplete=one-time-code]";
const NEVER = "[type=file], [type=hidden], [type=submit], [type=button], [type=reset], [type=image]";
const OFF = /^(false|off|no|0)$/i;
const UNSAFE = "script, style, iframe, object, embed, link, meta, base, form";

/**
 * The fields of a scope, by name.
 *
 * @param {Element} scope
 * @param {import("./forms.js").Edits} edits  knows what has ever been a secret, and is told here
 * @returns {Map<string, HTMLElement[]>}
 */
export function fieldsOf(scope, { secrets }) {
  /** @type {Map<string, HTMLElement[]>} */
  const fields = new Map();
  for (const element of scope.querySelectorAll(FIELDS)) {
    const name = nameOf(element);
    if (element.matches(SECRET)) secrets.add(element);
    if (!name || secrets.has(element) || element.matches(NEVER) || isOff(element, scope)) continue;
    fields.set(name, [...(fields.get(name) ?? []), /** @type {HTMLElement} */ (element)]);
  }
  return fields;
}

/** @param {Element} element */
function nameOf(element) {
  const given = element.getAttribute("data-draft");
  if (given && !OFF.test(given) && given !== "true") return given;
  return modelOf(element) || element.getAttribute("name") || "";
}

/** The attribute of the view that `dj-model` binds a control to. @param {Element} element */
export function modelOf(element) {
  return [...element.attributes].find(({ name }) => /^dj-model(\.|$)/.test(name))?.value ?? "";
}

/** @param {Element} element @param {Element} scope */
function isOff(element, scope) {
  const away = element.closest("[data-draft=false], [data-draft=off], [data-draft-enabled]");
  return Boolean(away && away !== scope && scope.contains(away));
}

/** Whether an element's attribute says that it keeps drafts. @param {Element} element */
export const isEnabled = (element) => !OFF.test(element.getAttribute("data-draft-enabled") ?? "");

/** @param {HTMLElement[]} elements all of one name @returns {Value} */
export function valueOf(elements) {
  const controls = /** @type {HTMLInputElement[]} */ (elements);
  const [first] = controls;
  if (first.type === "radio") return controls.find(({ checked }) => checked)?.value ?? "";
  if (first.type === "checkbox" && controls.length === 1) return first.checked;
  if (first.type === "checkbox") return controls.filter(({ checked }) => checked).map(({ value }) => value);
  if (first instanceof HTMLSelectElement && first.multiple) {
    return [...first.selectedOptions].map(({ value }) => value);
  }
  if (first.isContentEditable) return first.innerHTML;
  return controls.length > 1 ? controls.map(({ value }) => value) : first.value;
}

/** Show a value that `valueOf` has returned. @param {HTMLElement[]} elements @param {Value} value */
export function show(elements, value) {
  const all = [value].flat().map(String);
  elements.forEach((element, index) => {
    const control = /** @type {HTMLInputElement} */ (element);
    if (control.type === "checkbox") control.checked = typeof value === "boolean" ? value : all.includes(control.value);
    else if (control.type === "radio") control.checked = control.value === value;
    else if (element instanceof HTMLSelectElement) {
      for (const option of element.options) option.selected = all.includes(option.value);
    } else if (element.isContentEditable) element.replaceChildren(...harmless(String(value)));
    else control.value = all[index] ?? "";
  });
}

/** What was stored may have been written by anybody who uses this browser. @param {string} html */
function harmless(html) {
  // Within a template nothing loads or runs.
  const template = document.createElement("template");
  template.innerHTML = html;
  const parsed = template.content;
  for (const element of parsed.querySelectorAll(UNSAFE)) element.remove();
  for (const element of parsed.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      const isScript = /^\s*(javascript|data|vbscript):/i.test(value.replace(/[\s\0]/g, ""));
      if (/^(on|srcdoc|dj-)/i.test(name) || isScript) element.removeAttribute(name);
    }
  }
  return [...parsed.childNodes];
}
