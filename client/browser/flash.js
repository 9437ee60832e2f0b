// @ts-check
// Flash messages: shown in the page's live region, dismissed by time or by button, and carried
// once along a move: within the page, or in a cookie to the next page, for the server to show.

/**
 * @typedef {import("./view.js").View} View
 * @typedef {[id: string, level: string, text: string, token: string]} Put
 */

const DISMISS_MS = 5_000;
const COOKIE = "live_next_flash";
const COOKIE_SECONDS = 60;
/** More does not fit into one cookie. */
const COOKIE_CHARACTERS = 3_500;

class Flash {
  /** A move was under way when it came: it shows on the next view as well. */
  isCarried = false;
  token = "";
  #left;
  #since = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} element @param {number} milliseconds until it goes by itself; 0: never */
  constructor(element, milliseconds) {
    this.element = element;
    this.level = element.getAttribute("data-level") ?? "";
    this.#left = milliseconds;
    element.append(closeButton(() => this.dismiss()));
    for (const type of ["mouseenter", "focusin"]) element.addEventListener(type, () => this.#wait());
    for (const type of ["mouseleave", "focusout"]) element.addEventListener(type, () => this.#goOn());
    this.#goOn();
  }

  /** Remove it, after the animation that its style may have. */
  async dismiss() {
    this.#wait();
    this.isCarried = false;
    this.element.classList.add("dj-flash-leaving");
    await Promise.allSettled(this.element.getAnimations().map(({ finished }) => finished));
    this.element.remove();
  }

  /** Whoever reads it, or is about to close it, has all the time. */
  #wait() {
    clearTimeout(this.#timer);
    if (this.#since) this.#left -= performance.now() - this.#since;
    this.#since = 0;
  }

  #goOn() {
    const { element } = this;
    if (this.#left <= 0 || element.matches(":hover, :focus-within")) return;
    clearTimeout(this.#timer);
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.dismiss(), this.#left);
  }
}

class Flashes {
  /** Those that the page shows or has shown, by id: none comes twice. @type {Map<string, Flash>} */
  #known = new Map();

  /** A region has come with what its HTML says. @param {HTMLElement} region */
  adopt(region) {
    for (const element of region.querySelectorAll(".dj-flash-item")) {
      const known = this.#known.get(element.id);
      if (!known) this.#take(/** @type {HTMLElement} */ (element), region);
      else if (known.element !== element) element.remove();
    }
  }

  /** @param {View} view @param {Put} put */
  put(view, ...[id, level, text, token]) {
    const region = regionOf(view);
    this.adopt(region);
    const flash = this.#known.get(id) ?? this.#take(region.appendChild(item(id, level, text)), region);
    flash.token = token;
    // Within the frame that brings the flash, a move begins after it.
    queueMicrotask(() => {
      flash.isCarried = flash.element.isConnected && isMoving();
      if (flash.isCarried) this.#writeCookie();
    });
  }

  /** @param {View} _view @param {string} level all, if empty */
  clear(_view, level) {
    for (const flash of this.#known.values()) if (!level || flash.level === level) flash.dismiss();
  }

  /** The whole view came anew: what shall stay goes to its region. @param {View} view */
  rejoined(view) {
    const region = regionOf(view);
    const hadCookie = [...this.#known.values()].some(({ isCarried }) => isCarried);
    this.adopt(region);
    for (const flash of this.#known.values()) {
      const { element } = flash;
      if (element.classList.contains("dj-flash-leaving")) continue;
      if (flash.isCarried || !isMoving()) {
        if (!region.contains(element)) region.append(element);
      } else flash.dismiss();
      flash.isCarried = false;
    }
    if (hadCookie) this.#writeCookie();
  }

  /** The move may load a page, whose request must find it: when the page goes it is too late. */
  #writeCookie() {
    const tokens = [...this.#known.values()].filter(({ isCarried }) => isCarried).map(({ token }) => token);
    while (tokens.join("~").length > COOKIE_CHARACTERS) tokens.shift();
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const age = tokens.length ? COOKIE_SECONDS : 0;
    document.cookie = `${COOKIE}=${tokens.join("~")}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
  }

  /** @param {HTMLElement} element @param {HTMLElement} region */
  #take(element, region) {
    const given = region.getAttribute("dj-flash");
    const flash = new Flash(element, given ? Number(given) : DISMISS_MS);
    this.#known.set(element.id, flash);
    return flash;
  }
}

function isMoving() {
  return document.documentElement.hasAttribute("data-live-navigating");
}

/** The live region: the view's, the layout's, or one of our own. @param {View} view @returns {HTMLElement} */
function regionOf({ root }) {
  const found = root.querySelector("[dj-flash]") ?? document.querySelector("[dj-flash]");
  if (found) return /** @type {HTMLElement} */ (found);
  const region = document.createElement("div");
  region.className = "dj-flash";
  region.setAttribute("dj-flash", String(DISMISS_MS));
  region.setAttribute("role", "status");
  document.body.append(region);
  return region;
}

/** The same element as the server writes. @param {string} id @param {string} level @param {string} text */
function item(id, level, text) {
  const element = document.createElement("div");
  element.id = id;
  element.className = `dj-flash-item dj-flash-${level}`;
  element.setAttribute("data-level", level);
  const said = document.createElement("span");
  said.textContent = text;
  element.append(said);
  return element;
}

/** @param {() => void} close */
function closeButton(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", "Close");
  button.textContent = "×";
  button.addEventListener("click", close);
  return button;
}

/** @param {any} tables those of `features.js` */
export function install({ effects, elements, companions }) {
  const flashes = new Flashes();
  effects.set("flash", (/** @type {["put" | "clear", ...any]} */ [verb, ...rest], /** @type {View} */ view) =>
    /** @type {any} */ (flashes)[verb](view, ...rest),
  );
  elements.set("dj-flash", { added: (/** @type {HTMLElement} */ region) => flashes.adopt(region) });
  companions.add({
    joined: (/** @type {View} */ view, /** @type {string} */ how) => how === "mounted" && flashes.rejoined(view),
  });
}
