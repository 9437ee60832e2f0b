// @ts-check
// The state of the connection: `data-live` on the page, and a small pill that speaks.

import { texts } from "./texts.js";

const NOTICE_MS = 8_000;

/** @typedef {"connecting" | "connected" | "disconnected" | "refused"} State */

export class Status {
  #pill = document.createElement("div");
  #notice = "";
  /** @type {HTMLButtonElement | undefined} */
  #button;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  start() {
    this.#pill.className = "live-status";
    this.#pill.setAttribute("role", "status");
    document.body.append(this.#pill);
  }

  /** @param {State} state */
  show(state) {
    const page = document.documentElement;
    if (page.dataset.live === state) return;
    page.dataset.live = state;
    if (state === "connected") this.#button = undefined;
    if (state === "refused") this.#offerButton(texts.reload, () => location.reload());
    this.#draw();
  }

  /** Say something for a moment. @param {string} text */
  notice(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.notice(""), NOTICE_MS);
    this.#notice = text;
    this.#draw();
  }

  /**
   * Say something until the reader asks for it to be tried again.
   *
   * @param {string} text @param {() => void} retry
   */
  offer(text, retry) {
    clearTimeout(this.#timer);
    this.#notice = text;
    this.#offerButton(texts.retry, () => {
      this.#button = undefined;
      this.notice("");
      retry();
    });
    this.#draw();
  }

  /** @param {string} label @param {() => void} action */
  #offerButton(label, action) {
    this.#button = document.createElement("button");
    this.#button.type = "button";
    this.#button.textContent = label;
    this.#button.onclick = action;
  }

  #draw() {
    const state = /** @type {keyof typeof texts} */ (document.documentElement.dataset.live);
    const said = document.createElement("span");
    said.textContent = this.#notice || texts[state] || "";
    this.#pill.replaceChildren(said, ...(this.#button ? [this.#button] : []));
    this.#pill.hidden = !said.textContent;
    this.#pill.classList.toggle("live-status-notice", Boolean(this.#notice));
  }
}
