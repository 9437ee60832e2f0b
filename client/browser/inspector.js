// @ts-check
// In development, for a browser on the server's own machine: the small button of the inspector.
//
// This much is loaded with every page. It stands between the client and its socket, where it
// can hold messages back; the panel itself is loaded when it is first opened.

import { SlowSocket, line } from "./inspector_socket.js";

const NAME = "limelight-inspector";

/** @typedef {import("./inspector_panel.js").Panel} Panel */

class Inspector extends HTMLElement {
  #shadow = this.attachShadow({ mode: "open" });
  #button = document.createElement("button");
  /** @type {Panel | undefined} */
  #panel;

  connectedCallback() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#shadow.adoptedStyleSheets = [sheet];
    this.#button.type = "button";
    this.#button.className = "opener";
    this.#button.setAttribute("aria-expanded", "false");
    this.#button.title = "Alt + Shift + L";
    // A program that drives the browser looks for the page's own buttons.
    this.#button.hidden = navigator.webdriver;
    this.#button.onclick = () => this.toggle();
    this.#shadow.append(this.#button);
    line.addEventListener("latency", () => this.#name());
    this.#name();
    this.#keepToItself();
    document.addEventListener("keydown", (event) => this.#pressed(event), true);
  }

  /** What happens in here is not the application's: it hears none of it. */
  #keepToItself() {
    const types = ["click", "submit", "input", "change", "keydown", "keyup", "focusin", "focusout"];
    for (const type of types) this.addEventListener(type, (event) => event.stopPropagation());
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.code !== "KeyL" || !event.altKey || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.toggle();
  }

  async toggle() {
    if (!this.#panel) {
      const { Panel } = await import("./inspector_panel.js");
      // Pressed twice while it was on its way.
      this.#panel ??= new Panel(this.#shadow, line, () => this.#show(false));
    }
    this.#show(!this.#panel.isOpen);
  }

  /** @param {boolean} isOpen */
  #show(isOpen) {
    this.#panel?.show(isOpen);
    this.#button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.#button.focus();
  }

  /** Somebody who wonders why the page is slow should find the reason. */
  #name() {
    const { latency } = line;
    this.#button.textContent = latency ? `Inspector, ${latency} ms` : "Inspector";
  }
}

const STYLE = `
  :host { all: initial; display: block !important; }
  .opener {
    position: fixed; inset: auto 0.75rem 0.75rem auto; z-index: 2147482900;
    min-block-size: 2rem; padding: 0.25rem 0.75rem;
    border: 1px solid #7d8290; border-radius: 1rem; background: #fff; color: #1c1d22;
    font: 500 0.8125rem/1.2 system-ui, sans-serif; cursor: pointer; opacity: 0.85;
  }
  .opener:hover, .opener:focus-visible, .opener[aria-expanded="true"] { opacity: 1; }
  .opener:focus-visible { outline: 3px solid #3b6fd4; outline-offset: 2px; }
  .opener[hidden], .opener[aria-expanded="true"] { display: none; }
  @media (prefers-color-scheme: dark) { .opener { background: #23252c; color: #eceef2; } }
  @media print { :host { display: none !important; } }
`;

window.WebSocket = SlowSocket;

if (!customElements.get(NAME)) {
  customElements.define(NAME, Inspector);
  document.addEventListener("DOMContentLoaded", () => document.body.append(document.createElement(NAME)));
}
