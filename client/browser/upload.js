// @ts-check
// Uploads: files are offered to the server, sent as it allows, and offered again after a cut.

import { acceptDrops, showPreview, showProgress } from "./upload_elements.js";
import { Sending } from "./upload_sending.js";

/** @typedef {import("./view.js").View} View */

/** Offers go in one event as long as they are shorter than this, far below the limit of a frame. */
const OFFER_CHARACTERS = 20_000;
/** A transfer of which nothing is heard for so long is asked for anew. */
const STALLED_MS = 10_000;
const SHOWN = ["dj-upload-preview", "dj-upload-progress"];

class Uploads {
  /** @type {Map<string, Sending>} */
  #sendings = new Map();
  /** Forms that will be submitted when their files are there. @type {WeakSet<HTMLFormElement>} */
  #waitingForms = new WeakSet();

  start() {
    // Before the page's own listener, which would tell the view at once.
    document.addEventListener("submit", (event) => this.#submitted(event), true);
    setInterval(() => this.#lookForStalled(), STALLED_MS / 2);
  }

  // --- what the user does -----------------------------------------------------------------

  /** @param {HTMLElement} element @param {View} view */
  adopt(element, view) {
    const input = /** @type {HTMLInputElement} */ (element);
    const take = () => input.files && this.choose(input.getAttribute("dj-upload"), input.files, view);
    input.addEventListener("change", take);
    // Else choosing the same file once more would be no change.
    input.addEventListener("click", () => (input.value = ""));
    if (input.files?.length) take();
  }

  /** @param {string | null} upload @param {FileList} files @param {View} view */
  async choose(upload, files, view) {
    if (!upload || !files.length) return;
    const sendings = Array.from(files, (file) => new Sending(view, upload, file));
    for (const sending of sendings) this.#sendings.set(sending.ref, sending);
    await this.#offer(upload, sendings, view);
    this.show();
  }

  /** @param {string} upload @param {Sending[]} sendings @param {View} view */
  async #offer(upload, sendings, view) {
    const offers = await Promise.all(sendings.map((sending) => this.#offerOf(sending)));
    /** @type {object[]} */
    let files = [];
    let more = false;
    const send = () => {
      if (files.length) push(view, "offer_uploads", { name: upload, files, more });
      more = true;
      files = [];
    };
    for (const offer of offers) {
      if (!offer) continue;
      if (JSON.stringify([...files, offer]).length > OFFER_CHARACTERS) send();
      files.push(offer);
    }
    send();
  }

  /** @param {Sending} sending */
  async #offerOf(sending) {
    try {
      return await sending.offer();
    } catch (error) {
      // It was deleted since it was chosen.
      this.#refused(sending, String(error));
      return undefined;
    }
  }

  /** A form waits for its files. @param {Event} event */
  async #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { submitter } = /** @type {SubmitEvent} */ (event);
    const uploads = [...form.elements].map((element) => element.getAttribute("dj-upload"));
    const sendings = this.#all().filter(({ upload, isUnfinished }) => isUnfinished && uploads.includes(upload));
    if (!sendings.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.#waitingForms.has(form)) return;
    this.#waitingForms.add(form);
    form.setAttribute("aria-busy", "true");
    for (const sending of sendings) sending.starts = true;
    for (const upload of new Set(sendings.map(({ upload }) => upload))) {
      push(sendings[0].view, "start_uploads", { name: upload });
    }
    await Promise.all(sendings.map(({ over }) => over));
    this.#waitingForms.delete(form);
    form.removeAttribute("aria-busy");
    const isRefused = sendings.some(({ state }) => state === "refused");
    if (!isRefused && form.isConnected) form.requestSubmit(submitter);
  }

  // --- what the server says ---------------------------------------------------------------

  /** @param {[verb: string, ref: string, ...details: any[]]} told */
  told([verb, ref, ...details]) {
    const sending = this.#sendings.get(ref);
    if (!sending) return;
    if (verb === "go") this.#go(sending, details);
    else if (verb === "hold") {
      sending.stop();
      sending.state = "held";
    } else if (verb === "refused") this.#refused(sending, details[0]);
    else sending.end(verb === "done" ? "done" : "ended");
    if (verb === "end") this.#sendings.delete(ref);
    this.show();
  }

  /** @param {Sending} sending @param {any[]} details */
  async #go(sending, [transfer, offset, size, window]) {
    if (!sending.isUnfinished) sending.again();
    try {
      await sending.go(transfer, offset, size, window);
    } catch (error) {
      // The file has changed or has gone since it was chosen.
      push(sending.view, "fail_upload", { name: sending.upload, ref: sending.ref });
      this.#refused(sending, String(error));
    }
  }

  /** @param {Sending} sending @param {string} error */
  #refused(sending, error) {
    sending.end("refused");
    const { upload, ref, file } = sending;
    const detail = { upload, ref, file: file.name, error };
    window.dispatchEvent(new CustomEvent("live:upload-refused", { detail }));
  }

  /** @param {{ x: number, n: number }} wire */
  received({ x, n }) {
    if (this.#all().some((sending) => sending.received(x, n))) this.show();
  }

  // --- along with the view ----------------------------------------------------------------

  /** @param {View} view @param {string} how */
  joined(view, how) {
    // A view that began anew knows nothing of the files that the one before it had.
    const isAsked = (/** @type {Sending} */ one) => one.isUnfinished || (how === "mounted" && one.state === "done");
    const unfinished = this.#all().filter((one) => one.view === view && isAsked(one));
    for (const upload of new Set(unfinished.map(({ upload }) => upload))) {
      const sendings = unfinished.filter((one) => one.upload === upload);
      const name = CSS.escape(upload);
      if (view.root.querySelector(`[dj-upload="${name}"], [dj-upload-drop="${name}"]`)) {
        this.#offer(upload, sendings, view);
      } else for (const { ref } of sendings) this.told(["end", ref]);
    }
  }

  /** @param {View} view */
  disconnected(view) {
    for (const sending of this.#all()) if (sending.view === view) sending.stop();
  }

  #lookForStalled() {
    const late = performance.now() - STALLED_MS;
    for (const sending of this.#all()) {
      if (sending.state !== "sending" || sending.heardAt > late || !sending.view.isJoined) continue;
      sending.stop();
      this.#offer(sending.upload, [sending], sending.view);
    }
  }

  #all() {
    return [...this.#sendings.values()];
  }

  // --- what shows it ----------------------------------------------------------------------

  show() {
    for (const attribute of SHOWN) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        this.showIn(/** @type {HTMLElement} */ (element), attribute);
      }
    }
  }

  /** @param {HTMLElement} element @param {string} attribute */
  showIn(element, attribute) {
    const meant = element.getAttribute(attribute);
    const sendings = this.#all().filter(({ ref, upload }) => ref === meant || upload === meant);
    if (attribute === SHOWN[0]) showPreview(element, sendings);
    else showProgress(element, sendings);
  }
}

/** @param {View} view @param {string} name @param {Record<string, unknown>} parameters */
function push(view, name, parameters) {
  view.push({ name, parameters, isQuiet: true });
}

/** @param {any} tables those of `features.js` */
export function install({ companions, effects, elements }) {
  const uploads = new Uploads();
  uploads.start();
  effects.set("upload", (/** @type {any} */ told) => uploads.told(told));
  effects.set("received", (/** @type {any} */ wire) => uploads.received(wire));
  elements.set("dj-upload", {
    added: (/** @type {HTMLElement} */ element, /** @type {View} */ view) => uploads.adopt(element, view),
  });
  elements.set("dj-upload-drop", {
    added: (/** @type {HTMLElement} */ element, /** @type {View} */ view) =>
      acceptDrops(element, (files) => uploads.choose(element.getAttribute("dj-upload-drop"), files, view)),
  });
  for (const attribute of SHOWN) {
    const show = (/** @type {HTMLElement} */ element) => uploads.showIn(element, attribute);
    elements.set(attribute, { added: show, updated: show });
  }
  companions.add({
    joined: (/** @type {View} */ view, /** @type {string} */ how) => uploads.joined(view, how),
    disconnected: (/** @type {View} */ view) => uploads.disconnected(view),
  });
}
