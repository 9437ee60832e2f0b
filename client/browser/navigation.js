// @ts-check
// Addresses: live links, the back button, and where the page was scrolled to.

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./view.js").View} View
 * @typedef {import("./messages.js").Moved} Moved
 * @typedef {{ visit: string, x: number, y: number }} Place  what we keep in `history.state`
 */

const SCROLL_PAUSE_MS = 100;

export class Navigation {
  #client;
  /** Entries of the history that one view has made share this mark. */
  #visit = newVisit();
  #shown = "";
  #isUnderWay = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #scrollTimer;

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  start() {
    this.#visit = placeOf(history.state)?.visit ?? this.#visit;
    this.#shown = address();
    this.#keepPlace();
    window.addEventListener("popstate", ({ state }) => this.#returned(placeOf(state)));
    window.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A reload is the browser's own affair: it restores the place itself.
    window.addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
  }

  /**
   * A live link was clicked.
   *
   * @param {MouseEvent} event @param {Element} element @param {string} attribute
   */
  followed(event, element, attribute) {
    const { href, target, download } = /** @type {HTMLAnchorElement} */ (element);
    const url = new URL(element.getAttribute(attribute) || href || "", location.href);
    const around = this.#client.viewOf(element);
    // A view within another has no address.
    const view = around && this.#client.views[0];
    if (!view || url.origin !== location.origin || download || (target && target !== "_self")) return;
    event.preventDefault();
    around.rate.flush();
    this.#go(view, url, attribute === "dj-patch" ? "patch" : "redirect", element);
  }

  /** The server sends us elsewhere. @param {View} view @param {Moved} moved */
  moved(view, { to, kind, replace }) {
    const url = new URL(to, location.href);
    if (!/^https?:$/.test(url.protocol)) return;
    if (kind === "page" || url.origin !== location.origin) location.assign(url);
    else if (kind === "patch") this.#arrived(url, replace || url.href === location.href);
    else this.#go(this.#client.views[0] ?? view, url, kind, undefined, replace);
  }

  /**
   * @param {View} view @param {URL} url @param {"patch" | "redirect"} kind
   * @param {Element} [element] @param {boolean} [replace]
   */
  #go(view, url, kind, element, replace = url.href === location.href) {
    this.#ask(view, url, kind, element, () => {
      if (kind === "redirect") this.#visit = newVisit();
      this.#arrived(url, replace);
      if (kind === "redirect" || url.hash) showTop(view, url.hash);
    });
  }

  /** The reader went back or forward. @param {Place | undefined} place */
  #returned(place) {
    if (address() === this.#shown) return;
    const kind = place?.visit === this.#visit ? "patch" : "redirect";
    const [view] = this.#client.views;
    this.#ask(view, new URL(location.href), kind, undefined, () => {
      this.#visit = place?.visit ?? newVisit();
      this.#shown = address();
      window.scrollTo(place?.x ?? 0, place?.y ?? 0);
      this.#keepPlace();
    });
  }

  /**
   * Ask the view to show an address. Where it cannot, the browser loads it as a page.
   *
   * @param {View} view @param {URL} url @param {"patch" | "redirect"} kind
   * @param {Element | undefined} element @param {() => void} follow  what to do as soon as it does
   */
  async #ask(view, url, kind, element, follow) {
    const name = url.pathname + url.search;
    history.scrollRestoration = "manual";
    this.#underWay(1);
    const shown = () => {
      this.#underWay(-1);
      follow();
    };
    try {
      await view.push({ name, parameters: {}, navigation: kind, element, type: "navigate", shown });
    } catch (error) {
      this.#underWay(-1);
      const { kind: reason } = /** @type {{ kind?: string }} */ (error);
      if (reason !== "crash" && reason !== "parameter") location.assign(url);
    }
  }

  /** @param {1 | -1} change */
  #underWay(change) {
    this.#isUnderWay += change;
    document.documentElement.toggleAttribute("data-live-navigating", this.#isUnderWay > 0);
  }

  /** @param {URL} url @param {boolean} replace */
  #arrived(url, replace) {
    this.#keepPlace();
    const place = { visit: this.#visit, x: scrollX, y: scrollY };
    history[replace ? "replaceState" : "pushState"]({ limelight: place }, "", url);
    this.#shown = address();
  }

  #scrolled() {
    this.#scrollTimer ??= setTimeout(() => {
      this.#scrollTimer = undefined;
      this.#keepPlace();
    }, SCROLL_PAUSE_MS);
  }

  /** Note where the reader is, in the history's entry that is shown. */
  #keepPlace() {
    if (this.#isUnderWay) return;
    const place = { visit: this.#visit, x: scrollX, y: scrollY };
    history.replaceState({ ...history.state, limelight: place }, "");
  }
}

/** @param {any} state @returns {Place | undefined} */
function placeOf(state) {
  return state?.limelight;
}

function newVisit() {
  return Math.random().toString(36).slice(2);
}

function address() {
  return location.pathname + location.search;
}

/** @param {View} view @param {string} hash */
function showTop({ root }, hash) {
  const target = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target) {
    target.scrollIntoView();
    return;
  }
  window.scrollTo(0, 0);
  const first = /** @type {HTMLElement} */ (root.querySelector("[autofocus]") ?? root);
  if (first === root && root.tabIndex < 0) root.tabIndex = -1;
  first.focus({ preventScroll: true });
}
