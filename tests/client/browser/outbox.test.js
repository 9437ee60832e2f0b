// @ts-check
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Outbox } from "../../../client/browser/outbox.js";
import { Pace } from "../../../client/browser/pace.js";

/** @typedef {import("../../../client/browser/outbox.js").Entry} Entry */

/** @type {[number, string, number][]} */
let sent = [];
/** @type {string[]} */
let dropped = [];

function openOutbox({ isOpen = true } = {}) {
  const outbox = new Outbox(({ number, name, sends }) => sent.push([number, name, sends]), new Pace());
  outbox.onDropped = (_entry, reason) => dropped.push(reason);
  if (isOpen) outbox.open(0);
  return outbox;
}

/** @param {Outbox} outbox @param {string} name @param {object} [more] */
const add = (outbox, name, more) => outbox.add({ name, parameters: {}, ...more });

/** @param {Outbox} outbox @param {number} number */
function acknowledge(outbox, number) {
  for (const entry of outbox.acknowledge(number)) entry.settle();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  sent = [];
  dropped = [];
});

test("events are numbered from one and sent at once", () => {
  const outbox = openOutbox();
  add(outbox, "first");
  add(outbox, "second");
  assert.deepEqual(sent, [[1, "first", 1], [2, "second", 1]]);
});

test("what is done before the join is sent after it, in order", () => {
  const outbox = openOutbox({ isOpen: false });
  add(outbox, "first");
  add(outbox, "second");
  assert.equal(sent.length, 0);
  outbox.open(0);
  assert.deepEqual(sent.map(([number]) => number), [1, 2]);
});

test("an acknowledgement settles everything up to its number", async () => {
  const outbox = openOutbox();
  const first = add(outbox, "first");
  const second = add(outbox, "second");
  add(outbox, "third");
  acknowledge(outbox, 2);
  await Promise.all([first, second]);
  assert.deepEqual(outbox.pending.map(({ name }) => name), ["third"]);
});

test("what was not acknowledged is sent again, and only that", () => {
  const outbox = openOutbox();
  add(outbox, "first");
  add(outbox, "second");
  outbox.close();
  add(outbox, "third");
  sent = [];
  outbox.open(1);
  assert.deepEqual(sent, [[2, "second", 2], [3, "third", 1]]);
});

test("an event that was sent again twice and never answered is dropped with a notice", async () => {
  const outbox = openOutbox();
  const promise = add(outbox, "broken");
  for (const round of [2, 3]) {
    outbox.close();
    outbox.open(0);
    assert.deepEqual(sent.at(-1), [1, "broken", round]);
  }
  outbox.close();
  outbox.open(0);
  assert.equal(sent.length, 3);
  assert.match(dropped[0], /"broken" got no answer/);
  await assert.rejects(promise, /given up/);
});

test("the oldest of more than a hundred waiting events is refused", async () => {
  const outbox = openOutbox({ isOpen: false });
  const oldest = add(outbox, "oldest");
  for (let count = 0; count < 100; count += 1) add(outbox, "more");
  await assert.rejects(oldest, /Too much is waiting/);
  assert.equal(outbox.pending.length, 100);
  assert.equal(dropped.length, 1);
});

test("no more than forty events leave in a second", () => {
  const outbox = openOutbox({ isOpen: false });
  for (let count = 0; count < 90; count += 1) add(outbox, "click");
  outbox.open(0);
  assert.equal(sent.length, 40);
  mock.timers.tick(999);
  assert.equal(sent.length, 40);
  mock.timers.tick(1);
  assert.equal(sent.length, 80);
  mock.timers.tick(1000);
  assert.equal(sent.length, 90);
});

test("a server that does not answer is not flooded", () => {
  const outbox = openOutbox();
  for (let count = 0; count < 150; count += 1) {
    add(outbox, "click");
    mock.timers.tick(100);
  }
  assert.equal(sent.length, 100);
  acknowledge(outbox, 1);
  assert.equal(sent.length, 101);
});

test("while it waits, only the newest text of an input counts", () => {
  const outbox = openOutbox({ isOpen: false });
  const newestOf = /** @type {Element} */ ({});
  add(outbox, "typed", { newestOf, parameters: { text: "h" } });
  add(outbox, "typed", { newestOf, parameters: { text: "hello" } });
  add(outbox, "clicked");
  add(outbox, "typed", { newestOf, parameters: { text: "hello!" } });
  assert.deepEqual(
    outbox.pending.map(({ number, parameters }) => [number, parameters.text]),
    [[2, "hello"], [3, undefined], [4, "hello!"]],
  );
});

test("numbers are never used twice", () => {
  const outbox = openOutbox();
  add(outbox, "first");
  acknowledge(outbox, 1);
  outbox.close();
  outbox.open(0);
  add(outbox, "second");
  assert.deepEqual(sent.map(([number]) => number), [1, 2]);
});
