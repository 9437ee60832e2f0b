// @ts-check
// Which stretches of rows stay where they are when rows change their order.

/**
 * A stretch of rows: old ones from `start` on, or (without a start) new ones.
 *
 * @typedef {object} Stretch
 * @property {number} start @property {number} count
 * @property {number} [weight] what it costs to move it
 */

/**
 * The heaviest of all subsequences with rising starts: the rest has to move around it.
 *
 * @template {Stretch} S @param {S[]} stretches @returns {Set<S>}
 */
export function heaviestRising(stretches) {
  /** @typedef {{stretch: S, weight: number, before: Step | undefined}} Step */
  /** The best that ends at each start: both starts and weights rise. @type {Step[]} */
  const best = [];
  for (const stretch of stretches) {
    const at = positionOf(best, stretch.start);
    const before = best[at - 1];
    const weight = (before?.weight ?? 0) + (stretch.weight ?? stretch.count);
    let worse = at;
    while (worse < best.length && best[worse].weight <= weight) worse++;
    best.splice(at, worse - at, { stretch, weight, before });
  }
  const staying = new Set();
  for (let step = best.at(-1); step; step = step.before) staying.add(step.stretch);
  return staying;
}

/** @param {{stretch: Stretch}[]} steps @param {number} start */
function positionOf(steps, start) {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle].stretch.start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
