// @ts-check
// One live root: it joins, tells what its user does, and applies what the server answers.

import { companions, effects, elements, joinParameters, operations } from "./features.js";
import { Loading } from "./loading.js";
import * as messages from "./messages.js";
import { Outbox } from "./outbox.js";
import { Picture } from "./picture.js";
import { Rate } from "./rate.js";
import { rememberForms } from "./recovery.js";

const TELL_SEEN_AFTER_FRAMES = 32;
const TELL_SEEN_AFTER_MS = 2_000;

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./outbox.js").NewEntry} NewEntry
 */

export class View {
  /** What is held back by debounce and throttle. */
  rate = new Rate();
  /** Whether frames arrive. */
  isJoined = false;
  /** Whether the page changes by our doing, so that a lost focus is not the user's. */
  isChanging = false;
  /** The elements that have a behaviour. */
  #selector = [...elements.keys()].map((attribute) => `[${attribute}]`).join();
  #token;
  #outbox;
  #loading;
  #isJoining = false;
  #hasShown = false;
  #epoch = "";
  #seen = 0;
  #told = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tellTimer;

  /**
   * @param {import("./client.js").Client} client
   * @param {HTMLElement} root @param {number} number
   */
  constructor(client, root, number) {
    this.client = client;
    this.root = root;
    this.number = number;
    this.#token = root.getAttribute("dj-token") ?? "";
    this.#loading = new Loading(root);
    this.#outbox = new Outbox((entry) => this.#send(entry), client.pace);
    this.#outbox.onDropped = (_entry, reason) => {
      this.#showWaiting();
      client.status.notice(reason);
    };
    this.picture = new Picture(root, {
      nonce: root.getAttribute("dj-nonce") ?? "",
      keeps: (/** @type {Element} */ control) => client.edits.keeps(control),
      watcher: {
        selector: this.#selector,
        added: (/** @type {Element} */ element) => this.#behave("added", element),
        updated: (/** @type {Element} */ element) => this.#behave("updated", element),
        removed: (/** @type {Element} */ element) => this.#behave("removed", element),
      },
    });
  }

  // --- to the server --------------------------------------------------------------------

  join() {
    if (this.#isJoining) return;
    this.#isJoining = true;
    const parameters = [...joinParameters].map(([name, value]) => [name, value(this)]);
    this.client.send(
      messages.join({
        view: this.number,
        token: this.#token,
        url: location.pathname + location.search,
        bound: !this.#hasShown,
        epoch: this.#epoch,
        page: this.client.page,
        seen: this.#seen,
        parameters: Object.fromEntries(parameters),
      }),
    );
  }

  /**
   * Run a handler of the view, now or as soon as it has joined. The promise is kept when the
   * page shows the effect, and broken when the handler fails.
   *
   * @param {NewEntry} what
   */
  push(what) {
    const promise = this.#outbox.add(what);
    this.#showWaiting();
    return promise;
  }

  /** Whether an event of this element still waits for its answer. @param {Element} element @param {string} type */
  isWaiting(element, type) {
    return this.#outbox.pending.some((entry) => entry.element === element && entry.type === type);
  }

  disconnected() {
    this.isJoined = this.#isJoining = false;
    this.#outbox.close();
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    for (const companion of companions) companion.disconnected?.(this);
  }

  /** Tell what counts only while it is new. @param {string} name @param {unknown} payload */
  signal(name, payload) {
    this.client.send(messages.signal({ view: this.number, name, payload }));
  }

  leave() {
    this.client.send(messages.leave({ view: this.number }));
  }

  /** @param {Entry} entry */
  #send({ number, name, parameters, navigation, sends, element }) {
    const { number: view } = this;
    if (navigation) {
      this.client.send(messages.navigate({ view, number, url: name, kind: navigation }));
      return;
    }
    const seen = this.#takeSeen();
    const target = element?.closest("[dj-activity]")?.getAttribute("dj-activity") ?? "";
    this.client.send(messages.event({ view, number, name, parameters, seen, target, repeated: sends > 1 }));
  }

  /** What the server need not keep any longer, if that is news. */
  #takeSeen() {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    const seen = this.#seen > this.#told ? this.#seen : 0;
    this.#told = this.#seen;
    return seen;
  }

  #tellSeen() {
    const sequence = this.#takeSeen();
    if (sequence) this.client.send(messages.seen({ view: this.number, sequence }));
  }

  // --- from the server ------------------------------------------------------------------

  /** @param {messages.Joined} joined */
  joined(joined) {
    const wasAsked = this.#isJoining;
    this.#isJoining = false;
    this.#epoch = joined.epoch;
    this.#seen = this.#told = joined.sequence;
    this.#token = joined.token || this.#token;
    const settled = this.#outbox.open(joined.acknowledged);
    const hasMoved = !wasAsked && settled.some(({ navigation }) => navigation);
    this.#answered(settled);
    if (joined.how === "adopted") this.#adopt(joined);
    if (joined.how === "mounted") this.#showWhole(joined, hasMoved);
    this.#hasShown = this.isJoined = true;
    if (joined.title) document.title = joined.title;
    for (const companion of companions) companion.joined?.(this, joined.how);
    this.client.viewJoined();
    for (const entry of settled) entry.settle();
  }

  /** @param {messages.Joined} joined */
  #adopt({ shapes, root }) {
    this.#patch(() => {
      this.picture.learn(shapes);
      const missing = this.picture.bind(root);
      if (missing === null || missing.length) this.#unbind(missing ?? []);
    });
    // Only now, so that no hook changes the page before its slots are found.
    for (const element of this.root.querySelectorAll(this.#selector)) this.#behave("added", element);
  }

  /** @param {messages.Joined} joined @param {boolean} hasMoved */
  #showWhole({ shapes, root }, hasMoved) {
    const restore = hasMoved ? undefined : rememberForms(this.root, this.client.edits);
    this.#patch(() => {
      this.picture.learn(shapes);
      this.picture.replace(root);
    });
    restore?.((control) => this.client.delegation.recover(control));
  }

  /** @param {messages.Frame} frame */
  frame(frame) {
    const { sequence, acknowledged } = frame;
    if (sequence > this.#seen + 1) {
      if (!this.#isJoining) this.join();
      return;
    }
    const settled = this.#outbox.acknowledge(acknowledged);
    this.#answered(settled);
    const isNext = sequence === this.#seen + 1;
    if (isNext) this.#apply(frame);
    for (const { type, edits } of settled) if (type === "submit") this.client.edits.submitted(edits);
    this.#showWaiting();
    for (const entry of settled) entry.settle();
    // A move is one of these: the address that an event asked for is older.
    if (isNext) for (const [name, payload] of frame.effects) effects.get(name)?.(payload, this);
  }

  /** @param {messages.Frame} frame */
  #apply({ sequence, shapes, diff, root, operations: changes }) {
    this.#seen = sequence;
    this.#patch(() => {
      this.picture.learn(shapes);
      if (root !== undefined) this.picture.replace(root);
      else if (diff !== undefined) this.picture.patch(diff);
      for (const change of changes) operations.get(change[0])?.(change, this);
    });
    if (this.#seen - this.#told >= TELL_SEEN_AFTER_FRAMES) this.#tellSeen();
    else this.#tellTimer ??= setTimeout(() => this.#tellSeen(), TELL_SEEN_AFTER_MS);
  }

  /** Change the page as the server knows it. @param {() => void} change */
  #patch(change) {
    for (const companion of companions) companion.beforePatch?.(this);
    this.isChanging = true;
    this.#loading.lift();
    try {
      change();
    } catch (error) {
      // Somebody else has changed the page: from now on the whole view comes as HTML.
      console.error("Limelight could not apply a patch.", error);
      this.#unbind([]);
    }
    this.#showWaiting();
    for (const companion of companions) companion.patched?.(this);
  }

  #showWaiting() {
    this.isChanging = true;
    this.#loading.lay(this.#outbox.pending);
    this.isChanging = false;
  }

  /** @param {[number, number][]} slots */
  #unbind(slots) {
    this.client.send(messages.unbound({ view: this.number, slots }));
  }

  /**
   * One of our events has failed, or something else is wrong with the view.
   *
   * @param {messages.ServerError} error
   */
  failed({ number, kind, message, detail, id }) {
    // A move to another view is answered without a number when it fails.
    const move = this.#outbox.pending.find(({ navigation, sends }) => navigation && sends);
    const failed = number || move?.number || 0;
    const settled = this.#outbox.acknowledge(failed);
    const reason = Object.assign(new Error(message), { kind, id, detail });
    for (const entry of settled) {
      const hasFailed = entry.number === failed;
      if (!hasFailed) this.#answered([entry]);
      entry.settle(hasFailed ? reason : undefined);
    }
    this.#showWaiting();
  }

  /** What the server has answered is no longer the user's alone. @param {Entry[]} entries */
  #answered(entries) {
    for (const { edits } of entries) this.client.edits.answered(edits);
  }

  /** @param {"added" | "updated" | "removed"} change @param {Element} element */
  #behave(change, element) {
    const around = element.parentElement?.closest("[dj-view]");
    if (around && around !== this.root) return;
    for (const [attribute, behaviour] of elements) {
      if (element.hasAttribute(attribute)) {
        behaviour[change]?.(/** @type {HTMLElement} */ (element), this);
      }
    }
  }
}
