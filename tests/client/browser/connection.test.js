// @ts-check
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Connection } from "../../../client/browser/connection.js";

/** Stands for the browser's WebSocket; a test plays the server. */
class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  /** @type {any} */ onopen;
  /** @type {any} */ onmessage;
  /** @type {any} */ onclose;
  readyState = 0;
  /** @type {any[]} */
  sent = [];

  constructor() {
    FakeSocket.all.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  /** @param {object} message */
  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  /** @param {number} code */
  end(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

/** @type {string[]} */
let told = [];
const newest = () => /** @type {FakeSocket} */ (FakeSocket.all.at(-1));

/** Let time pass in small steps, so that timers set by timers run when they are due. @param {number} ms */
function pass(ms) {
  for (let left = ms; left > 0; left -= 1_000) mock.timers.tick(Math.min(left, 1_000));
}

function openConnection() {
  const connection = new Connection("ws://here", {
    opened: () => told.push("opened"),
    received: ({ t }) => told.push(t),
    lost: () => told.push("lost"),
    refused: () => told.push("refused"),
  });
  connection.start();
  newest().open();
  return connection;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  mock.method(Math, "random", () => 1);
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  FakeSocket.all = [];
  told = [];
});

test("a lost socket is opened again after the back-off", () => {
  openConnection();
  newest().end(1006);
  assert.deepEqual(told, ["opened", "lost"]);
  mock.timers.tick(99);
  assert.equal(FakeSocket.all.length, 1);
  mock.timers.tick(1);
  assert.equal(FakeSocket.all.length, 2);
});

test("a server that takes sockets and drops them meets growing pauses", () => {
  openConnection();
  for (const pause of [100, 200, 400]) {
    newest().end(1006);
    const before = FakeSocket.all.length;
    mock.timers.tick(pause - 1);
    assert.equal(FakeSocket.all.length, before);
    mock.timers.tick(1);
    newest().open();
  }
});

test("a join that succeeded makes the next loss a new one", () => {
  const connection = openConnection();
  newest().end(1006);
  mock.timers.tick(100);
  newest().open();
  connection.succeeded();
  newest().end(1006);
  mock.timers.tick(100);
  assert.equal(FakeSocket.all.length, 3);
});

test("a refusal ends the attempts", () => {
  openConnection();
  newest().end(4403);
  pass(60_000);
  assert.deepEqual(told, ["opened", "refused"]);
  assert.equal(FakeSocket.all.length, 1);
});

test("a bye for good ends the attempts, whatever the code", () => {
  const connection = openConnection();
  connection.prepareEnd({ reason: "enough", again: false, after: 0 });
  newest().end(1000);
  pass(60_000);
  assert.equal(FakeSocket.all.length, 1);
});

test("a page that is seen again comes back at once", () => {
  const connection = openConnection();
  newest().end(4429);
  connection.wake();
  assert.equal(FakeSocket.all.length, 2);
  newest().open();
  pass(15_000);
  assert.equal(FakeSocket.all.length, 2, "the attempt that was planned is left out");
});

test("a ping goes out every twenty seconds", () => {
  openConnection();
  pass(20_000);
  newest().say({ t: "pong" });
  pass(20_000);
  assert.deepEqual(newest().sent, [{ t: "ping" }, { t: "ping" }]);
});

test("a socket that is silent for 45 seconds is given up", () => {
  openConnection();
  pass(44_999);
  assert.deepEqual(told, ["opened"]);
  mock.timers.tick(1);
  assert.deepEqual(told, ["opened", "lost"]);
});

test("after sleep a dead socket is noticed within five seconds", () => {
  const connection = openConnection();
  connection.wake();
  pass(5_000);
  assert.deepEqual(told, ["opened", "lost"]);
});

test("a socket that answers stays", () => {
  const connection = openConnection();
  connection.wake();
  newest().say({ t: "pong" });
  pass(19_000);
  assert.deepEqual(told, ["opened", "pong"]);
});

test("an attempt that hangs is given up after ten seconds", () => {
  const connection = openConnection();
  newest().end(1006);
  connection.wake();
  pass(10_000);
  assert.deepEqual(told, ["opened", "lost", "lost"]);
});

test("a stopped connection stays away until it is started", () => {
  const connection = openConnection();
  connection.stop();
  connection.wake();
  pass(60_000);
  assert.equal(FakeSocket.all.length, 1);
  connection.start();
  assert.equal(FakeSocket.all.length, 2);
});

test("what is sent without a socket is not kept", () => {
  const connection = openConnection();
  newest().end(1006);
  connection.send({ t: "seen" });
  mock.timers.tick(100);
  newest().open();
  assert.deepEqual(newest().sent, []);
});
