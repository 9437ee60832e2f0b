// @ts-check
// `dj-cursors`: tells where the pointer is within an element, and draws those of others over it.

/** @typedef {import("./view.js").View} View */

const MS_BETWEEN_SIGNALS = 1000 / 30;
const HIDDEN_AFTER_MS = 10_000;
/** Positions come as whole numbers. */
const SCALE = 10_000;
const PRECISION = 1e4;

/** One user's pointer. */
class Pointer {
  element = document.createElement("div");
  #label = this.element.appendChild(document.createElement("span"));
  x = 0;
  y = 0;
  isShown = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    this.element.className = "dj-cursor";
    this.element.hidden = true;
  }

  /** @param {string} name @param {string} color */
  name(name, color) {
    this.#label.textContent = name;
    this.#label.hidden = !name;
    this.element.style.setProperty("--dj-cursor-color", color);
  }

  /** @param {number} x @param {number} y */
  move(x, y) {
    this.x = x;
    this.y = y;
    this.isShown = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), HIDDEN_AFTER_MS);
  }

  /** @param {DOMRect} place */
  draw({ width, height }) {
    this.element.style.setProperty("transform", `translate(${this.x * width}px, ${this.y * height}px)`);
    this.element.hidden = !this.isShown;
  }

  hide() {
    clearTimeout(this.#timer);
    this.isShown = false;
    this.element.hidden = true;
  }
}

/** The pointers of all others in one view. */
class Others {
  /** @type {Map<number, Pointer>} */
  pointers = new Map();
  own = -1;

  /** @param {number} number */
  #pointer(number) {
    const pointer = this.pointers.get(number) ?? new Pointer();
    this.pointers.set(number, pointer);
    return pointer;
  }

  /** @param {number} number */
  #remove(number) {
    const pointer = this.pointers.get(number);
    pointer?.hide();
    pointer?.element.remove();
    this.pointers.delete(number);
  }

  /** @param {[number[]?, [number, string, string][]?, number[]?, number?]} change */
  take([moves = [], people = [], gone = [], own]) {
    if (own !== undefined) {
      this.own = own;
      for (const number of [...this.pointers.keys()]) this.#remove(number);
    }
    for (const [number, name, color] of people) {
      if (number !== this.own) this.#pointer(number).name(name, color);
    }
    for (let at = 0; at < moves.length; at += 3) {
      const [number, x, y] = moves.slice(at, at + 3);
      if (number !== this.own) this.#pointer(number).move(x / SCALE, y / SCALE);
    }
    for (const number of gone) this.#remove(number);
  }
}

/** One element with `dj-cursors`. */
class Board {
  #layer = document.createElement("div");
  #sizes = new ResizeObserver(() => this.draw());
  #abort = new AbortController();
  /** @type {number[]} */
  #sent = [];
  /** @type {number[] | undefined} */
  #latest;
  #sentAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} element @param {View} view @param {Others} others */
  constructor(element, view, others) {
    this.element = element;
    this.view = view;
    this.others = others;
    this.#layer.className = "dj-cursors";
    this.#layer.setAttribute("aria-hidden", "true");
    // Outside of the body, so that nobody's patch and no position of the page's concern it.
    document.documentElement.append(this.#layer);
    const { signal } = this.#abort;
    element.addEventListener("pointermove", (event) => this.#pointed(event), { signal, passive: true });
    window.addEventListener("scroll", () => this.draw(), { signal, passive: true, capture: true });
    this.#sizes.observe(element);
    this.#sizes.observe(document.body);
    this.draw();
  }

  stop() {
    this.#abort.abort();
    this.#sizes.disconnect();
    clearTimeout(this.#timer);
    this.#layer.remove();
  }

  /** Show all pointers where they are. */
  draw() {
    const place = this.element.getBoundingClientRect();
    const { style } = this.#layer;
    style.setProperty("inset-inline-start", `${place.left + window.scrollX}px`);
    style.setProperty("inset-block-start", `${place.top + window.scrollY}px`);
    for (const pointer of this.others.pointers.values()) {
      if (pointer.element.parentNode !== this.#layer) this.#layer.append(pointer.element);
      pointer.draw(place);
    }
  }

  /** @param {PointerEvent} event */
  #pointed({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const place = [(clientX - left) / width, (clientY - top) / height];
    if (!place.every((part) => part >= 0 && part <= 1)) return;
    this.#latest = place.map((part) => Math.round(part * PRECISION) / PRECISION);
    const wait = this.#sentAt + MS_BETWEEN_SIGNALS - performance.now();
    if (wait <= 0) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), wait);
  }

  #send() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [latest, sent] = [this.#latest, this.#sent];
    if (!latest || !this.view.isJoined || (latest[0] === sent[0] && latest[1] === sent[1])) return;
    this.#sent = latest;
    this.#sentAt = performance.now();
    this.view.signal("cursor", latest);
  }
}

/** @type {WeakMap<View, Others>} */
const known = new WeakMap();
/** @type {Map<Element, Board>} */
const boards = new Map();

/** @param {View} view */
function othersOf(view) {
  const others = known.get(view) ?? new Others();
  known.set(view, others);
  return others;
}

/** @param {View} view */
function drawAll(view) {
  for (const board of boards.values()) if (board.view === view) board.draw();
}

/** @param {any} tables those of `features.js` */
export function install({ companions, effects, elements }) {
  effects.set("signal", (/** @type {any} */ { h: name, p: change }, /** @type {View} */ view) => {
    if (name !== "cursors") return;
    othersOf(view).take(change);
    drawAll(view);
  });
  elements.set("dj-cursors", {
    /** @param {HTMLElement} element @param {View} view */
    added(element, view) {
      if (!boards.has(element)) boards.set(element, new Board(element, view, othersOf(view)));
    },
    /** @param {HTMLElement} element */
    removed(element) {
      boards.get(element)?.stop();
      boards.delete(element);
    },
  });
  // What a patch does to the page may move the element.
  companions.add({ patched: drawAll });
}
