// @ts-check
// Finds the slots in the page as the server has sent it, and checks that each is where it belongs.

import { Instance } from "./instance.js";
import { chainOf, Misfit } from "./parse.js";
import { Rows } from "./rows.js";

/**
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./parts.js").Part} Part
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {import("./prototype.js").Prototype} Prototype
 * @typedef {import("./shapes.js").Shape} Shape
 */

export class Binder {
  /** Slots that hold HTML which cannot be told apart. @type {[number, number][]} */
  unbound = [];

  /** @param {Picture} picture @param {string} nonce */
  constructor(picture, nonce) {
    this.picture = picture;
    this.start = `[${nonce}`;
    this.end = `]${nonce}`;
    this.row = `r${nonce}`;
  }

  /**
   * Bind a shape to the nodes from `node` on; what is behind them is in `this.next` then.
   *
   * @param {Shape} shape @param {Node} parent @param {ChildNode | null} node
   */
  instance(shape, parent, node) {
    const prototype = shape.prototypeIn(chainOf(this.picture.root, parent));
    /** @type {Part[]} */
    const parts = [];
    this.next = this.#children(prototype, prototype.content, node, parts);
    prototype.release(parts);
    return new Instance(shape, parts);
  }

  /**
   * Go along the copy's children and the page's.
   *
   * @param {Prototype} prototype @param {Node} model @param {ChildNode | null} node
   * @param {Part[]} parts
   */
  #children(prototype, model, node, parts) {
    for (let child = model.firstChild; child; ) {
      const site = prototype.sites.get(child);
      if (child instanceof Text) {
        const [text, behindText] = textRun(child);
        const [shown, behindShown] = textRun(node);
        demand(text === shown);
        [child, node] = [behindText, behindShown];
      } else if (child instanceof Element) {
        node = this.#element(prototype, child, node, parts);
        child = child.nextSibling;
      } else if (site) {
        demand(node instanceof Comment && node.data.startsWith(this.start));
        prototype.attach(site, node, parts);
        const content = /** @type {Content} */ (parts[/** @type {number} */ (site.slot)]);
        this.#held(content, node);
        node = /** @type {ChildNode} */ (content.end).nextSibling;
        child = /** @type {ChildNode} */ (child.nextSibling).nextSibling;
      } else {
        demand(node?.nodeName === "#comment");
        [child, node] = [child.nextSibling, node.nextSibling];
      }
    }
    return node;
  }

  /** @param {Prototype} prototype @param {Element} model @param {ChildNode | null} node @param {Part[]} parts */
  #element(prototype, model, node, parts) {
    demand(node instanceof Element);
    demand(node.localName === model.localName && node.namespaceURI === model.namespaceURI);
    const site = prototype.sites.get(model);
    if (site) prototype.attach(site, node, parts);
    if (model.matches("[dj-update=ignore]")) return node.nextSibling;
    if (site?.slot !== undefined) this.#onlyChild(/** @type {Content} */ (parts[site.slot]));
    else if (prototype.holders.has(model)) {
      demand(this.#children(prototype, model, node.firstChild, parts) === null);
    }
    return node.nextSibling;
  }

  /** @param {Content} content */
  #onlyChild(content) {
    const { first } = content;
    if (first instanceof Comment && first.data.startsWith(this.start)) {
      this.#held(content, first);
      const { end } = content;
      demand(end?.nextSibling === null);
      content.end = null;
      first.remove();
      end.remove();
    } else {
      demand(textRun(first)[1] === null);
      content.held = mergeText(first);
    }
  }

  /** Bind what stands behind a mark, and find its end. @param {Content} content @param {Comment} mark */
  #held(content, mark) {
    const [, id, isLoop] = /^ (\d+)(\*?)$/.exec(mark.data.slice(this.start.length)) ?? [];
    content.end = this.#endOf(mark);
    if (!id) {
      const [, behind] = textRun(mark.nextSibling);
      if (behind === content.end) content.held = mergeText(mark.nextSibling);
      return;
    }
    const before = this.unbound.length;
    try {
      content.held = isLoop ? this.#rows(+id, content, mark) : this.#node(+id, content, mark);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      this.unbound.length = before;
      this.unbound.push([/** @type {Shape} */ (content.shape).id, content.slot]);
    }
  }

  /** @param {number} id @param {Content} content @param {Comment} mark */
  #node(id, content, mark) {
    const instance = this.instance(this.picture.shapes.get(id), content.parent, mark.nextSibling);
    demand(this.next === content.end);
    return instance;
  }

  /** @param {number} id @param {Content} content @param {Comment} mark */
  #rows(id, content, mark) {
    const shape = this.picture.shapes.get(id);
    const rows = [];
    this.next = mark.nextSibling;
    while (this.next !== content.end) {
      const anchor = this.next;
      demand(anchor instanceof Comment && anchor.data === this.row);
      const row = this.instance(shape, content.parent, anchor.nextSibling);
      rows.push(Object.assign(row, { anchor }));
    }
    return new Rows(shape, content, rows);
  }

  /** The mark that closes this one, which has to stand beside it. @param {Comment} mark */
  #endOf(mark) {
    let depth = 1;
    for (let node = mark.nextSibling; node; node = node.nextSibling) {
      if (!(node instanceof Comment)) continue;
      if (node.data.startsWith(this.start)) depth++;
      else if (node.data === this.end && --depth === 0) return node;
    }
    throw new Misfit(mark.data);
  }
}

/** @param {unknown} condition @returns {asserts condition} */
function demand(condition) {
  if (!condition) throw new Misfit("not as sent");
}

/** The text from a node on, which parsers may have split, and the node behind it.
 * @param {ChildNode | null} node @returns {[string, ChildNode | null]} */
function textRun(node) {
  let text = "";
  for (; node instanceof Text; node = node.nextSibling) text += node.data;
  return [text, node];
}

/** @param {ChildNode | null} node */
function mergeText(node) {
  if (!(node instanceof Text)) return null;
  while (node.nextSibling instanceof Text) {
    node.data += node.nextSibling.data;
    node.nextSibling.remove();
  }
  return node;
}
