// @ts-check
// A shape as nodes to be copied, and where in them each slot is.

import { Misfit, parse } from "./parse.js";
import { Content, withNewline } from "./content.js";
import { AttributePart, IGNORED, RawPart, TagPart } from "./parts.js";
import { hasPlaceholder, piecesOf, slotsIn } from "./placeholders.js";

/**
 * @typedef {import("./parts.js").Part} Part
 * @typedef {import("./parts.js").Group} Group
 *
 * @typedef {object} Site  a node with slots
 * @property {number} index  how many nodes come before it
 * @property {(Group & {kind: new (element: Element, group: any) => Part})[]} groups
 * @property {number} [slot]  of its content
 * @property {boolean} [hasNewline]  the fixed text has the newline that browsers drop
 */

const PRE_WITH_NEWLINE = /<(pre|listing)[^>]*>\n$/i;
const RAW_TEXT = /^(script|style|textarea|title)$/;

export class Prototype {
  /** @type {Map<Node, Site>} */
  sites = new Map();
  /** The elements with slots somewhere inside. @type {Set<Node>} */
  holders = new Set();
  /** Slots that are filled once and then belong to somebody else. @type {Set<number>} */
  ignored = new Set();
  /** Slots found, and nodes gone through. */
  #found = 0;
  #nodes = 0;

  /** @param {import("./shapes.js").Shape} shape @param {string} chain */
  constructor(shape, chain) {
    this.shape = shape;
    this.chain = chain;
    this.content = parse(chain, shape.html);
    this.#read(this.content, false);
    if (this.#found < shape.kinds.length) throw new Misfit(shape.html);
  }

  /** A copy of the nodes and the parts of its slots. */
  copy() {
    const fragment = /** @type {import("./parse.js").Filling} */ (this.content.cloneNode(true));
    fragment.chain = this.chain;
    /** @type {Part[]} */
    const parts = [];
    const walker = document.createTreeWalker(fragment);
    let index = 0;
    for (const site of this.sites.values()) {
      for (; index < site.index; index++) walker.nextNode();
      this.attach(site, walker.currentNode, parts);
    }
    return { fragment, parts };
  }

  /** @param {Site} site @param {Node} node the node of the page @param {Part[]} parts */
  attach({ groups, slot, hasNewline }, node, parts) {
    for (const group of groups) {
      const part = new group.kind(/** @type {Element} */ (node), group);
      for (const slot of group.slots) parts[slot] = part;
    }
    if (slot !== undefined) parts[slot] = new Content(this.shape, slot, node);
    if (hasNewline) withNewline.add(/** @type {Node} */ (node.parentNode));
  }

  /** From now on, what is marked as somebody else's is left alone. @param {Part[]} parts */
  release(parts) {
    for (const slot of this.ignored) parts[slot] = IGNORED;
  }

  /** @param {Node} parent @param {boolean} isIgnored */
  #read(parent, isIgnored) {
    for (let node = parent.firstChild; node; node = node.nextSibling) {
      const [slot] = node instanceof Comment ? slotsIn(node.data) : [];
      if (slot !== undefined && this.shape.kinds[slot] === "o") {
        node.remove();
        this.#readContent(slot, parent, isIgnored);
        return;
      }
      this.#nodes++;
      if (slot !== undefined) this.#readContent(slot, node, isIgnored);
      else if (node instanceof Element) this.#readElement(node, isIgnored);
    }
  }

  /** @param {number} slot @param {Node} node its anchor @param {boolean} isIgnored */
  #readContent(slot, node, isIgnored) {
    const site = this.#site(node);
    site.slot = slot;
    site.hasNewline = PRE_WITH_NEWLINE.test(this.shape.statics[slot]);
    this.#note([slot], isIgnored);
    this.#noteHolders(node.parentNode);
  }

  /** @param {Element} element @param {boolean} isIgnored */
  #readElement(element, isIgnored) {
    const groups = [...this.#tagGroups(element), ...this.#rawGroups(element)];
    for (const { slots } of groups) this.#note(slots, isIgnored);
    if (groups.length) {
      this.#site(element).groups = groups;
      this.#noteHolders(element.parentNode);
    }
    this.#read(element, isIgnored || element.matches("[dj-update=ignore]"));
  }

  /** @param {Element} element @returns {Site["groups"]} */
  #tagGroups(element) {
    const filled = [...element.attributes].filter(
      ({ name, value }) => hasPlaceholder(name) || hasPlaceholder(value),
    );
    const slots = filled.flatMap(({ name, value }) => slotsIn(name + value));
    if (slots.some((slot) => this.shape.kinds[slot] === "g")) {
      for (const attribute of filled) element.removeAttributeNode(attribute);
      slots.sort((one, other) => one - other);
      return [{ kind: TagPart, slots, pieces: this.shape.tagPieces(slots) }];
    }
    return filled.map((attribute) => {
      const { value } = attribute;
      attribute.value = "";
      return { kind: AttributePart, attribute, slots: slotsIn(value), pieces: piecesOf(value) };
    });
  }

  /** @param {Element} element @returns {Site["groups"]} */
  #rawGroups(element) {
    const text = element.textContent ?? "";
    if (!RAW_TEXT.test(element.localName) || !hasPlaceholder(text)) return [];
    element.textContent = "";
    const [slots, pieces] = [slotsIn(text), piecesOf(text)];
    // A newline right behind the tag was dropped already if the fixed text has it.
    const isFirst = !pieces[0] && !this.shape.statics[slots[0]].endsWith("\n");
    return [{ kind: RawPart, slots, pieces, isFirst }];
  }

  /** @param {Node} node @returns {Site} */
  #site(node) {
    const site = this.sites.get(node) ?? { index: this.#nodes, groups: [] };
    this.sites.set(node, site);
    return site;
  }

  /** @param {number[]} slots @param {boolean} isIgnored */
  #note(slots, isIgnored) {
    this.#found += slots.length;
    if (isIgnored) for (const slot of slots) this.ignored.add(slot);
  }

  /** @param {Node | null} node */
  #noteHolders(node) {
    for (; node && !this.holders.has(node); node = node.parentNode) this.holders.add(node);
  }
}
