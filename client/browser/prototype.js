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
 * @property {number[]} path  from the top: the index of a child at each level
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

  /** @param {import("./shapes.js").Shape} shape @param {string} chain */
  constructor(shape, chain) {
    this.shape = shape;
    this.chain = chain;
    this.content = parse(chain, shape.html);
    this.#found = 0;
    this.#read(this.content, [], false);
    if (this.#found < shape.kinds.length) throw new Misfit(shape.html);
  }

  #found;

  /** A copy of the nodes and the parts of its slots. */
  copy() {
    const fragment = /** @type {import("./parse.js").Filling} */ (this.content.cloneNode(true));
    fragment.chain = this.chain;
    /** @type {Part[]} */
    const parts = [];
    for (const site of this.sites.values()) this.attach(site, nodeAt(fragment, site.path), parts);
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

  /** @param {Node} parent @param {number[]} path @param {boolean} isIgnored */
  #read(parent, path, isIgnored) {
    let index = 0;
    for (let node = parent.firstChild; node; node = node.nextSibling, index++) {
      const [slot] = node instanceof Comment ? slotsIn(node.data) : [];
      if (slot !== undefined) {
        this.#readContent(slot, node, [...path, index], isIgnored);
        if (this.shape.kinds[slot] === "o") return node.remove();
        node = /** @type {ChildNode} */ (node.nextSibling);
        index++;
      } else if (node instanceof Element) {
        this.#readElement(node, [...path, index], isIgnored);
      }
    }
  }

  /** @param {number} slot @param {Node} node @param {number[]} path @param {boolean} isIgnored */
  #readContent(slot, node, path, isIgnored) {
    const isOnly = this.shape.kinds[slot] === "o";
    const site = this.#site(isOnly ? node.parentNode : node, isOnly ? path.slice(0, -1) : path);
    site.slot = slot;
    site.hasNewline = PRE_WITH_NEWLINE.test(this.shape.statics[slot]);
    this.#note([slot], isIgnored);
    this.#noteHolders(node.parentNode);
  }

  /** @param {Element} element @param {number[]} path @param {boolean} isIgnored */
  #readElement(element, path, isIgnored) {
    const groups = [...this.#tagGroups(element), ...this.#rawGroups(element)];
    for (const { slots } of groups) this.#note(slots, isIgnored);
    if (groups.length) {
      this.#site(element, path).groups = groups;
      this.#noteHolders(element.parentNode);
    }
    this.#read(element, path, isIgnored || element.getAttribute("dj-update") === "ignore");
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

  /** @param {Node | null} node @param {number[]} path @returns {Site} */
  #site(node, path) {
    const site = this.sites.get(/** @type {Node} */ (node)) ?? { path, groups: [] };
    this.sites.set(/** @type {Node} */ (node), site);
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

/** @param {Node} node @param {number[]} path */
function nodeAt(node, path) {
  for (let index of path) {
    node = /** @type {Node} */ (node.firstChild);
    while (index--) node = /** @type {Node} */ (node.nextSibling);
  }
  return node;
}
