// @ts-check
// In development a page hears what each turn has cost: `limelight:turn` at the document.
//
// It looks on from outside, at the socket, so that the client itself carries none of it.

import "./hook_advice.js";

/**
 * @typedef {import("./messages.js").Wire} Wire
 *
 * @typedef {object} Turn  the `detail` of `limelight:turn`
 * @property {"frame" | "error" | "joined"} message  what the server has sent
 * @property {number} view
 * @property {string} event  the newest handler that it answers, or the address of a move;
 *   empty if nobody has asked: a tick, a broadcast, the result of background work
 * @property {number} answers  how many events it answers
 * @property {number | null} milliseconds  from the sending of that event until the page is patched
 * @property {number | null} serverMilliseconds  what its turn and the rendering took of these
 * @property {number} bytes  of the message, as it came over the socket
 */

/** What was sent and has no answer yet. @type {{ view: number, number: number, event: string, at: number }[]} */
let waiting = [];

/** @param {unknown} data */
function sent(data) {
  if (typeof data !== "string") return;
  /** @type {Wire} */
  const { t: kind, v: view = 0, n: number, h: handler, u: url } = JSON.parse(data);
  if (kind !== "event" && kind !== "navigate") return;
  // After a lost socket it may be sent again: only the last time counts.
  waiting = waiting.filter((one) => one.view !== view || one.number !== number);
  waiting.push({ view, number, event: handler ?? url, at: performance.now() });
}

/** @param {string} data */
function received(data) {
  /** @type {Wire} */
  const { t: message, v: view = 0, n: sequence, a: acknowledged = 0, m: took } = JSON.parse(data);
  if (message !== "frame" && message !== "error" && message !== "joined") return;
  const answered = waiting.filter((one) => one.view === view && one.number <= acknowledged);
  waiting = waiting.filter((one) => !answered.includes(one));
  const newest = answered.at(-1);
  // It only acknowledges what has failed, and that was told before.
  if (message === "frame" && !sequence && !newest) return;
  /** @type {Turn} */
  const detail = {
    message,
    view,
    event: newest?.event ?? "",
    answers: answered.length,
    milliseconds: newest ? performance.now() - newest.at : null,
    serverMilliseconds: typeof took === "number" ? took : null,
    bytes: new TextEncoder().encode(data).length,
  };
  document.dispatchEvent(new CustomEvent("limelight:turn", { detail }));
}

/** @param {string | URL} url */
function isOurs(url) {
  const meta = document.querySelector('meta[name="limelight-socket"]');
  return new URL(url).pathname === new URL(meta?.getAttribute("content") ?? "", location.href).pathname;
}

class WatchedSocket extends window.WebSocket {
  #isOurs;

  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    this.#isOurs = isOurs(this.url);
    if (!this.#isOurs) return;
    // Added only now, it is told of a message after the client, which has patched the page.
    this.addEventListener("open", () => {
      this.addEventListener("message", ({ data }) => received(data));
    });
  }

  /** @param {any} data */
  send(data) {
    if (this.#isOurs) sent(data);
    super.send(data);
  }
}

window.WebSocket = WatchedSocket;
