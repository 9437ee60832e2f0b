// @ts-check
// What a view holds, asked of the server, which hides what sounds like a secret.

import { element } from "./inspector_elements.js";
import { counted } from "./inspector_turns.js";

const PAUSE_MS = 250;
const ADDRESS = "/_live/inspector/";

/**
 * @typedef {{ name: string, text: string, inside?: Branch[] }} Branch
 * @typedef {{ view: string, state: Branch[] } & Record<string, number>} Answer
 */

export class StateTree {
  root = element("div", { className: "page" });
  #line;
  #views = element("select", { ariaLabel: "View", className: "views", onchange: () => this.lookSoon() });
  #facts = element("p", { className: "facts" });
  #tree = element("div", { className: "tree" });
  /** Which branches are open, by their paths. @type {Set<string>} */
  #open = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import("./inspector_panel.js").Line} line */
  constructor(line) {
    this.#line = line;
    this.root.append(this.#views, this.#facts, this.#tree);
  }

  /** Ask anew, but not for every one of many frames. */
  lookSoon() {
    this.#timer ??= setTimeout(async () => {
      await this.#look();
      this.#timer = undefined;
    }, PAUSE_MS);
  }

  /** Ask the server to do something with the chosen view, and return what it says. @param {string} what */
  async ask(what) {
    const answer = await this.#fetch(what, "POST");
    return answer ? answer.text() : NOT_REACHED;
  }

  async #look() {
    this.#listViews();
    const answer = await this.#fetch("state", "GET");
    if (!answer?.ok) {
      this.#facts.textContent = answer ? await answer.text() : NOT_REACHED;
      return;
    }
    /** @type {Answer} */
    const { view, state, messages, failed_turns, restarts, mailbox, frames, sent_bytes } = await answer.json();
    const facts = [
      counted(messages, "message"),
      counted(failed_turns, "failed turn"),
      counted(restarts, "restart"),
      mailbox ? `${mailbox} in the mailbox` : "",
      `${counted(frames, "frame") || "no frame"} with ${sent_bytes.toLocaleString("en")} bytes`,
    ];
    this.#facts.textContent = `${view}: ${facts.filter(Boolean).join(", ")}`;
    const branches = state.map((branch) => this.#branch(branch, branch.name));
    this.#tree.replaceChildren(...(branches.length ? branches : [element("p", { textContent: "No public attributes." })]));
  }

  /** @param {string} what @param {string} method */
  #fetch(what, method) {
    const token = this.#line.tokens.get(Number(this.#views.value || 0)) ?? "";
    return fetch(ADDRESS + what, { method, headers: { "X-Limelight-Page": token } }).catch(() => undefined);
  }

  /** One choice is none. */
  #listViews() {
    const numbers = [...this.#line.tokens.keys()].sort((one, other) => one - other).map(String);
    const shown = [...this.#views.options].map(({ value }) => value);
    if (numbers.join() !== shown.join()) {
      const chosen = this.#views.value;
      const named = (/** @type {string} */ value) => element("option", { value, textContent: value === "0" ? "The page's view" : `View ${value}` });
      this.#views.replaceChildren(...numbers.map(named));
      if (numbers.includes(chosen)) this.#views.value = chosen;
    }
    this.#views.hidden = numbers.length < 2;
  }

  /** @param {Branch} branch @param {string} path @returns {HTMLElement} */
  #branch({ name, text, inside = [] }, path) {
    if (!inside.length) {
      const leaf = element("p");
      leaf.append(...said(name, text));
      return leaf;
    }
    const details = element("details", { open: this.#open.has(path) });
    details.ontoggle = () => (details.open ? this.#open.add(path) : this.#open.delete(path));
    const summary = element("summary");
    summary.append(...said(name, text));
    details.append(summary, ...inside.map((one) => this.#branch(one, `${path}.${one.name}`)));
    return details;
  }
}

const NOT_REACHED = "The server could not be reached.";

/** @param {string} name @param {string} text */
const said = (name, text) => [element("code", { textContent: name }), element("span", { textContent: text })];
