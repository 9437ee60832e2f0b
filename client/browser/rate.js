// @ts-check
// Debounce and throttle: one view's events that are held back for a moment.

const TEXT_PAUSE_MS = 100;
const SLIDER_PAUSE_MS = 100;
const NO_TEXT = /^(checkbox|radio|file|button|submit|reset|image|select-one|select-multiple)$/;
const SLIDER = /^(range|color)$/;

/**
 * @typedef {{ debounce?: number | "blur", throttle?: number }} Limits
 * @typedef {{ task?: () => void, timer?: ReturnType<typeof setTimeout> }} Held
 */

/**
 * What the attributes ask for, else what suits the control: text fields wait for a pause.
 *
 * @param {Element} control @param {Element} handler the element that names the handler
 * @param {string} type the kind of event
 * @returns {Limits}
 */
export function limitsOf(control, handler, type) {
  const debounce = control.getAttribute("dj-debounce") ?? handler.getAttribute("dj-debounce");
  if (debounce !== null) return { debounce: debounce === "blur" ? debounce : Number(debounce) };
  const throttle = control.getAttribute("dj-throttle") ?? handler.getAttribute("dj-throttle");
  if (throttle !== null) return { throttle: Number(throttle) };
  if (type !== "input") return {};
  const kind = /** @type {HTMLInputElement} */ (control).type ?? "";
  if (SLIDER.test(kind)) return { throttle: SLIDER_PAUSE_MS };
  return NO_TEXT.test(kind) ? {} : { debounce: TEXT_PAUSE_MS };
}

export class Rate {
  /** @type {Map<Element, Map<string, Held>>} */
  #held = new Map();

  /**
   * Run the task when the limits allow; a newer task for the same takes its place.
   *
   * @param {Element} element @param {string} type @param {Limits} limits @param {() => void} task
   */
  run(element, type, { debounce, throttle }, task) {
    if (debounce) this.#debounce(element, type, debounce, task);
    else if (throttle) this.#throttle(element, type, throttle, task);
    else {
      this.flush();
      task();
    }
  }

  /** Run all that is held back now, in the order in which it was asked for. */
  flush() {
    const held = [...this.#held.values()].flatMap((types) => [...types.values()]);
    this.#held.clear();
    for (const { task, timer } of held) {
      clearTimeout(timer);
      task?.();
    }
  }

  /** @param {Element} element @param {string} type @param {number | "blur"} pause @param {() => void} task */
  #debounce(element, type, pause, task) {
    clearTimeout(this.#take(element, type)?.timer);
    /** @type {Held} */
    const held = { task };
    if (pause !== "blur") {
      held.timer = setTimeout(() => this.#take(element, type)?.task?.(), pause);
    }
    this.#hold(element, type, held);
  }

  /** The first goes at once, the newest of the rest when the pause is over. @param {Element} element @param {string} type @param {number} pause @param {() => void} task */
  #throttle(element, type, pause, task) {
    const running = this.#held.get(element)?.get(type);
    if (running) {
      running.task = task;
      return;
    }
    task();
    const end = () => {
      const newest = this.#take(element, type)?.task;
      if (newest) this.#throttle(element, type, pause, newest);
    };
    this.#hold(element, type, { timer: setTimeout(end, pause) });
  }

  /** @param {Element} element @param {string} type @param {Held} held */
  #hold(element, type, held) {
    const types = this.#held.get(element) ?? new Map();
    this.#held.set(element, types.set(type, held));
  }

  /** @param {Element} element @param {string} type */
  #take(element, type) {
    const types = this.#held.get(element);
    const held = types?.get(type);
    types?.delete(type);
    if (types?.size === 0) this.#held.delete(element);
    return held;
  }
}
