// @ts-check
// Text that the server streams into the elements with `dj-stream`, while it is being made.

import { scrollerOf } from "./scroller.js";

/**
 * @typedef {import("./view.js").View} View
 *
 * What is new in a stream (`docs/wire.md`): reset, started, text before, HTML, text behind,
 * error, done.
 *
 * @typedef {{r?: 1, s?: 1, p?: string, h?: string, t?: string, x?: string, d?: 1}} Change
 */

/** A reader who is so near to the end follows the text. */
const NEAR_PX = 100;

/** What one stream shows, for elements that come later. */
class Stream {
  before = "";
  html = "";
  behind = "";
  error = "";
  isActive = false;
  /** The text nodes at both ends of what it shows, by element. @type {WeakMap<Element, {head: Text, tail: Text}>} */
  #ends = new WeakMap();

  /** @param {string} name @param {string} target a selector, or nothing for elements of this name */
  constructor(name, target) {
    this.name = name;
    this.target = target;
  }

  /** @param {View} view @returns {Element[]} */
  elements({ root }) {
    try {
      return [...root.querySelectorAll(this.target || `[dj-stream="${CSS.escape(this.name)}"]`)];
    } catch (error) {
      console.error(`The target of the stream "${this.name}" is no selector.`, error);
      return [];
    }
  }

  /** @param {Change} change */
  take({ r: isReset, s: hasStarted, p = "", h: html, t = "", x: error, d: isDone }) {
    if (isReset) this.before = this.html = this.behind = "";
    if (hasStarted) {
      this.isActive = true;
      this.error = "";
    }
    this.before = p + this.before;
    this.html = html ?? this.html;
    this.behind += t;
    this.error = error ?? this.error;
    if (isDone || error) this.isActive = false;
  }

  /** Change what an element shows. @param {Element} element @param {Change} change */
  change(element, { r, h, p = "", t = "" }) {
    const ends = this.#ends.get(element);
    if (r || h || !ends?.head.parentNode || !ends.tail.parentNode) this.show(element);
    else {
      if (p) ends.head.insertData(0, p);
      if (t) ends.tail.appendData(t);
      this.#mark(element);
    }
  }

  /** Show all of it. @param {Element} element */
  show(element) {
    const head = document.createTextNode(this.before);
    const tail = document.createTextNode(this.behind);
    const template = document.createElement("template");
    template.innerHTML = this.html;
    element.replaceChildren(head, template.content, tail);
    this.#ends.set(element, { head, tail });
    this.#mark(element);
  }

  /** Take it away: the view begins anew. @param {Element} element */
  leave(element) {
    if (this.#ends.get(element)?.tail.parentNode !== element) return;
    element.replaceChildren();
    this.isActive = false;
    this.error = "";
    this.#mark(element);
  }

  /** @param {Element} element */
  #mark(element) {
    element.toggleAttribute("data-stream-active", this.isActive);
    element.toggleAttribute("data-stream-error", !!this.error);
    element.querySelector(":scope > [role=alert]")?.remove();
    if (!this.error) return;
    const alert = document.createElement("span");
    alert.setAttribute("role", "alert");
    alert.textContent = this.error;
    element.append(alert);
  }
}

/** What streams of a view show, by name and target. @type {WeakMap<View, Map<string, Stream>>} */
const streams = new WeakMap();

/** @param {View} view */
function streamsOf(view) {
  const known = streams.get(view) ?? new Map();
  streams.set(view, known);
  return known;
}

/** @param {[string, string, string, Change]} operation @param {View} view */
function operate([, name, target, change], view) {
  const known = streamsOf(view);
  const key = `${name}\n${target}`;
  const stream = known.get(key) ?? new Stream(name, target);
  known.set(key, stream);
  stream.take(change);
  for (const element of stream.elements(view)) {
    following(element, () => stream.change(element, change));
    tell(element, name, change);
  }
}

/** Stay at the end, if the reader is there. @param {Element} element @param {() => void} change */
function following(element, change) {
  const scroller = scrollerOf(element);
  const isNear = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  change();
  if (isNear) scroller.scrollTop = scroller.scrollHeight;
}

/** @param {Element} element @param {string} name @param {Change} change */
function tell(element, name, { s, p = "", h = "", t = "", x: error, d }) {
  /** @param {string} type @param {object} [detail] */
  const dispatch = (type, detail) =>
    element.dispatchEvent(
      new CustomEvent(`stream:${type}`, { bubbles: true, detail: { name, ...detail } }),
    );
  if (s) dispatch("start");
  if (p || h || t) dispatch("text", { text: p + t, html: h });
  if (error) dispatch("error", { error });
  if (d) dispatch("done");
}

/** @param {any} tables those of `features.js` */
export function install({ operations, elements, companions }) {
  operations.set("stream", operate);
  elements.set("dj-stream", {
    added(/** @type {HTMLElement} */ element, /** @type {View} */ view) {
      const stream = streams.get(view)?.get(`${element.getAttribute("dj-stream")}\n`);
      if (stream) stream.show(element);
    },
  });
  companions.add({
    joined(/** @type {View} */ view, /** @type {string} */ how) {
      if (how !== "mounted") return;
      for (const stream of streamsOf(view).values()) {
        for (const element of stream.elements(view)) stream.leave(element);
      }
      streams.delete(view);
    },
  });
}
