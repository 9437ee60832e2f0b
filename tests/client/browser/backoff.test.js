// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { retryDelay } from "../../../client/browser/backoff.js";

const most = () => 1;
const least = () => 0;

test("the first attempt comes within a tenth of a second", () => {
  assert.equal(retryDelay({ code: 1006, attempt: 0 }, most), 100);
  assert.equal(retryDelay({ code: 1006, attempt: 0 }, least), 0);
});

test("each attempt doubles the ceiling, up to ten seconds", () => {
  const delays = [1, 2, 3, 6, 7, 60].map((attempt) => retryDelay({ code: 1006, attempt }, most));
  assert.deepEqual(delays, [200, 400, 800, 6400, 10_000, 10_000]);
});

test("a page that was refused does not come back", () => {
  assert.equal(retryDelay({ code: 4403, attempt: 0 }), null);
});

test("a page that asked too much waits five seconds", () => {
  assert.equal(retryDelay({ code: 4429, attempt: 0 }, least), 5_000);
});

test("pages return from a restart spread over three seconds", () => {
  assert.equal(retryDelay({ code: 1012, attempt: 0 }, most), 3_000);
  assert.equal(retryDelay({ code: 1012, attempt: 0 }, least), 0);
});

test("a server that says when to come back is heard", () => {
  assert.equal(retryDelay({ code: 1012, attempt: 0, afterSeconds: 7 }, least), 7_000);
});
