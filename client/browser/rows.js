// @ts-check
// The rows of a loop, each behind a comment of its own.

import { Instance } from "./instance.js";
import { move } from "./moving.js";
import { heaviestRising } from "./order.js";
import { chainOf } from "./parse.js";

/**
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {import("./shapes.js").Shape} Shape
 *
 * @typedef {Instance & {anchor: ChildNode}} Row
 * @typedef {import("./order.js").Stretch & {rows: Row[], fragment?: DocumentFragment, last?: Node}} Stretch
 */

export class Rows {
  /** @param {Shape} shape @param {Content} place @param {Row[]} [rows] */
  constructor(shape, place, rows = []) {
    this.shape = shape;
    this.place = place;
    this.rows = rows;
  }

  /** Show these rows, one after the other in the old ones' places. @param {any[][]} values @param {Picture} picture */
  assign(values, picture) {
    const kept = Math.min(this.rows.length, values.length);
    if (kept < this.rows.length || kept < values.length) {
      this.#arrange([0, kept, ...values.slice(kept)], picture);
    }
    for (let index = 0; index < kept; index++) this.rows[index].assign(values[index], picture);
  }

  /** @param {{o?: (number | any[])[], u?: Record<number, any>}} diff @param {Picture} picture */
  patch({ o: order, u: updates = {} }, picture) {
    if (order) this.#arrange(order, picture);
    for (const index in updates) this.rows[+index].patch(updates[+index], picture);
  }

  /** @param {(number | any[])[]} order @param {Picture} picture */
  #arrange(order, picture) {
    const stretches = this.#read(order, picture);
    const old = stretches.filter(({ start }) => start >= 0);
    this.#weigh(old);
    this.#removeOthers(old, picture);
    const staying = heaviestRising(old);
    let next = this.place.end;
    for (const stretch of stretches.reverse()) {
      const [first] = stretch.rows;
      if (stretch.fragment) picture.insert(stretch.fragment, this.place.parent, next);
      else if (!staying.has(stretch)) moveAll(this.place.parent, stretch, next);
      next = first.anchor;
    }
    this.rows = stretches.reverse().flatMap(({ rows }) => rows);
    picture.updated(this.place.parent);
  }

  /** @param {(number | any[])[]} order @param {Picture} picture @returns {Stretch[]} */
  #read(order, picture) {
    /** @type {Stretch[]} */
    const stretches = [];
    for (let index = 0; index < order.length; ) {
      const start = order[index];
      if (typeof start === "number") {
        const count = /** @type {number} */ (order[index + 1]);
        if (count) stretches.push(this.#oldRows(start, count));
        index += 2;
      } else {
        const from = index;
        while (Array.isArray(order[index])) index++;
        stretches.push(this.#newRows(/** @type {any[][]} */ (order.slice(from, index)), picture));
      }
    }
    return stretches;
  }

  /** @param {number} start @param {number} count @returns {Stretch} */
  #oldRows(start, count) {
    const rows = this.rows.slice(start, start + count);
    if (rows.length < count) throw new RangeError(`row ${start + count}`);
    const behind = this.#anchorAt(start + count);
    const last = behind ? behind.previousSibling : this.place.parent.lastChild;
    return { start, count, rows, last: /** @type {Node} */ (last) };
  }

  /** @param {any[][]} values @param {Picture} picture @returns {Stretch} */
  #newRows(values, picture) {
    const fragment = document.createDocumentFragment();
    const chain = chainOf(picture.root, this.place.parent);
    const rows = values.map((row) => {
      const { fragment: nodes, instance } = Instance.create(this.shape, chain, row, picture);
      const anchor = document.createComment("");
      fragment.append(anchor, nodes);
      return Object.assign(instance, { anchor });
    });
    return { start: -1, count: rows.length, rows, fragment };
  }

  /** What the user is in must not move: it would lose focus in some browsers. @param {Stretch[]} stretches */
  #weigh(stretches) {
    const { activeElement: active } = document;
    if (!active || active === this.place.parent || !this.place.parent.contains(active)) return;
    for (const stretch of stretches) {
      const { rows: [{ anchor }], last } = stretch;
      const isBehind = anchor.compareDocumentPosition(active) & Node.DOCUMENT_POSITION_FOLLOWING;
      const isBefore = active.compareDocumentPosition(/** @type {Node} */ (last));
      const isInside = last?.contains(active) || isBefore & Node.DOCUMENT_POSITION_FOLLOWING;
      if (isBehind && isInside) stretch.weight = Infinity;
    }
  }

  /** @param {Stretch[]} kept @param {Picture} picture */
  #removeOthers(kept, picture) {
    const inOrder = [...kept].sort((one, other) => one.start - other.start);
    let from = 0;
    for (const { start, count } of [...inOrder, { start: this.rows.length, count: 0 }]) {
      if (start < from) throw new RangeError(`row ${start} twice`);
      if (start > from) picture.removeBetween(this.#anchorAt(from), this.#anchorAt(start));
      from = start + count;
    }
  }

  /** @param {number} index @returns {ChildNode | null} the node before which a row begins */
  #anchorAt(index) {
    return this.rows[index]?.anchor ?? this.place.end;
  }
}

/** @param {ParentNode & Node} parent @param {Stretch} stretch @param {Node | null} next */
function moveAll(parent, { rows, last }, next) {
  /** @type {Node} */
  let node = rows[0].anchor;
  for (let isLast = false; !isLast; ) {
    isLast = node === last;
    const following = /** @type {Node} */ (node.nextSibling);
    move(parent, node, next);
    node = following;
  }
}
