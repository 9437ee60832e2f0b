// @ts-check
// What the user does, heard once for the whole page and told to the view that it concerns.

import { keyAttributes } from "./keys.js";
import { limitsOf } from "./rate.js";
import { clickValues, controlValues, formValues, givenValues } from "./values.js";

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./values.js").Parameters} Parameters
 * @typedef {object} Deed  what an event asks of a handler
 * @property {string} type  the kind of event, for limits and loading classes
 * @property {Element} element  what shows that it waits
 * @property {Element} [source]  the control that it is about
 * @property {Element} [carrier]  the control or form whose edits it tells
 * @property {() => Parameters} read  its parameters, read when it is sent
 */

const LINKS = ["dj-navigate", "dj-patch"];
const WITHOUT_LIMITS = ["submit", "focus", "blur"];

export class Delegation {
  #client;

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  start() {
    /** @type {Record<string, (event: any) => void>} */
    const listeners = {
      click: (event) => this.#clicked(event),
      submit: (event) => this.#submitted(event),
      input: (event) => event.isComposing || this.#edited(event, "input"),
      compositionend: (event) => this.#edited(event, "input"),
      change: (event) => this.#edited(event, "change"),
      keydown: (event) => this.#keyed(event, "keydown"),
      keyup: (event) => this.#keyed(event, "keyup"),
      focusin: (event) => this.#focused(event, "focus"),
      focusout: (event) => this.#focused(event, "blur"),
    };
    for (const [type, listener] of Object.entries(listeners)) {
      document.addEventListener(type, (event) => {
        if (event.target instanceof Element) listener(event);
      });
    }
  }

  /**
   * Tell the view of a deed, if its handler is named and the user agrees.
   *
   * @param {string | null | undefined} name @param {Deed} deed
   */
  tell(name, { type, element, source = element, carrier, read }) {
    const view = this.#client.viewOf(element);
    if (!name || !view || view.isChanging) return;
    const limits = WITHOUT_LIMITS.includes(type) ? {} : limitsOf(source, element, type);
    view.rate.run(source, type, limits, () => {
      const edits = carrier && this.#client.edits.carriedBy(carrier);
      const newestOf = type === "input" ? carrier : undefined;
      view.push({ name, parameters: read(), element, type, edits, newestOf });
    });
  }

  // --- clicks -------------------------------------------------------------------------------

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const element = target.closest("[dj-click], [dj-navigate], [dj-patch]");
    this.#clickedAway(target);
    if (!element || event.defaultPrevented || !this.#client.viewOf(element)) return;
    const isLink = element instanceof HTMLAnchorElement;
    if (isLink && (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
      return;
    }
    if (!agrees(element)) {
      event.preventDefault();
      return;
    }
    const attribute = LINKS.find((link) => element.hasAttribute(link));
    if (attribute) {
      this.#client.navigation.followed(event, element, attribute);
      return;
    }
    if (isLink || isSubmit(element)) event.preventDefault();
    this.tell(element.getAttribute("dj-click"), {
      type: "click",
      element,
      read: () => clickValues(element),
    });
  }

  /** @param {Element} target */
  #clickedAway(target) {
    for (const element of document.querySelectorAll("[dj-click-away]")) {
      const isSeen = element.getClientRects().length > 0;
      if (element.contains(target) || !isSeen || !target.isConnected) continue;
      this.tell(element.getAttribute("dj-click-away"), {
        type: "click-away",
        element,
        read: () => givenValues(element),
      });
    }
  }

  // --- forms --------------------------------------------------------------------------------

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const name = form.getAttribute("dj-submit");
    if (name === null) return;
    const isStopped = event.defaultPrevented;
    event.preventDefault();
    const { submitter } = event;
    const mustWait = this.#client.viewOf(form)?.isWaiting(form, "submit");
    if (isStopped || mustWait || !agrees(form) || !(submitter ? agrees(submitter) : true)) return;
    this.tell(name, {
      type: "submit",
      element: form,
      carrier: form,
      read: () => ({ ...formValues(form, submitter), ...(submitter ? givenValues(submitter) : {}) }),
    });
  }

  /** @param {InputEvent | Event} event @param {"input" | "change"} type */
  #edited({ target }, type) {
    const control = /** @type {HTMLInputElement} */ (target);
    const handler = control.closest(`[dj-${type}]`);
    if (handler && !control.validity?.badInput) this.#tellEdit(control, handler, type);
  }

  /** @param {Element} control @param {Element} handler @param {"input" | "change"} type */
  #tellEdit(control, handler, type, isAgain = false) {
    const form = handler instanceof HTMLFormElement ? handler : undefined;
    const read = () => {
      if (!form) return controlValues(control, handler);
      const values = formValues(form);
      if (isAgain) for (const secret of form.querySelectorAll("[type=password][name]")) {
        delete values[/** @type {HTMLInputElement} */ (secret).name];
      }
      return { ...values, _target: /** @type {HTMLInputElement} */ (control).name };
    };
    this.tell(handler.getAttribute(`dj-${type}`), {
      type,
      element: handler,
      source: control,
      carrier: form ?? control,
      read,
    });
  }

  /** Tell a view that began anew what was typed before. @param {Element} control */
  recover(control) {
    if (control.matches("[type=password]")) return;
    for (const type of /** @type {const} */ (["input", "change"])) {
      const handler = control.closest(`[dj-${type}]`);
      if (handler) this.#tellEdit(control, handler, type, true);
    }
  }

  // --- keys and focus -----------------------------------------------------------------------

  /** @param {KeyboardEvent} event @param {"keydown" | "keyup"} type */
  #keyed(event, type) {
    const { key, isComposing } = event;
    if (isComposing) return;
    const target = /** @type {Element} */ (event.target);
    const names = keyAttributes(`dj-${type}`, key);
    const element = target.closest(asSelector(names));
    if (element) {
      this.#tellKey(element, names, type, () => ({ key, ...controlValues(element) }));
    }
    const windowNames = keyAttributes(`dj-window-${type}`, key);
    for (const one of document.querySelectorAll(asSelector(windowNames))) {
      this.#tellKey(one, windowNames, `window-${type}`, () => ({ key, ...givenValues(one) }));
    }
  }

  /** @param {Element} element @param {string[]} attributes @param {string} type @param {() => Parameters} read */
  #tellKey(element, attributes, type, read) {
    for (const attribute of attributes) {
      this.tell(element.getAttribute(attribute), { type, element, carrier: element, read });
    }
  }

  /** @param {FocusEvent} event @param {"focus" | "blur"} type */
  #focused(event, type) {
    const target = /** @type {Element} */ (event.target);
    if (type === "blur") this.#client.viewOf(target)?.rate.flush();
    const element = target.closest(`[dj-${type}]`);
    // Moving within the element is neither its focus nor its blur.
    if (!element || element.contains(/** @type {Node | null} */ (event.relatedTarget))) return;
    this.tell(element.getAttribute(`dj-${type}`), {
      type,
      element,
      carrier: element,
      read: () => controlValues(element),
    });
  }
}

/** @param {Element} element */
function agrees(element) {
  const question = element.getAttribute("dj-confirm");
  return question === null || window.confirm(question);
}

/** @param {Element} element */
function isSubmit(element) {
  const { type, form } = /** @type {HTMLInputElement} */ (element);
  return (type === "submit" || type === "image") && Boolean(form);
}

/** @param {string[]} attributes */
function asSelector(attributes) {
  return attributes.map((name) => `[${CSS.escape(name)}]`).join() || "not-there";
}
