// @ts-check
// Attributes of which a form control holds a copy of its own once its user has touched it.

/** @typedef {import("./picture.js").Picture} Picture */

/** Text fields whose value stands in the template. @type {WeakSet<Element>} */
export const written = new WeakSet();

/**
 * Set an attribute, or remove it with `null`, and what the control shows along with it.
 *
 * @param {Element} element @param {Attr} attribute its name, with its namespace
 * @param {string | null} value @param {Picture} picture
 */
export function setAttribute(element, attribute, value, { building, keeps }) {
  const { namespaceURI, localName, name } = attribute;
  const old = element.getAttributeNodeNS(namespaceURI, localName);
  if (value === (old ? old.value : null)) return false;
  const isShown = !building && SHOWN[name]?.test(element.localName) && element.getAttribute("type") !== "file";
  const isKept = isShown && keeps(element.closest("select") ?? element);
  // What is written to the property no longer follows the attribute.
  const fresh = name === "value" ? (value ?? "") : value !== null;
  if (isShown) show(element, name, isKept ? property(element, name) : fresh);
  if (value === null) element.removeAttributeNS(namespaceURI, localName);
  else if (old) old.value = value;
  else {
    // A copy of the node, as `setAttribute` refuses names such as `@click`.
    const added = /** @type {Attr} */ (element.ownerDocument.importNode(attribute));
    added.value = value;
    element.setAttributeNodeNS(added);
  }
  return true;
}

/**
 * Set the text of a text area, and what it shows.
 *
 * @param {HTMLTextAreaElement} area @param {string} text @param {Picture} picture
 */
export function setText(area, text, { building, keeps }) {
  if (!building) show(area, "value", keeps(area) ? area.value : text);
  area.textContent = text;
}

/**
 * Give a control a new value and leave its caret where it is.
 *
 * @param {Element} element @param {string} name @param {unknown} value
 */
export function show(element, name, value) {
  const control = /** @type {HTMLInputElement} */ (element);
  const isWrittenIn = name === "value" && control === document.activeElement;
  if (!isWrittenIn || value === control.value) {
    // @ts-ignore the name is one of SHOWN
    control[name] = value;
    return;
  }
  const { selectionStart: start, selectionEnd: end, selectionDirection: direction } = control;
  control.value = /** @type {string} */ (value);
  // Numbers, dates and addresses have no caret that a script could set.
  if (start !== null) control.setSelectionRange(start, end, direction ?? "none");
}

/** @param {Element} element @param {string} name @returns {unknown} */
// @ts-ignore the name is one of SHOWN
const property = (element, name) => element[name];

/** Which elements show an attribute by a property. @type {Record<string, RegExp | undefined>} */
const SHOWN = { value: /^input$/, checked: /^input$/, selected: /^option$/ };
