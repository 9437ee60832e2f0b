// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyAttributes, keyNames } from "../../../client/browser/keys.js";

test("a key has its own name in small letters and the short one", () => {
  assert.deepEqual(keyNames("Enter"), ["enter"]);
  assert.deepEqual(keyNames("Escape"), ["escape", "esc"]);
  assert.deepEqual(keyNames("ArrowUp"), ["arrowup", "up"]);
  assert.deepEqual(keyNames(" "), [" ", "space"]);
});

test("a key answers to the plain attribute and to its own", () => {
  assert.deepEqual(keyAttributes("dj-keydown", "Enter"), ["dj-keydown", "dj-keydown.enter"]);
});

test("a form that is filled in by the browser presses no key", () => {
  assert.deepEqual(keyAttributes("dj-keydown", undefined), []);
});
