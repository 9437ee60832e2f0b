// @ts-check
// One socket that comes back by itself: heartbeat, reconnect with back-off, and an end.

import { retryDelay } from "./backoff.js";
import { ping } from "./messages.js";

const HEARTBEAT_MS = 20_000;
const ANSWER_MS = 25_000;
const WAKE_ANSWER_MS = 5_000;
const CONNECT_MS = 10_000;

/**
 * @typedef {object} ConnectionListener
 * @property {() => void} opened  the socket is open: join now
 * @property {(message: import("./messages.js").Wire) => void} received
 * @property {() => void} lost  the socket is gone; it will be tried again
 * @property {() => void} refused  the server does not want us back
 */

export class Connection {
  #url;
  #listener;
  /** @type {WebSocket | undefined} */
  #socket;
  #attempt = 0;
  #afterSeconds = 0;
  #mayReturn = true;
  #isStopped = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #deadline;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #heartbeat;

  /** @param {string} url @param {ConnectionListener} listener */
  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
  }

  /** Whether messages that are sent now can arrive. */
  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  /** Connect now, whatever was decided before. */
  start() {
    this.#isStopped = false;
    this.#mayReturn = true;
    this.#afterSeconds = 0;
    if (!this.#socket) this.#open();
  }

  /** Close the socket and stay away until `start`. */
  stop() {
    this.#isStopped = true;
    clearTimeout(this.#retryTimer);
    if (this.#forget()) this.#listener.lost();
  }

  /** The page is seen or online again: come back at once, or make sure of the socket. */
  wake() {
    if (this.#isStopped) return;
    if (!this.#socket) this.#open();
    else if (this.isOpen) this.#ping(WAKE_ANSWER_MS);
  }

  /** The views have joined: the next loss is a new one. */
  succeeded() {
    this.#attempt = 0;
  }

  /** What the server asked for before it closes. @param {import("./messages.js").Bye} bye */
  prepareEnd({ again, after }) {
    this.#mayReturn = again;
    this.#afterSeconds = after;
  }

  /** Send if the socket is open; else the message is lost. @param {object} message or bytes */
  send(message) {
    if (this.isOpen) this.#socket?.send(message instanceof Uint8Array ? /** @type {any} */ (message) : JSON.stringify(message));
  }

  #open() {
    clearTimeout(this.#retryTimer);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#expectWithin(CONNECT_MS);
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code }) => this.#lost(code);
  }

  #opened() {
    this.#heard();
    this.#heartbeat = setInterval(() => this.#ping(ANSWER_MS), HEARTBEAT_MS);
    this.#listener.opened();
  }

  /** @param {string} data */
  #received(data) {
    this.#heard();
    this.#listener.received(JSON.parse(data));
  }

  /** @param {number} milliseconds */
  #ping(milliseconds) {
    this.send(ping());
    // A slower deadline must not replace the one that already runs.
    if (milliseconds < ANSWER_MS) this.#heard();
    this.#expectWithin(milliseconds);
  }

  /** @param {number} milliseconds */
  #expectWithin(milliseconds) {
    this.#deadline ??= setTimeout(() => this.#lost(1006), milliseconds);
  }

  #heard() {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** @param {number} code */
  #lost(code) {
    this.#forget();
    const attempt = this.#attempt++;
    const delay = retryDelay({ code, attempt, afterSeconds: this.#afterSeconds });
    this.#afterSeconds = 0;
    if (delay === null || !this.#mayReturn) {
      this.#isStopped = true;
      this.#listener.refused();
      return;
    }
    this.#retryTimer = setTimeout(() => this.#open(), delay);
    this.#listener.lost();
  }

  /** Let go of the socket without waiting for a peer that may never answer. */
  #forget() {
    const socket = this.#socket;
    this.#heard();
    clearInterval(this.#heartbeat);
    if (!socket) return false;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = undefined;
    return true;
  }
}
