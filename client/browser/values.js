// @ts-check
// The parameters of an event: `dj-value-*`, the control's own value, or the form's fields.

/** @type {Record<string, (text: string) => unknown>} */
const TYPES = {
  int: (text) => parseInt(text, 10),
  float: parseFloat,
  bool: (text) => /^(true|1|yes|on)$/i.test(text),
  json: (text) => JSON.parse(text),
  list: (text) => (text ? text.split(",").map((item) => item.trim()) : []),
};

/** @typedef {Record<string, unknown>} Parameters */

/** The `dj-value-<name>[:<type>]` attributes. @param {Element} element @returns {Parameters} */
export function givenValues(element) {
  /** @type {Parameters} */
  const values = {};
  for (const { name, value } of element.attributes) {
    if (!name.startsWith("dj-value-")) continue;
    const [key, type] = name.slice(9).split(":");
    values[key.replaceAll("-", "_")] = type in TYPES ? TYPES[type](value) : value;
  }
  return values;
}

/** What a click sends: a button's value, or whether a box is checked. @param {Element} element */
export function clickValues(element) {
  const { type, checked, value } = /** @type {HTMLInputElement} */ (element);
  /** @type {Parameters} */
  const values = {};
  if (type === "checkbox" || type === "radio") values.checked = checked;
  else if (element.hasAttribute("value")) values.value = value;
  return { ...values, ...givenValues(element) };
}

/**
 * What an event on a form control sends: its value by its name, or as `value`.
 *
 * @param {Element} control @param {Element} [handler] the element that names the handler
 * @returns {Parameters}
 */
export function controlValues(control, handler = control) {
  const values = { ...givenValues(handler), ...givenValues(control) };
  if (!isControl(control)) return values;
  const { name, type } = /** @type {HTMLInputElement} */ (control);
  if (type === "file") return values;
  const key = name || (type === "checkbox" ? "checked" : "value");
  return { [key]: controlValue(control), ...values };
}

/** An input of HTML or a custom element that acts as one. @param {Element} element */
function isControl(element) {
  const { localName } = element;
  return /^(input|select|textarea)$/.test(localName) || (localName.includes("-") && "value" in element);
}

/** @param {Element} control */
function controlValue(control) {
  const { type, checked, value, name, form } = /** @type {HTMLInputElement} */ (control);
  if (type === "checkbox") {
    // Boxes of one name are one list.
    const boxes = form?.querySelectorAll(`[type=checkbox][name="${CSS.escape(name)}"]`) ?? [];
    if (!name || boxes.length < 2) return checked;
    return [...boxes].flatMap((/** @type {any} */ box) => (box.checked ? box.value : []));
  }
  if (type !== "select-multiple") return value;
  const { selectedOptions } = /** @type {HTMLSelectElement} */ (control);
  return [...selectedOptions].map((option) => option.value);
}

/**
 * All fields of a form by name; a name that stands there twice is a list. No files.
 *
 * @param {HTMLFormElement} form @param {HTMLElement | null} [submitter]
 * @returns {Parameters}
 */
export function formValues(form, submitter) {
  const fields = new FormData(form, submitter);
  /** @type {Parameters} */
  const values = {};
  for (const name of new Set(fields.keys())) {
    const all = fields.getAll(name).filter((value) => typeof value === "string");
    if (all.length) values[name] = all.length > 1 ? all : all[0];
  }
  return { ...values, ...givenValues(form) };
}
