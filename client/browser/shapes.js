// @ts-check
// The fixed texts of templates, each sent once, and what stands in for values in them.

import { Misfit } from "./parse.js";
import { MARK, placeholder } from "./placeholders.js";
import { Prototype } from "./prototype.js";

// An open tag up to its end, or (as the second) up to where a value stands in it.
const TAG = /^<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>/i;
const TAG_START = /<[a-z](?:[^>"']|"[^"]*"|'[^']*')*(?:"[^"]*|'[^']*)?$/i;

export class Shape {
  /** By the tags around it, since `<td>` means nothing outside of a row. @type {Map<string, Prototype>} */
  #prototypes = new Map();

  /** @param {number} id @param {string[]} statics @param {string} kinds */
  constructor(id, statics, kinds) {
    this.id = id;
    this.statics = statics;
    this.kinds = kinds;
  }

  /** @param {string} chain the open tags around the place @returns {Prototype} */
  prototypeIn(chain) {
    let prototype = this.#prototypes.get(chain);
    if (!prototype) this.#prototypes.set(chain, (prototype = new Prototype(this, chain)));
    return prototype;
  }

  /** The text with a placeholder for each value. */
  get html() {
    return this.statics.reduce((html, text, next) => html + this.#placeholder(next - 1) + text);
  }

  /** @param {number} slot */
  #placeholder(slot) {
    const mark = placeholder(slot);
    const kind = this.kinds[slot];
    if (kind === "c") return `<!--${mark}--><!---->`;
    return kind === "o" ? `<!--${mark}-->` : mark;
  }

  /** The fixed parts of one open tag around its slots. @param {number[]} slots */
  tagPieces(slots) {
    const [first] = slots;
    const start = TAG_START.exec(this.statics[first])?.[0] ?? "";
    const pieces = [start, ...slots.slice(1).map((slot) => this.statics[slot])];
    const before = pieces.join("");
    const rest = this.statics[first + slots.length];
    pieces.push(TAG.exec(before + rest)?.[0].slice(before.length) ?? "");
    return pieces;
  }
}

/** The shapes that this page knows, by the server's numbers. */
export class Shapes {
  /** @type {Map<number, Shape>} */
  #byId = new Map();
  /** A restarted server numbers anew, but its texts are the same. @type {Map<string, Shape>} */
  #byText = new Map();

  /** @param {Record<string, {s: string[], k: string}>} shapes */
  learn(shapes) {
    for (const [id, { s: statics, k: kinds }] of Object.entries(shapes)) {
      const text = kinds + MARK + statics.join(MARK);
      let shape = this.#byText.get(text);
      if (!shape) this.#byText.set(text, (shape = new Shape(+id, statics, kinds)));
      shape.id = +id;
      this.#byId.set(+id, shape);
    }
  }

  /** @param {number} id @returns {Shape} */
  get(id) {
    const shape = this.#byId.get(id);
    if (!shape) throw new Misfit(`shape ${id}`);
    return shape;
  }
}
