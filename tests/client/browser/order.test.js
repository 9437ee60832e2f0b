// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { heaviestRising } from "../../../client/browser/order.js";

/** @typedef {import("../../../client/browser/order.js").Stretch} Stretch */

/** Stretches as `start x count`. @param {string} text @returns {Stretch[]} */
function stretches(text) {
  return text.split(" ").map((pair) => {
    const [start, count] = pair.split("x").map(Number);
    return { start, count };
  });
}

/** @param {string} text */
const stay = (text) => [...heaviestRising(stretches(text))].map(({ start }) => start).reverse();

test("rows in order all stay", () => {
  assert.deepEqual(stay("0x2 5x1 9x4"), [0, 5, 9]);
});

test("one row that moved to the end moves alone", () => {
  assert.deepEqual(stay("1x9 0x1"), [1]);
});

test("few rows move around many", () => {
  assert.deepEqual(stay("5x3 0x2 2x2"), [0, 2]);
  assert.deepEqual(stay("5x9 0x2 2x2"), [5]);
});

test("what must not move stays at any price", () => {
  const [many, one] = [{ start: 5, count: 900 }, { start: 0, count: 1, weight: Infinity }];
  assert.deepEqual([...heaviestRising([many, one])], [one]);
});

test("nothing stays of nothing", () => {
  assert.equal(heaviestRising([]).size, 0);
});

test("no other rising choice is heavier", () => {
  let seed = 7;
  const random = (/** @type {number} */ below) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 300; round++) {
    const all = [...Array(1 + random(8)).keys()].map((start) => ({ start, count: 1 + random(9) }));
    all.sort(() => random(3) - 1);
    const chosen = [...heaviestRising(all)].reverse();
    assert.ok(isRising(chosen));
    assert.equal(weigh(chosen), Math.max(...choices(all).filter(isRising).map(weigh)));
  }
});

/** @param {Stretch[]} all */
const isRising = (all) => all.every(({ start }, index) => !index || start > all[index - 1].start);

/** @param {Stretch[]} all */
const weigh = (all) => all.reduce((sum, { count }) => sum + count, 0);

/** Every way to take some of them, in their order. @param {Stretch[]} all @returns {Stretch[][]} */
function choices([first, ...rest]) {
  if (!first) return [[]];
  const others = choices(rest);
  return [...others, ...others.map((choice) => [first, ...choice])];
}
