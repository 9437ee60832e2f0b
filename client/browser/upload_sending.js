// @ts-check
// One file that its user has chosen: known by its beginning, and sent as the server allows.

/** @typedef {import("./view.js").View} View */

const DIGEST_BYTES = 65_536;
const HEAD_BYTES = 16;

export class Sending {
  ref = newRef();
  /** Where it stands: offered, sending, held, done, refused or ended. */
  state = "offered";
  /** It shall be sent without waiting for its form: the form was submitted. */
  starts = false;
  /** How many bytes the server has taken. */
  taken = 0;
  /** When the server was last heard of it. */
  heardAt = performance.now();
  /** Kept once nothing is to be sent any more. @type {Promise<void>} */
  over;
  #settle = () => {};
  #transfer = 0;
  #wake = () => {};
  /** What was read last. @type {{ start: number, bytes: Uint8Array<ArrayBuffer> }} */
  #slab = { start: 0, bytes: new Uint8Array() };
  #url = "";

  /** @param {View} view @param {string} upload @param {File} file */
  constructor(view, upload, file) {
    this.view = view;
    this.upload = upload;
    this.file = file;
    this.over = new Promise((resolve) => (this.#settle = resolve));
  }

  /** What the server is told of the file, before its first byte. */
  async offer() {
    const { name, size, type, lastModified: modified } = this.file;
    return { ref: this.ref, name, size, type, modified, digest: await digestOf(this.file), starts: this.starts };
  }

  /** Whether the server is to be asked about it after a reconnect. */
  get isUnfinished() {
    return !["done", "refused", "ended"].includes(this.state);
  }

  /** An address under which the page can show the file itself. */
  get url() {
    return (this.#url ||= URL.createObjectURL(this.file));
  }

  /** A whole number, as the server counts. */
  get percent() {
    if (this.state === "done") return 100;
    return this.file.size ? Math.floor((this.taken * 100) / this.file.size) : 0;
  }

  /**
   * Send from an offset on. Another `go` ends the one before.
   *
   * @param {number} transfer @param {number} offset @param {number} size of a chunk
   * @param {number} window how many chunks may be under way
   */
  async go(transfer, offset, size, window) {
    this.stop();
    this.#transfer = transfer;
    this.taken = offset;
    this.state = "sending";
    while (offset < this.file.size) {
      while (transfer === this.#transfer && offset >= this.taken + size * window) {
        await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
      }
      const content = await this.#read(offset, size, window);
      if (transfer !== this.#transfer) return;
      this.view.client.send(frame(this.view.number, transfer, offset, content));
      offset += content.length;
    }
  }

  /** @param {number} transfer @param {number} offset */
  received(transfer, offset) {
    if (transfer !== this.#transfer) return false;
    this.taken = offset;
    this.heardAt = performance.now();
    this.#wake();
    return true;
  }

  /** Send nothing more, until the next `go`. */
  stop() {
    this.#transfer = 0;
    this.heardAt = performance.now();
    this.#wake();
  }

  /** The server has all of it, or does not want it. @param {"done" | "refused" | "ended"} state */
  end(state) {
    this.stop();
    this.state = state;
    this.#slab = { start: 0, bytes: new Uint8Array() };
    this.#settle();
    if (state !== "ended") return;
    URL.revokeObjectURL(this.#url);
    this.#url = "";
  }

  /** A refused or finished file goes on: somebody asked for it. */
  again() {
    this.over = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Read as much at once as may be under way, and give it in chunks. */
  async #read(/** @type {number} */ offset, /** @type {number} */ size, /** @type {number} */ window) {
    const { start, bytes } = this.#slab;
    if (offset < start || offset >= start + bytes.length) {
      const blob = this.file.slice(offset, offset + size * window);
      this.#slab = { start: offset, bytes: new Uint8Array(await blob.arrayBuffer()) };
    }
    const from = offset - this.#slab.start;
    return this.#slab.bytes.subarray(from, from + size);
  }
}

/** A binary frame. @param {number} view @param {number} transfer @param {number} offset @param {Uint8Array} content */
function frame(view, transfer, offset, content) {
  const bytes = new Uint8Array(HEAD_BYTES + content.length);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, view);
  head.setUint32(4, transfer);
  head.setBigUint64(8, BigInt(offset));
  bytes.set(content, HEAD_BYTES);
  return bytes;
}

/** By its beginning a file is known again. Without TLS browsers offer no digest. @param {File} file */
async function digestOf(file) {
  if (!globalThis.crypto?.subtle) return "";
  const beginning = await file.slice(0, DIGEST_BYTES).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", beginning));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function newRef() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}
