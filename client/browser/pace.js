// @ts-check
// How many events may leave in a second, so that a queue from offline never floods a server.

const EVENTS_A_SECOND = 40;
const WINDOW_MS = 1_000;

export class Pace {
  #left = EVENTS_A_SECOND;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * Take room for one event. If there is none, `whenRoom` is called once as soon as there is.
   *
   * A window of a second, and not a timer for each event, since the timers of a page in the
   * background run once a second.
   *
   * @param {() => void} whenRoom @returns {boolean}
   */
  take(whenRoom) {
    if (this.#left === 0) {
      this.#waiting.add(whenRoom);
      return false;
    }
    this.#left -= 1;
    this.#timer ??= setTimeout(() => this.#refill(), WINDOW_MS);
    return true;
  }

  #refill() {
    this.#left = EVENTS_A_SECOND;
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const proceed of waiting) proceed();
  }
}
