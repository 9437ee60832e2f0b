// @ts-check
// The live socket as the inspector has it: it can be slow, it can be cut, and it notes what passes.

/** @typedef {import("./messages.js").Wire} Wire */

const LATENCY = "limelight-latency";

/** What all live sockets of this page share. */
class Line extends EventTarget {
  /** The newest token of each view, by its number: with it the server finds the view. @type {Map<number, string>} */
  tokens = new Map();
  /** What the server has sent last. @type {Wire} */
  newest = {};
  /** @type {SlowSocket | undefined} */
  socket;
  #latency = Number(sessionStorage.getItem(LATENCY)) || 0;

  /** How long every message takes each way, in milliseconds. A reload keeps it. */
  get latency() {
    return this.#latency;
  }

  set latency(milliseconds) {
    this.#latency = milliseconds;
    sessionStorage.setItem(LATENCY, String(milliseconds));
    this.dispatchEvent(new Event("latency"));
  }

  /** Close the socket as a lost network would. False if there is none. */
  cut() {
    const { socket } = this;
    if (socket?.readyState !== 1) return false;
    socket.close(4000, "dropped by the inspector");
    return true;
  }

  /** @param {unknown} data */
  sent(data) {
    if (typeof data !== "string") return;
    const { t: kind, v: view = 0, k: token } = JSON.parse(data);
    if (kind === "join") this.tokens.set(view, token);
    if (kind === "leave") this.tokens.delete(view);
  }

  /** @param {unknown} data */
  received(data) {
    if (typeof data !== "string") return;
    this.newest = JSON.parse(data);
    const { t: kind, v: view = 0, k: token } = this.newest;
    if (kind === "joined" && token) this.tokens.set(view, token);
  }
}

export const line = new Line();

/** Hands over in the order in which it was given, however the delay changes meanwhile. */
class Queue {
  /** @type {(() => void)[]} */
  #waiting = [];
  #due = 0;

  /** @param {() => void} task */
  run(task) {
    if (!line.latency && !this.#waiting.length) {
      task();
      return;
    }
    this.#waiting.push(task);
    this.#due = Math.max(this.#due, performance.now() + line.latency);
    setTimeout(() => this.#waiting.shift()?.(), this.#due - performance.now());
  }

  flush() {
    for (const task of this.#waiting.splice(0)) task();
  }
}

/** @param {string | URL} url */
function isLive(url) {
  const meta = document.querySelector('meta[name="limelight-socket"]');
  const live = new URL(meta?.getAttribute("content") ?? "", location.href);
  return new URL(url, location.href).pathname === live.pathname;
}

/** Every socket of the page; only the live one is slowed down. */
export class SlowSocket extends window.WebSocket {
  #isLive;
  #out = new Queue();
  #in = new Queue();
  /** What was held back and is on its way now. @type {WeakSet<globalThis.Event>} */
  #released = new WeakSet();

  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    this.#isLive = isLive(this.url);
    if (!this.#isLive) return;
    line.socket = this;
    // The first listeners: what they stop, no other hears.
    this.addEventListener("message", (event) => this.#arrived(event, ({ data }) => new MessageEvent("message", { data })));
    this.addEventListener("close", (event) =>
      this.#arrived(event, ({ code, reason, wasClean }) => new CloseEvent("close", { code, reason, wasClean })),
    );
  }

  /** @param {any} data */
  send(data) {
    if (!this.#isLive) {
      super.send(data);
      return;
    }
    line.sent(data);
    this.#out.run(() => this.readyState === 1 && super.send(data));
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code, reason) {
    // What was said before is not lost: it may be that the page is left.
    this.#out.flush();
    super.close(code, reason);
  }

  /**
   * @template {globalThis.Event} Kind
   * @param {Kind} event @param {(event: Kind) => globalThis.Event} copy
   */
  #arrived(event, copy) {
    if (this.#released.has(event)) return;
    event.stopImmediatePropagation();
    this.#in.run(() => {
      if (event instanceof MessageEvent) line.received(event.data);
      const released = copy(event);
      this.#released.add(released);
      this.dispatchEvent(released);
    });
  }
}
