// @ts-check
// Which form controls hold something newer than the server knows, so that no patch may touch it.

import { show, written } from "./properties.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

export const CONTROLS = "input, select, textarea";

export class Edits {
  #count = 0;
  /** The user's last edit of a control. @type {WeakMap<Element, number>} */
  #made = new WeakMap();
  /** The last edit that the server has answered. @type {WeakMap<Element, number>} */
  #answered = new WeakMap();
  /** @type {EventTarget | null} */
  #composing = null;
  /**
   * Passwords as the page came: a button that shows one makes it a text, and it stays a secret.
   * Drafts, which are loaded later, must not take it for a text.
   *
   * @type {WeakSet<Element>}
   */
  secrets = new WeakSet(document.querySelectorAll("[type=password]"));

  start() {
    // Captured, so that an edit is known before anything is sent because of it.
    document.addEventListener("input", ({ target }) => this.made(target), true);
    document.addEventListener("reset", ({ target }) => this.#reset(target), true);
    document.addEventListener("compositionstart", ({ target }) => (this.#composing = target), true);
    document.addEventListener("compositionend", () => (this.#composing = null), true);
  }

  /** @param {EventTarget | null} control */
  made(control) {
    if (control instanceof Element) this.#made.set(control, ++this.#count);
  }

  /** Whether the user has ever changed it. @param {Element} control */
  has(control) {
    return this.#made.has(control);
  }

  /** Whether a patch must leave its value alone. @param {Element} control */
  keeps(control) {
    if (control === this.#composing) return true;
    const made = this.#made.get(control);
    if (made !== undefined) return made !== this.#answered.get(control);
    return control === document.activeElement;
  }

  /**
   * The edits that an event of this element tells the server.
   *
   * @param {Element} element a control, or a form for all its controls
   * @returns {Map<Element, number>}
   */
  carriedBy(element) {
    const controls = element instanceof HTMLFormElement ? [...element.elements] : [element];
    return new Map(controls.map((control) => [control, this.#made.get(control) ?? 0]));
  }

  /** @param {Map<Element, number>} [edits] of an event whose effect the server has sent */
  answered(edits) {
    edits?.forEach((edit, control) => this.#answered.set(control, edit));
  }

  /**
   * A submitted form shows what the template says, also where that has not changed: a field
   * that was filled and emptied again within one frame came with no patch.
   *
   * @param {Map<Element, number>} [edits] of the submit, after its frame
   */
  submitted(edits) {
    for (const control of edits?.keys() ?? []) {
      if (!written.has(control) || this.keeps(control)) continue;
      show(control, "value", /** @type {HTMLInputElement} */ (control).defaultValue);
    }
  }

  /** @param {EventTarget | null} form */
  #reset(form) {
    if (!(form instanceof HTMLFormElement)) return;
    for (const control of form.elements) this.#made.delete(control);
  }
}
