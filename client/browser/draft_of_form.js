// @ts-check
// The draft of one form: when it is kept, what of it is put back, and what the server is told.

import { fieldsOf, modelOf, show, valueOf } from "./draft_fields.js";
import { askWhich } from "./draft_question.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./draft_fields.js").Value} Value
 * @typedef {Record<string, Value>} Values
 * @typedef {{ version: number, at: number, base: Values, values: Values }} Kept
 */

const VERSION = 1;
const PAUSE_MS = 500;
/** Of one event, so that its frame stays below the limit of the server. */
const TOLD_BYTES = 40_000;

/** The draft of one form, or of a whole view. */
export class Draft {
  /** What the fields held before the user began. @type {Values} */
  #base;
  /** For fields that have not arrived yet. @type {Values} */
  #waiting = {};
  /** Of all fields that were there, such as those of an earlier step. @type {Values} */
  #last = {};
  #hasFailed = false;
  /** Called with what `dj-model` binds: the server is told of it here. @type {(values: Values, view: View) => void} */
  onBound = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {HTMLElement | undefined} */
  #question;

  /** @param {View} view @param {Element} scope @param {string} name @param {string} key @param {number} seconds */
  constructor(view, scope, name, key, seconds) {
    this.view = view;
    this.scope = scope;
    this.name = name;
    this.key = key;
    this.seconds = seconds;
    this.#base = this.#serverValues();
  }

  /** Put back what was kept, unless the server has something newer: then the user chooses. */
  begin() {
    const kept = this.#read();
    const now = this.#values();
    // What was typed before we came is newer than any draft, and not kept yet.
    const typed = Object.keys(now).filter((name) => !isSame(now, this.#base, { [name]: "" }) || !(name in this.#base));
    if (typed.length) this.edited();
    if (!kept) return;
    const values = Object.fromEntries(Object.entries(kept.values).filter(([name]) => !typed.includes(name)));
    const isAllThere = Object.keys(values).every((name) => name in now);
    if (isAllThere && isSame(values, now, values)) return;
    const isNewer = !isSame(kept.base, this.#base, values);
    if (isNewer) this.#ask({ ...kept, values });
    else this.#restore(values);
  }

  edited() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
    this.#question?.remove();
  }

  /** The page is about to change: fields may go before they are kept. */
  remember() {
    if (this.#timer !== undefined) this.#last = { ...this.#last, ...this.#values() };
  }

  /** Keep what has not been kept yet. */
  flush() {
    if (this.#timer === undefined) return;
    this.#forgetTimer();
    this.#last = { ...this.#waiting, ...this.#last, ...this.#values() };
    const kept = { version: VERSION, at: Date.now(), base: this.#base, values: this.#last };
    try {
      localStorage.setItem(this.name, JSON.stringify(kept));
      this.#hasFailed = false;
    } catch (error) {
      this.#failed(String(error));
    }
  }

  /** What the draft held is saved, or was thrown away. */
  clear() {
    this.#forgetTimer();
    this.#waiting = {};
    this.#last = {};
    this.#question?.remove();
    this.#beginAnew();
    try {
      localStorage.removeItem(this.name);
    } catch (error) {
      this.#failed(String(error));
    }
  }

  /** Another tab has changed the same draft. @param {string | null} text */
  changedElsewhere(text) {
    this.#forgetTimer();
    const kept = text === null ? undefined : parsed(text);
    if (kept) this.#restore(kept.values);
    else this.#beginAnew();
  }

  /** Fields have arrived: perhaps the draft has waited for them. */
  fill() {
    if (Object.keys(this.#waiting).length) this.#restore(this.#waiting);
  }

  // --- within ---------------------------------------------------------------------------

  /** The frame that ends a draft may empty its fields only after it has told so. */
  #beginAnew() {
    queueMicrotask(() => (this.#base = this.#serverValues()));
  }

  /** What the page shows without what its user has typed meanwhile: that says nothing of the server. */
  #serverValues() {
    const { edits } = this.view.client;
    const isTyped = (/** @type {HTMLElement} */ element) => edits.has(element) && edits.keeps(element);
    /** @type {Values} */
    const values = {};
    for (const [name, elements] of fieldsOf(this.scope, this.view.client.edits)) {
      const [{ type, defaultValue }] = /** @type {HTMLInputElement[]} */ (elements);
      const isPlain = defaultValue !== undefined && !/^(checkbox|radio)$/.test(type) && !modelOf(elements[0]);
      if (!elements.some(isTyped)) values[name] = valueOf(elements);
      else if (isPlain && elements.length === 1) values[name] = defaultValue;
    }
    return values;
  }

  #forgetTimer() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @returns {Values} */
  #values() {
    return Object.fromEntries([...fieldsOf(this.scope, this.view.client.edits)].map(([name, elements]) => [name, valueOf(elements)]));
  }

  #read() {
    try {
      const text = localStorage.getItem(this.name);
      const kept = text === null ? undefined : parsed(text);
      const isOver = kept && kept.at + this.seconds * 1000 < Date.now();
      if (text !== null && (!kept || isOver)) localStorage.removeItem(this.name);
      return isOver ? undefined : kept;
    } catch (error) {
      this.#failed(String(error));
      return undefined;
    }
  }

  /** @param {Values} values */
  #restore(values) {
    const fields = fieldsOf(this.scope, this.view.client.edits);
    /** @type {Values} */
    const restored = {};
    this.#waiting = {};
    for (const [name, value] of Object.entries(values)) {
      const elements = fields.get(name);
      if (!elements) this.#waiting[name] = value;
      else if (JSON.stringify(valueOf(elements)) !== JSON.stringify(value)) {
        show(elements, value);
        for (const element of elements) this.view.client.edits.made(element);
        restored[name] = value;
      }
    }
    if (!Object.keys(restored).length) return;
    const bound = Object.entries(restored).filter(([name]) => modelOf(/** @type {any} */ (fields.get(name))[0]) === name);
    this.onBound(Object.fromEntries(bound), this.view);
    for (const batch of inBatches(restored)) this.#tell(batch, fields);
    announce("restored", { key: this.key, values: restored });
  }

  /** @param {Values} values @param {Map<string, HTMLElement[]>} fields */
  #tell(values, fields) {
    const told = Object.keys(values).flatMap((name) => fields.get(name) ?? []);
    const { edits } = this.view.client;
    const carried = new Map(told.flatMap((element) => [...edits.carriedBy(element)]));
    this.view.push({ name: "restore_draft", parameters: { values }, edits: carried, isQuiet: true });
  }

  /** @param {Kept} kept */
  #ask(kept) {
    this.#question?.remove();
    this.#question = askWhich(kept.at, () => this.#restore(kept.values), () => this.clear());
  }

  /** @param {string} reason */
  #failed(reason) {
    if (!this.#hasFailed) announce("failed", { key: this.key, reason });
    this.#hasFailed = true;
  }
}

/** @param {Values} one @param {Values} other @param {Values} names those that count, if both know them */
function isSame(one, other, names) {
  return Object.keys(names).every(
    (name) => !(name in one && name in other) || JSON.stringify(one[name]) === JSON.stringify(other[name]),
  );
}

/** @param {string} text @returns {Kept | undefined} */
function parsed(text) {
  try {
    const kept = JSON.parse(text);
    return kept?.version === VERSION && kept.values && kept.base ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Values} values @returns {Values[]} */
function inBatches(values) {
  const batches = [{}];
  let size = 0;
  for (const [name, value] of Object.entries(values)) {
    const bytes = new TextEncoder().encode(JSON.stringify([name, value])).length;
    if (size && size + bytes > TOLD_BYTES) {
      batches.push({});
      size = 0;
    }
    size += bytes;
    /** @type {Values} */ (batches[batches.length - 1])[name] = value;
  }
  return batches;
}

/** @param {string} name @param {object} detail */
function announce(name, detail) {
  window.dispatchEvent(new CustomEvent(`live:draft-${name}`, { detail }));
}
