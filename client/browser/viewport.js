// @ts-check
// `dj-viewport-top` and `dj-viewport-bottom`: tell the view when a list's edge comes into sight.

/** @typedef {import("./view.js").View} View */

/** Watches one edge of one list: each row at the edge is told once. */
class Edge {
  #told = new WeakSet();
  /** @type {Element | null} */
  #row = null;
  #sight = new IntersectionObserver((entries) => this.#seen(entries));
  #changes = new MutationObserver(() => this.#follow());

  /** @param {HTMLElement} list @param {View} view @param {"top" | "bottom"} side @param {(element: Element) => Record<string, unknown>} givenValues */
  constructor(list, view, side, givenValues) {
    this.givenValues = givenValues;
    this.list = list;
    this.view = view;
    this.side = side;
    this.#changes.observe(list, { childList: true });
    this.#follow();
  }

  stop() {
    this.#sight.disconnect();
    this.#changes.disconnect();
  }

  #follow() {
    const row = this.side === "top" ? this.list.firstElementChild : this.list.lastElementChild;
    if (row === this.#row) return;
    this.#row = row;
    this.#sight.disconnect();
    if (row && !this.#told.has(row)) this.#sight.observe(row);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    const row = this.#row;
    if (!row || !entries.some((entry) => entry.isIntersecting && entry.target === row)) return;
    this.#told.add(row);
    this.#sight.disconnect();
    const type = `viewport-${this.side}`;
    const name = this.list.getAttribute(`dj-${type}`) ?? "";
    this.view.push({ name, parameters: this.givenValues(this.list), element: this.list, type });
  }
}

/** @param {any} tables those of `features.js`, and what reads an element's values */
export function install({ elements, givenValues }) {
  for (const side of /** @type {const} */ (["top", "bottom"])) {
    /** @type {WeakMap<Element, Edge>} */
    const edges = new WeakMap();
    elements.set(`dj-viewport-${side}`, {
      /** @param {HTMLElement} list @param {View} view */
      added(list, view) {
        if (!edges.has(list)) edges.set(list, new Edge(list, view, side, givenValues));
      },
      /** @param {HTMLElement} list */
      removed(list) {
        edges.get(list)?.stop();
        edges.delete(list);
      },
    });
  }
}
