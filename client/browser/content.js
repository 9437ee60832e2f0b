// @ts-check
// A slot in content: text, a node, rows, or HTML, between two comments or alone in an element.

import { Instance } from "./instance.js";
import { morphBetween } from "./morph.js";
import { chainOf, Misfit, parse, parseWhole, textOf } from "./parse.js";
import { Rows } from "./rows.js";

/**
 * @typedef {import("./parse.js").Filling} Filling
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {import("./shapes.js").Shape} Shape
 */

// A browser moves text out of these.
const WITHOUT_TEXT = /<(table|tbody|thead|tfoot|tr|colgroup)>$/i;

/** Elements of which the dropped newline was in the fixed text. @type {WeakSet<Node>} */
export const withNewline = new WeakSet();

export class Content {
  /** What stands here; HTML that came as a string is nobody's. @type {Text | Instance | Rows | null} */
  held = null;

  /**
   * @param {Shape | null} shape whose slot this is; the view's root is nobody's
   * @param {number} slot
   * @param {Node} anchor the comment before it, or the element with nothing else in it
   */
  constructor(shape, slot, anchor) {
    this.shape = shape;
    this.slot = slot;
    this.anchor = anchor;
    const isOnly = anchor.nodeType === Node.ELEMENT_NODE;
    /** The node behind it. */
    this.end = isOnly ? null : anchor.nextSibling;
    this.isOnly = isOnly;
  }

  get parent() {
    return /** @type {ParentNode & Node} */ (this.isOnly ? this.anchor : this.anchor.parentNode);
  }

  get first() {
    return this.isOnly ? this.anchor.firstChild : this.anchor.nextSibling;
  }

  /** @param {any} value @param {number} _slot @param {unknown} _values @param {Picture} picture */
  set(value, _slot, _values, picture) {
    if (typeof value === "string") this.#setString(value, picture);
    else if (Array.isArray(value)) this.#setNode(value, picture);
    else if ("c" in value) this.#setRows(value, picture);
    // A diff of what is not a node fails here, as any other misunderstanding does.
    else /** @type {Instance | Rows} */ (this.held).patch(value, picture);
  }

  /** @param {string} value @param {Picture} picture */
  #setString(value, picture) {
    // The rows of a stream are not the server's any more.
    if (!value && /** @type {Element} */ (this.parent).matches?.("[dj-stream]")) return;
    if (value.includes("<")) this.#setHtml(value, picture);
    else this.#setText(textOf(value), picture);
    picture.updated(this.parent);
  }

  /** @param {string} text @param {Picture} picture */
  #setText(text, picture) {
    const { chain = `<${this.parent.nodeName}>` } = /** @type {Filling} */ (this.parent);
    if (WITHOUT_TEXT.test(chain) && text.trim()) throw new Misfit(text);
    const isFirstLine = text[0] === "\n";
    if (this.held instanceof Text && this.held.parentNode && !isFirstLine) {
      this.held.data = text;
      return;
    }
    if (picture.building && this.isOnly && !this.first && !isFirstLine) {
      this.anchor.textContent = text;
      this.held = /** @type {Text | null} */ (this.first);
      return;
    }
    this.held = document.createTextNode(text);
    this.#replace(this.held, picture);
  }

  /** @param {string} html @param {Picture} picture */
  #setHtml(html, picture) {
    const fragment = this.shape
      ? parse(chainOf(picture.root, this.parent), html)
      : parseWhole(picture.root, html);
    this.held = null;
    if (this.first === this.end) this.#replace(fragment, picture);
    else morphBetween(this, this.#withoutFirstNewline(fragment), picture);
  }

  /** @param {any[]} value @param {Picture} picture */
  #setNode([id, ...values], picture) {
    const shape = picture.shapes.get(id);
    if (this.held instanceof Instance && this.held.shape === shape) {
      this.held.assign(values, picture);
      return;
    }
    const chain = chainOf(picture.root, this.parent);
    const { fragment, instance } = Instance.create(shape, chain, values, picture);
    this.#replace(fragment, picture);
    this.held = instance;
  }

  /** @param {{c: number, r: any[][]}} value @param {Picture} picture */
  #setRows({ c: id, r: values }, picture) {
    const shape = picture.shapes.get(id);
    if (!(this.held instanceof Rows && this.held.shape === shape)) {
      this.#clear(picture);
      this.held = new Rows(shape, this);
    }
    this.held.assign(values, picture);
  }

  /** @param {Node} node @param {Picture} picture */
  #replace(node, picture) {
    this.#clear(picture);
    this.#withoutFirstNewline(node);
    picture.insert(node, this.parent, this.end);
  }

  /** @param {Picture} picture */
  #clear(picture) {
    picture.removeBetween(this.first, this.end);
  }

  /** A browser drops a newline right behind `<pre>`. @template {Node} N @param {N} node */
  #withoutFirstNewline(node) {
    const { parent } = this;
    if (!/^(pre|listing)$/i.test(parent.nodeName) || withNewline.has(parent)) return node;
    /** @type {Node | null} */
    let before = this.isOnly ? null : this.anchor;
    while (before && before.nodeName === "#comment") before = before.previousSibling;
    let text = node.firstChild ?? node;
    while (text.nodeName === "#comment" && text.nextSibling) text = text.nextSibling;
    if (!before && text instanceof Text && text.data[0] === "\n") text.deleteData(0, 1);
    return node;
  }
}
