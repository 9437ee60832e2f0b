// @ts-check
// All live views of a page: they share one socket, one status and one history.

import { Connection } from "./connection.js";
import { Delegation } from "./delegation.js";
import { effects } from "./features.js";
import { Edits } from "./forms.js";
import { missing } from "./lazy.js";
import * as messages from "./messages.js";
import { loadMorph, needsMorph } from "./morphing.js";
import { Navigation } from "./navigation.js";
import { Pace } from "./pace.js";
import { Status } from "./status.js";
import { View } from "./view.js";

const ROOT = "[dj-view]";

export class Client {
  pace = new Pace();
  edits = new Edits();
  status = new Status();
  delegation = new Delegation(this);
  navigation = new Navigation(this);
  /** Tells this page from another tab with the same HTML. */
  page = Math.random().toString(36).slice(2);
  /** By their numbers; those that have gone leave holes. @type {View[]} */
  views = [];
  /** @type {Connection | undefined} */
  #connection;
  #hasStarted = false;
  /** What has arrived while a module loads. @type {messages.Wire[] | undefined} */
  #held;

  /** Listen at once, so that nothing that the user does before the join is lost. */
  listen() {
    effects.set("moved", (wire, view) => this.navigation.moved(view, messages.moved(wire)));
    this.edits.start();
    this.delegation.start();
    // Scripts after ours may still add hooks: they have run when the document is ready.
    document.addEventListener("DOMContentLoaded", () => this.#start());
    window.addEventListener("load", () => this.#start());
    if (document.readyState === "complete") this.#start();
  }

  #start() {
    if (this.#hasStarted || !document.querySelector(ROOT)) return;
    this.#hasStarted = true;
    this.status.start();
    this.navigation.start();
    this.#connection = new Connection(socketUrl(), this);
    for (const root of document.querySelectorAll(ROOT)) this.viewOf(root);
    this.#followPage();
    this.connect();
  }

  /** The view that an element belongs to. @param {Element} element @returns {View | undefined} */
  viewOf(element) {
    const root = /** @type {HTMLElement | null} */ (element.closest(ROOT));
    if (!root) return undefined;
    const known = this.views.find((view) => view?.root === root);
    if (known) return known;
    const view = new View(this, root, this.views.length);
    this.views.push(view);
    return view;
  }

  connect() {
    this.status.show("connecting");
    this.#connection?.start();
  }

  disconnect() {
    this.#connection?.stop();
  }

  /** @param {messages.Wire | Uint8Array} message */
  send(message) {
    this.#connection?.send(message);
  }

  // --- the connection tells ---------------------------------------------------------------

  opened() {
    for (const view of this.views) view?.join();
  }

  lost() {
    this.#held?.splice(0);
    this.status.show("disconnected");
    for (const view of this.views) view?.disconnected();
  }

  refused() {
    this.lost();
    this.status.show("refused");
  }

  viewJoined() {
    // Views within it may come later, or not at all.
    if (this.views[0] && !this.views[0].isJoined) return;
    this.#connection?.succeeded();
    this.status.show("connected");
  }

  /** @param {messages.Wire} wire */
  received(wire) {
    const needed = !this.#held && (needsMorph(wire) ? loadMorph() : missing(wire));
    if (this.#held) this.#held.push(wire);
    else if (needed) this.#hold(wire, needed);
    else this.#take(wire);
  }

  /** @param {messages.Wire} wire @param {Promise<void>} needed */
  async #hold(wire, needed) {
    const held = (this.#held = [wire]);
    await needed;
    this.#held = undefined;
    for (const one of held) this.received(one);
  }

  /** @param {messages.Wire} wire */
  #take(wire) {
    const view = this.views[wire.v ?? 0];
    if (wire.t === "bye") this.#connection?.prepareEnd(messages.bye(wire));
    else if (wire.t === "error") this.#failed(messages.error(wire));
    else if (wire.t === "joined") view?.joined(messages.joined(wire));
    else if (wire.t === "frame") view?.frame(messages.frame(wire));
    // "moved" may stand alone, and "received" always does.
    else if (view) effects.get(wire.t)?.(wire, view);
  }

  /** @param {messages.ServerError} error */
  #failed(error) {
    const view = this.views[error.view];
    view?.failed(error);
    if (error.kind === "forbidden" && view) {
      this.drop(view);
      view.root.textContent = error.message;
      view.root.role = "alert";
    } else if (error.kind === "down") {
      // What is done from now on waits for the view that comes next.
      view?.disconnected();
      this.status.offer(error.message, () => view?.join());
    } else {
      this.status.notice(error.id ? `${error.message} [${error.id}]` : error.message);
    }
    if (Object.keys(error.detail).length) {
      import("./overlay.js").then(({ showError }) => showError(error), console.error);
    }
  }

  /** A view is there no more. @param {View} view */
  drop(view) {
    delete this.views[view.number];
    for (const element of view.root.children) view.picture.removed(element);
    view.picture.tell();
    view.disconnected();
    this.viewJoined();
  }

  // --- the page's own life ----------------------------------------------------------------

  #followPage() {
    const wake = () => this.#connection?.wake();
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", () => document.hidden || wake());
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.connect());
    window.addEventListener("pagehide", ({ persisted }) => this.#hidden(persisted));
  }

  /** @param {boolean} mayReturn the browser keeps the page for its back button */
  #hidden(mayReturn) {
    if (!mayReturn) for (const view of this.views) view?.leave();
    this.disconnect();
  }
}

function socketUrl() {
  const meta = document.querySelector('meta[name="limelight-socket"]');
  const url = new URL(meta?.getAttribute("content") ?? "/_live/socket", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
