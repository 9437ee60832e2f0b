// @ts-check
// One view's events: numbered, kept until acknowledged, sent again after a lost socket.

const MOST_WAITING = 100;
const MOST_IN_FLIGHT = 100;
const MOST_SENDS = 3;

/**
 * What the user did, from the moment it happened until the server has answered it.
 *
 * @typedef {object} Entry
 * @property {number} number
 * @property {string} name  the handler; for a navigation the address
 * @property {Record<string, unknown>} parameters
 * @property {"patch" | "redirect"} [navigation]
 * @property {Element} [element]  shows that it waits
 * @property {string} [type]  the kind of event, for the class `dj-<type>-loading`
 * @property {Map<Element, number>} [edits]  the edits of form controls that it carries
 * @property {Element} [newestOf]  while it waits, only the newest of this control counts
 * @property {boolean} [isQuiet]  shows nothing while it waits
 * @property {() => void} [shown]  called when the page shows the effect, before anything later
 * @property {number} sends
 * @property {(reason?: Error) => void} settle
 * @typedef {Omit<Entry, "number" | "sends" | "settle">} NewEntry
 */

export class Outbox {
  /** @type {Entry[]} */
  #entries = [];
  #number = 0;
  #inFlight = 0;
  #isOpen = false;
  #send;
  #pace;

  /**
   * @param {(entry: Entry) => void} send
   * @param {import("./pace.js").Pace} pace
   */
  constructor(send, pace) {
    this.#send = send;
    this.#pace = pace;
  }

  /** What has not been acknowledged yet, oldest first. */
  get pending() {
    return this.#entries;
  }

  /**
   * Take in what the user did. The promise is kept when the page shows the effect.
   *
   * @param {NewEntry} what @returns {Promise<void>}
   */
  add(what) {
    const promise = /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        this.#replaceOlder(what);
        this.#entries.push({
          ...what,
          number: ++this.#number,
          sends: 0,
          settle: (reason) => (reason ? reject(reason) : resolve(what.shown?.())),
        });
      })
    );
    // Who does not wait for the promise need not handle its failure.
    promise.catch(() => {});
    this.#refuseOldest();
    this.#drain();
    return promise;
  }

  /** The view has joined and has handled events up to this number. @param {number} handled */
  open(handled) {
    const settled = this.acknowledge(handled);
    for (const entry of this.#entries.filter(({ sends }) => sends >= MOST_SENDS)) {
      this.#drop(entry, `"${entry.name}" got no answer and was given up.`);
    }
    this.#inFlight = 0;
    this.#isOpen = true;
    this.#drain();
    return settled;
  }

  /** The socket is lost: what is not acknowledged waits for the next one. */
  close() {
    this.#isOpen = false;
    this.#inFlight = 0;
  }

  /**
   * Take out all entries up to this number and return them; the caller settles them.
   *
   * @param {number} number @returns {Entry[]}
   */
  acknowledge(number) {
    const count = this.#entries.findIndex((entry) => entry.number > number);
    const settled = this.#entries.splice(0, count < 0 ? this.#entries.length : count);
    this.#inFlight = Math.max(0, this.#inFlight - settled.length);
    this.#drain();
    return settled;
  }

  /** Called for what will never be sent. @type {(entry: Entry, reason: string) => void} */
  onDropped = () => {};

  #drain() {
    while (this.#isOpen && this.#inFlight < MOST_IN_FLIGHT) {
      const entry = this.#entries[this.#inFlight];
      if (!entry || !this.#pace.take(() => this.#drain())) return;
      this.#inFlight += 1;
      entry.sends += 1;
      this.#send(entry);
    }
  }

  /** While it waits, a newer state of the same input replaces an older one. @param {NewEntry} what */
  #replaceOlder(what) {
    const last = this.#entries.at(-1);
    const isSame = last?.newestOf === what.newestOf && last?.name === what.name;
    if (last?.sends === 0 && isSame && what.newestOf) {
      this.#entries.pop();
      last.settle();
    }
  }

  #refuseOldest() {
    const waiting = this.#entries.filter(({ sends }) => sends === 0);
    if (waiting.length > MOST_WAITING) {
      this.#drop(waiting[0], `Too much is waiting: "${waiting[0].name}" was left out.`);
    }
  }

  /** @param {Entry} entry @param {string} reason */
  #drop(entry, reason) {
    this.#entries = this.#entries.filter((one) => one !== entry);
    entry.settle(new Error(reason));
    this.onDropped(entry, reason);
  }
}
