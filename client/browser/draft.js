// @ts-check
// Drafts: what is typed is kept in this browser, put back after it was closed, and told the server.

import { fieldsOf, isEnabled } from "./draft_fields.js";
import { Draft } from "./draft_of_form.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./draft_of_form.js").Values} Values
 */

const SCOPE = "[data-draft-enabled]";

class Drafts {
  /** @type {Draft[]} */
  #drafts = [];
  #onBound;

  /** @param {(values: Values, view: View) => void} onBound */
  constructor(onBound) {
    this.#onBound = onBound;
  }

  start() {
    for (const type of ["input", "change"]) {
      document.addEventListener(type, ({ target }) => this.#edited(/** @type {Element} */ (target)));
    }
    window.addEventListener("pagehide", () => this.#flush());
    document.addEventListener("visibilitychange", () => document.hidden && this.#flush());
    window.addEventListener("storage", ({ key, newValue }) => {
      for (const draft of this.#drafts) if (draft.name === key) draft.changedElsewhere(newValue);
    });
  }

  /** @param {View} view @param {string} key @param {string} place @param {number} seconds */
  begin(view, key, place, seconds) {
    const before = this.#drafts.filter((draft) => draft.view === view);
    for (const draft of before) draft.flush();
    this.#drafts = this.#drafts.filter((draft) => !before.includes(draft));
    const marked = [...view.root.querySelectorAll(SCOPE)];
    for (const scope of marked.length ? marked.filter(isEnabled) : [view.root]) {
      const own = scope.getAttribute("data-draft-key") || key;
      const draft = new Draft(view, scope, `live-draft:${place}:${own}`, own, seconds);
      draft.onBound = this.#onBound;
      this.#drafts.push(draft);
      draft.begin();
    }
  }

  /** @param {View} view @param {string} key */
  clear(view, key) {
    for (const draft of this.#drafts) {
      if (draft.view === view && (draft.key === key || draft.scope !== view.root)) draft.clear();
    }
  }

  /** @param {View} view */
  fill(view) {
    for (const draft of this.#drafts) if (draft.view === view) draft.fill();
  }

  /** @param {View} view */
  remember(view) {
    for (const draft of this.#drafts) if (draft.view === view) draft.remember();
  }

  /** @param {Element} target */
  #edited(target) {
    for (const draft of this.#drafts) {
      // Only what is kept counts: a password begins no draft.
      const isKept = () => [...fieldsOf(draft.scope, draft.view.client.edits).values()].flat().some((one) => one.contains(target));
      if (draft.scope.contains(target) && isKept()) draft.edited();
    }
  }

  #flush() {
    for (const draft of this.#drafts) draft.flush();
  }
}

/** @param {any} tables those of `features.js` */
export function install({ companions, effects }) {
  const drafts = new Drafts((values, view) => effects.get("model")?.([values, {}], view));
  drafts.start();
  effects.set("draft", (/** @type {["begin" | "clear", any, any, any]} */ [verb, ...details], /** @type {View} */ view) =>
    drafts[verb](view, ...details),
  );
  companions.add({
    beforePatch: (/** @type {View} */ view) => drafts.remember(view),
    patched: (/** @type {View} */ view) => drafts.fill(view),
  });
}
