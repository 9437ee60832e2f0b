// @ts-check
// What waits for the server shows it: classes, `dj-loading`, `dj-disable-with`, locked submits.

/** @typedef {import("./outbox.js").Entry} Entry */

/**
 * One view's signs of waiting. They are lifted before each patch and laid again after it, so
 * that a patch finds the page as the server knows it.
 */
export class Loading {
  #root;
  /** @type {(() => void)[]} */
  #undo = [];

  /** @param {Element} root */
  constructor(root) {
    this.#root = root;
  }

  /** Show what waits. @param {Entry[]} entries */
  lay(entries) {
    this.lift();
    for (const entry of entries) if (!entry.isQuiet) this.#show(entry);
  }

  /** Leave the page as it was without us. */
  lift() {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  /** @param {Entry} entry */
  #show({ element, type, name }) {
    for (const one of this.#asking("dj-loading", name)) this.#toggle(one, "hidden", false);
    for (const one of this.#asking("dj-loading.hide", name)) this.#toggle(one, "hidden", true);
    for (const one of this.#asking("dj-loading.disable", name)) this.#toggle(one, "disabled", true);
    if (!element) return;
    this.#addClass(element, "dj-loading");
    this.#addClass(element, `dj-${type}-loading`);
    if (type === "submit") this.#lockForm(/** @type {HTMLFormElement} */ (element));
    else this.#disableWith(element);
  }

  /** The elements that show this handler's waiting, or everybody's. @param {string} attribute @param {string} name */
  #asking(attribute, name) {
    const [all, named] = ["", name].map((value) => `[${CSS.escape(attribute)}="${CSS.escape(value)}"]`);
    return this.#root.querySelectorAll(`${all}, ${named}`);
  }

  /** @param {HTMLFormElement} form */
  #lockForm(form) {
    for (const control of form.elements) {
      if (/** @type {HTMLButtonElement} */ (control).type !== "submit") continue;
      this.#disableWith(control);
      this.#toggle(control, "disabled", true);
    }
  }

  /** @param {Element} element */
  #disableWith(element) {
    const text = element.getAttribute("dj-disable-with");
    if (text === null) return;
    this.#toggle(element, "disabled", true);
    if (element instanceof HTMLInputElement) {
      const { value } = element;
      element.value = text;
      this.#undo.push(() => (element.value = value));
      return;
    }
    // The nodes are set aside and not rewritten: later patches find their places again.
    const aside = document.createDocumentFragment();
    aside.append(...element.childNodes);
    element.textContent = text;
    this.#undo.push(() => element.replaceChildren(aside));
  }

  /** @param {Element} element @param {string} name */
  #addClass(element, name) {
    if (element.classList.contains(name)) return;
    element.classList.add(name);
    this.#undo.push(() => {
      element.classList.remove(name);
      if (!element.className) element.removeAttribute("class");
    });
  }

  /** @param {Element} element @param {string} attribute @param {boolean} isOn */
  #toggle(element, attribute, isOn) {
    if (element.hasAttribute(attribute) === isOn) return;
    const hadFocus = element === document.activeElement;
    element.toggleAttribute(attribute, isOn);
    this.#undo.push(() => {
      element.toggleAttribute(attribute, !isOn);
      if (hadFocus && document.activeElement === document.body) {
        /** @type {HTMLElement} */ (element).focus({ preventScroll: true });
      }
    });
  }
}
