// @ts-check
// React islands: components that live in the page, get their props from the server's patches,
// and keep their own state.

/**
 * @typedef {import("./view.js").View} View
 * @typedef {object} Root
 * @property {(node: unknown) => void} render
 * @property {() => void} unmount
 * @typedef {object} Bundle  what the application's module exports
 * @property {Record<string, unknown>} components
 * @property {(component: unknown, props: object) => unknown} createElement
 * @property {(container: Element) => Root} createRoot
 * @property {(container: Element, node: unknown) => Root} hydrateRoot
 */

class Island {
  #name = "";
  #props = "";
  /** @type {Root | undefined} */
  #root;
  /** @type {Bundle | undefined} */
  #bundle;

  /** @param {HTMLElement} element @param {View} view */
  constructor(element, view) {
    this.element = element;
    // The same functions at each render, so that effects may depend on them.
    this.given = {
      /** @param {string} name @param {Record<string, unknown>} [parameters] */
      pushEvent: (name, parameters = {}) => view.push({ name, parameters, element, type: "hook" }),
      /** @param {string} name @param {(payload: any) => void} listener */
      handleEvent(name, listener) {
        const heard = (/** @type {any} */ { detail }) => listener(detail);
        window.addEventListener(`live:${name}`, heard);
        return () => window.removeEventListener(`live:${name}`, heard);
      },
    };
  }

  async start() {
    this.#bundle = await import(this.#attribute("-src"));
    if (this.element.isConnected) this.update();
  }

  update() {
    const [name, props] = [this.#attribute(""), this.#attribute("-props")];
    if (!this.#bundle) return;
    // Of no attribute that the server does not know may be relied on to stay.
    this.element.dataset.react = "alive";
    if (name === this.#name && props === this.#props) return;
    if (name !== this.#name) this.stop();
    [this.#name, this.#props] = [name, props];
    const { components, createElement } = this.#bundle;
    if (!components[name]) throw new Error(`${this.#attribute("-src")} exports no component "${name}".`);
    const node = createElement(components[name], { ...JSON.parse(props), ...this.given });
    if (this.#root) this.#root.render(node);
    else this.#root = this.#begin(this.#bundle, node);
  }

  stop() {
    this.#root?.unmount();
    this.#root = undefined;
    this.#name = "";
  }

  /** @param {Bundle} bundle @param {unknown} node */
  #begin({ createRoot, hydrateRoot }, node) {
    // A patch of the props takes this attribute away: then the server's HTML shows older ones.
    if (this.element.hasAttribute("dj-react-server")) return hydrateRoot(this.element, node);
    this.element.replaceChildren();
    const root = createRoot(this.element);
    root.render(node);
    return root;
  }

  /** @param {string} end */
  #attribute(end) {
    return this.element.getAttribute(`dj-react${end}`) ?? "";
  }
}

/** @param {any} tables those of `features.js` */
export function install({ elements }) {
  /** @type {Map<Element, Island>} */
  const islands = new Map();
  elements.set("dj-react", {
    added(/** @type {HTMLElement} */ element, /** @type {View} */ view) {
      if (islands.has(element)) return;
      const island = new Island(element, view);
      islands.set(element, island);
      island.start().catch(console.error);
    },
    updated: (/** @type {HTMLElement} */ element) => islands.get(element)?.update(),
    removed(/** @type {HTMLElement} */ element) {
      islands.get(element)?.stop();
      islands.delete(element);
    },
  });
}
