// @ts-check
// What the page shows of one view, and how the server's patches change it.

import { Binder } from "./bind.js";
import { Content } from "./content.js";
import { Misfit } from "./parse.js";
import { Shapes } from "./shapes.js";

/**
 * Who wants to know about elements that came, changed or went.
 *
 * @typedef {object} Watcher
 * @property {(element: Element) => void} added
 * @property {(element: Element) => void} updated
 * @property {(element: Element) => void} removed
 * @property {string} [selector] which elements it cares for; all, if it does not say
 */

export class Picture {
  shapes = new Shapes();
  /** How many nodes are being filled that are not in the page yet. */
  building = 0;
  #content;
  #nonce;
  #watcher;
  /** @type {Element[]} */
  #added = [];
  /** @type {Set<Element>} */
  #updated = new Set();
  /** @type {Element[]} */
  #removed = [];

  /**
   * @param {Element} root the live root
   * @param {object} options
   * @param {string} options.nonce of the marks in the page's HTML
   * @param {(control: Element) => boolean} options.keeps whether a form control must keep what
   *   its user has entered
   * @param {Watcher} options.watcher
   */
  constructor(root, { nonce, keeps, watcher }) {
    this.root = root;
    this.keeps = keeps;
    this.#nonce = nonce;
    this.#watcher = watcher;
    this.#content = new Content(null, 0, root);
  }

  /** @param {Record<string, {s: string[], k: string}>} shapes */
  learn(shapes) {
    this.shapes.learn(shapes);
  }

  /**
   * Find the slots of the page as it was loaded. Answers with the slots that were not found,
   * which have to come as HTML; `null` means that this is so for the whole view.
   *
   * @param {number} rootShape
   * @returns {[number, number][] | null}
   */
  bind(rootShape) {
    const binder = new Binder(this, this.#nonce);
    try {
      const instance = binder.instance(this.shapes.get(rootShape), this.root, this.root.firstChild);
      if (binder.next) return null;
      this.#content.held = instance;
      return binder.unbound;
    } catch (error) {
      if (error instanceof Misfit) return null;
      throw error;
    }
  }

  /** Change some slots. @param {import("./parts.js").Values} diff */
  patch(diff) {
    this.#show(diff);
  }

  /** Show a whole value: a node, or HTML. @param {any} root */
  replace(root) {
    this.#show(root);
  }

  /** @param {any} value */
  #show(value) {
    try {
      this.#content.set(value, 0, null, this);
    } catch (error) {
      // What is half shown can only be replaced.
      this.#content.held = null;
      this.building = 0;
      throw error;
    } finally {
      this.tell();
    }
  }

  // --- for the parts --------------------------------------------------------------------

  /** @param {Node} node @param {Node} parent @param {Node | null} next */
  insert(node, parent, next) {
    const first = node.nodeName === "#document-fragment" ? node.firstChild : node;
    parent.insertBefore(node, next);
    if (this.building) return;
    for (let added = first; added && added !== next; added = added.nextSibling) this.added(added);
  }

  /** @param {ChildNode | null} first @param {ChildNode | null} end */
  removeBetween(first, end) {
    if (!first || first === end) return;
    for (let node = first; node && node !== end; node = /** @type {ChildNode} */ (node.nextSibling)) {
      this.removed(node);
    }
    const range = document.createRange();
    range.setStartBefore(first);
    if (end) range.setEndBefore(end);
    else range.setEndAfter(/** @type {Node} */ (first.parentNode?.lastChild));
    range.deleteContents();
  }

  /** @param {Node} node */
  added(node) {
    if (node instanceof Element) this.#added.push(node);
  }

  /** @param {Node} node */
  removed(node) {
    if (node instanceof Element) this.#removed.push(node);
  }

  /** @param {Node} node whose attributes or content have changed */
  updated(node) {
    if (!this.building && node instanceof Element) this.#updated.add(node);
  }

  /** Tell the watcher what has changed. */
  tell() {
    const [removed, added, updated] = [this.#removed, this.#added, this.#updated];
    [this.#removed, this.#added, this.#updated] = [[], [], new Set()];
    const { selector = "*" } = this.#watcher;
    const changed = around(updated, selector, this.root);
    for (const element of within(removed, selector)) this.#watcher.removed(element);
    for (const element of within(added, selector)) {
      if (changed.delete(element) || element.isConnected) this.#watcher.added(element);
    }
    for (const element of changed) this.#watcher.updated(element);
  }
}

/** These elements and those inside of them. @param {Element[]} elements @param {string} selector */
function within(elements, selector) {
  const all = elements.flatMap((element) => [element, ...element.querySelectorAll(selector)]);
  return new Set(all.filter((element) => element.matches(selector)));
}

/**
 * These elements and those in which they stand.
 *
 * @param {Iterable<Element>} elements @param {string} selector @param {Element} root
 */
function around(elements, selector, root) {
  /** @type {Set<Element>} */
  const found = new Set();
  for (const element of elements) {
    let node = element.closest(selector);
    while (node && root.contains(node) && !found.has(node)) {
      found.add(node);
      node = node.parentElement && node.parentElement.closest(selector);
    }
  }
  return found;
}
