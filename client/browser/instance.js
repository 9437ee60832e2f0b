// @ts-check
// One node or row of a view: a shape at a place, and the parts of its slots.

/**
 * @typedef {import("./parts.js").Part} Part
 * @typedef {import("./picture.js").Picture} Picture
 * @typedef {import("./shapes.js").Shape} Shape
 */

export class Instance {
  /** @param {Shape} shape @param {Part[]} parts */
  constructor(shape, parts) {
    this.shape = shape;
    this.parts = parts;
  }

  /**
   * @param {Shape} shape @param {string} chain the open tags around it
   * @param {any[]} values @param {Picture} picture
   */
  static create(shape, chain, values, picture) {
    const prototype = shape.prototypeIn(chain);
    const { fragment, parts } = prototype.copy();
    const instance = new Instance(shape, parts);
    picture.building++;
    instance.assign(values, picture);
    picture.building--;
    prototype.release(parts);
    return { fragment, instance };
  }

  /** @param {Record<number, any>} diff @param {Picture} picture */
  patch(diff, picture) {
    for (const slot in diff) this.parts[slot].set(diff[slot], +slot, diff, picture);
  }

  /** Show these values. @param {any[]} values @param {Picture} picture */
  assign(values, picture) {
    for (let slot = 0; slot < values.length; slot++) {
      this.parts[slot].set(values[slot], slot, values, picture);
    }
  }
}
