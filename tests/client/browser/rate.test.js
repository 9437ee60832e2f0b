// @ts-check
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { limitsOf, Rate } from "../../../client/browser/rate.js";

/** @param {Record<string, string>} attributes @param {string} [type] */
function control(attributes, type = "text") {
  const getAttribute = (/** @type {string} */ name) => attributes[name] ?? null;
  return /** @type {Element} */ (/** @type {unknown} */ ({ type, getAttribute }));
}

/** @type {string[]} */
let ran = [];
const run = (/** @type {string} */ name) => () => ran.push(name);
const field = control({});

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  ran = [];
});

test("what is debounced runs once, after the pause", () => {
  const rate = new Rate();
  rate.run(field, "input", { debounce: 100 }, run("a"));
  mock.timers.tick(99);
  rate.run(field, "input", { debounce: 100 }, run("b"));
  mock.timers.tick(99);
  assert.deepEqual(ran, []);
  mock.timers.tick(1);
  assert.deepEqual(ran, ["b"]);
});

test("what is throttled runs at once, and its newest at the end of each pause", () => {
  const rate = new Rate();
  for (const name of ["a", "b", "c"]) rate.run(field, "click", { throttle: 100 }, run(name));
  assert.deepEqual(ran, ["a"]);
  mock.timers.tick(100);
  assert.deepEqual(ran, ["a", "c"]);
  rate.run(field, "click", { throttle: 100 }, run("d"));
  assert.deepEqual(ran, ["a", "c"]);
  mock.timers.tick(100);
  assert.deepEqual(ran, ["a", "c", "d"]);
  mock.timers.tick(100);
  rate.run(field, "click", { throttle: 100 }, run("e"));
  assert.deepEqual(ran, ["a", "c", "d", "e"]);
});

test("an event without limits sends what is held back before it", () => {
  const rate = new Rate();
  rate.run(field, "input", { debounce: 100 }, run("typed"));
  rate.run(control({}), "click", {}, run("clicked"));
  mock.timers.tick(1000);
  assert.deepEqual(ran, ["typed", "clicked"]);
});

test("what waits for the blur has no timer", () => {
  const rate = new Rate();
  rate.run(field, "input", { debounce: "blur" }, run("typed"));
  mock.timers.tick(60_000);
  assert.deepEqual(ran, []);
  rate.flush();
  assert.deepEqual(ran, ["typed"]);
});

test("text fields wait for a pause and choices do not", () => {
  assert.deepEqual(limitsOf(field, field, "input"), { debounce: 100 });
  const box = control({}, "checkbox");
  assert.deepEqual(limitsOf(box, box, "input"), {});
  assert.deepEqual(limitsOf(field, field, "change"), {});
  const slider = control({}, "range");
  assert.deepEqual(limitsOf(slider, slider, "input"), { throttle: 100 });
});

test("the control's own attribute comes before that of its form", () => {
  const form = control({ "dj-debounce": "500" });
  assert.deepEqual(limitsOf(control({ "dj-debounce": "blur" }), form, "input"), { debounce: "blur" });
  assert.deepEqual(limitsOf(field, form, "input"), { debounce: 500 });
  assert.deepEqual(limitsOf(control({ "dj-debounce": "0" }), form, "input"), { debounce: 0 });
});
