// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import * as messages from "../../../client/browser/messages.js";

/** @param {object} message */
const onWire = (message) => JSON.parse(JSON.stringify(message));

test("defaults are left out of what is sent", () => {
  const event = messages.event({ view: 0, number: 3, name: "increment", parameters: { by: "2" } });
  assert.deepEqual(onWire(event), { t: "event", n: 3, h: "increment", p: { by: "2" } });
});

test("a repeated event says so, with the view and what was seen", () => {
  const event = messages.event({
    view: 1, number: 3, name: "increment", parameters: {}, seen: 9, repeated: true,
  });
  assert.deepEqual(onWire(event), { t: "event", v: 1, n: 3, h: "increment", p: {}, s: 9, r: true });
});

test("a join that comes back tells what it has seen", () => {
  const join = messages.join({
    view: 0, token: "t", url: "/", bound: false, epoch: "e", page: "p", seen: 4, parameters: {},
  });
  assert.deepEqual(onWire(join), { t: "join", k: "t", u: "/", e: "e", i: "p", n: 4, p: {} });
});

test("what the server left out reads as its default", () => {
  const { view, sequence, acknowledged, shapes, diff, operations } = messages.frame({ t: "frame", a: 7 });
  assert.deepEqual([view, sequence, acknowledged, shapes, diff, operations], [0, 0, 7, {}, undefined, []]);
  assert.equal(messages.bye({ t: "bye", m: "restart" }).again, true);
  assert.equal(messages.error({ t: "error", k: "crash", m: "boom" }).number, 0);
});
