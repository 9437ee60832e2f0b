// @ts-check
// The slots outside of content: part of an attribute, of an open tag, of a text element.

import { attributeOf, parseTag, textOf } from "./parse.js";
import { setAttribute, setText, written } from "./properties.js";

/**
 * @typedef {import("./picture.js").Picture} Picture
 *
 * Values by slot: those of a node or row, or a diff.
 * @typedef {Record<number, any>} Values
 *
 * @typedef {object} Part
 * @property {(value: any, slot: number, values: Values, picture: Picture) => void} set
 *
 * Slots that arrive together, and the fixed text around them.
 * @typedef {object} Group
 * @property {number[]} slots
 * @property {string[]} pieces
 * @property {Attr} [attribute]
 * @property {boolean} [isFirst]  a browser drops a newline at the start of the values
 */

/** @param {Group} group @param {Values} values @param {(text: string) => string} read */
function fill({ slots, pieces }, values, read = (text) => text) {
  return slots.reduce((text, slot, index) => text + read(values[slot]) + pieces[index + 1], pieces[0]);
}

/** The value of one attribute. */
export class AttributePart {
  /** @param {Element} element @param {Group & {attribute: Attr}} group */
  constructor(element, group) {
    this.element = element;
    this.group = group;
    if (group.attribute.name === "value") written.add(element);
  }

  /** @type {Part["set"]} */
  set(_value, slot, values, picture) {
    const { element, group } = this;
    if (slot !== group.slots[0]) return;
    const value = fill(group, values, attributeOf);
    if (setAttribute(element, group.attribute, value, picture)) picture.updated(element);
  }
}

const OUTER = new Map([
  ["http://www.w3.org/2000/svg", "svg"],
  ["http://www.w3.org/1998/Math/MathML", "math"],
]);

/** All attributes of one element, whose names are values as well. */
export class TagPart {
  /** @param {Element} element @param {Group} group */
  constructor(element, group) {
    this.element = element;
    this.group = group;
    /** What the server has set; the rest belongs to others. @type {Attr[]} */
    this.attributes = [...element.attributes];
  }

  /** @type {Part["set"]} */
  set(_value, slot, values, picture) {
    const { element, group } = this;
    if (slot !== group.slots[0]) return;
    const outer = OUTER.get(element.namespaceURI ?? "");
    const html = fill(group, values);
    const tag = parseTag(html, outer && outer !== element.localName ? `<${outer}>` : "");
    let isChanged = false;
    for (const attribute of this.attributes) {
      if (tag.hasAttributeNS(attribute.namespaceURI, attribute.localName)) continue;
      isChanged = setAttribute(element, attribute, null, picture) || isChanged;
    }
    this.attributes = [...tag.attributes];
    for (const attribute of this.attributes) {
      isChanged = setAttribute(element, attribute, attribute.value, picture) || isChanged;
    }
    if (isChanged) picture.updated(element);
  }
}

/** The text of a script, a style sheet, a title or a text area. */
export class RawPart {
  /** @param {Element} element @param {Group} group */
  constructor(element, group) {
    this.element = element;
    this.group = group;
    written.add(element);
  }

  /** @type {Part["set"]} */
  set(_value, slot, values, picture) {
    const { element, group } = this;
    if (slot !== group.slots[0]) return;
    const isCode = /^(script|style)$/.test(element.localName);
    const text = fill(group, values, isCode ? undefined : textOf).replace(/\r\n?/g, "\n");
    if (element instanceof HTMLTextAreaElement) {
      setText(element, group.isFirst ? text.replace(/^\n/, "") : text, picture);
    } else element.textContent = text;
    picture.updated(element);
  }
}

/** A slot in an element that is somebody else's: `dj-update="ignore"`. @type {Part} */
export const IGNORED = { set() {} };
