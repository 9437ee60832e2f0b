// @ts-check
// `dj-model`: form controls and attributes of the view follow each other.

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./client.js").Client} Client
 * @typedef {HTMLInputElement & Pick<HTMLSelectElement, "options" | "selectedOptions">} Control
 * @typedef {string | number | boolean | string[] | null} Value
 * @typedef {{ name: string, is: Set<string>, pause?: number }} Binding  what `dj-model.…` says
 */

const CONTROLS = "input, select, textarea";
const INVALID = "data-model-error";

/** @param {Element} control @returns {Binding | undefined} */
function bindingOf(control) {
  for (const { name: attribute, value: name } of control.attributes) {
    const [start, ...modifiers] = attribute.split(".");
    if (start !== "dj-model") continue;
    const pause = modifiers.find((one) => one.startsWith("debounce-"));
    return { name, is: new Set(modifiers), pause: pause ? Number(pause.slice(9)) : undefined };
  }
  return undefined;
}

/** What a view's bound attributes are, and what the page does about it. */
class Model {
  /** @type {Map<string, Value>} */
  #values = new Map();
  /** @type {Map<string, string>} */
  #errors = new Map();
  /** How the view was joined last. */
  how = "";

  /** @param {View} view @param {(control: Element, handler: Element, type: string) => import("./rate.js").Limits} limitsOf */
  constructor(view, limitsOf) {
    this.view = view;
    this.limitsOf = limitsOf;
  }

  // --- from the server ------------------------------------------------------------------

  /** @param {Record<string, Value>} values @param {Record<string, string>} errors @param {boolean} isWhole */
  take(values, errors, isWhole) {
    if (isWhole) this.#errors.clear();
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
    for (const [name, error] of Object.entries(errors)) this.#errors.set(name, error);
    if (isWhole) this.#tellTyped();
    this.show();
  }

  /** What was typed before the view knew this page. */
  #tellTyped() {
    const isAgain = this.how === "mounted";
    for (const [control, binding] of this.#bound()) {
      const isSecret = control.type === "password" || control.closest("[dj-no-recover]");
      if (this.#isDirty(control) && !(isAgain && isSecret)) this.#tell(control, binding);
    }
  }

  /** Bring the controls up to date, but for those that know better. */
  show() {
    for (const [control, binding] of this.#bound()) {
      const { name } = binding;
      this.#showError(control, this.#errors.get(name));
      const value = this.#values.get(name);
      if (value === undefined || this.#isDirty(control) || this.#holds(control, binding, value)) continue;
      write(control, value);
    }
  }

  /** @param {Control} control */
  #isDirty(control) {
    const { edits } = this.view.client;
    return edits.has(control) && edits.keeps(control);
  }

  /** @param {Control} control @param {string} [error] */
  #showError(control, error) {
    if (error) {
      control.setAttribute("aria-invalid", "true");
      control.setAttribute(INVALID, error);
    } else if (control.hasAttribute(INVALID)) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute(INVALID);
    }
  }

  /** Whether it says the same already, perhaps in other words. @param {Control} control @param {Binding} binding @param {Value} value */
  #holds(control, binding, value) {
    if (control.type === "radio") return false;
    return JSON.stringify(this.#read(control, binding)) === JSON.stringify(value);
  }

  /** @returns {[Control, Binding][]} */
  #bound() {
    const controls = /** @type {Control[]} */ ([...this.view.root.querySelectorAll(CONTROLS)]);
    return controls.flatMap((control) => {
      const binding = bindingOf(control);
      return binding ? [[control, binding]] : [];
    });
  }

  // --- to the server --------------------------------------------------------------------

  /** @param {Control} control @param {string} type */
  edited(control, type) {
    const binding = bindingOf(control);
    if (!binding || control.type === "file" || control.validity.badInput) return;
    if (binding.is.has("lazy") !== (type === "change")) return;
    const { pause } = binding;
    const limits = pause === undefined ? this.limitsOf(control, control, type) : { debounce: pause };
    this.view.rate.run(control, "model", limits, () => this.#tell(control, binding));
  }

  /** @param {Control} control @param {Binding} binding */
  #tell(control, binding) {
    const { view } = this;
    const { name: field } = binding;
    const value = this.#read(control, binding);
    const edits = view.client.edits.carriedBy(control);
    this.#values.set(field, value);
    view.push({
      name: "update_model",
      parameters: { field, value },
      element: control,
      type: "input",
      edits,
      newestOf: control,
    });
    this.show();
  }

  /** @param {Control} control @param {Binding} binding @returns {Value} */
  #read(control, { name, is }) {
    const { type, checked, value, selectedOptions } = control;
    if (type === "select-multiple") return [...selectedOptions].map((option) => option.value);
    if (type === "checkbox") {
      if (!Array.isArray(this.#values.get(name))) return checked;
      const boxes = this.#bound().filter(([one, its]) => its.name === name && one.checked);
      return boxes.map(([box]) => box.value);
    }
    const text = is.has("trim") ? value.trim() : value;
    if (!is.has("number")) return text;
    return text.trim() ? Number(text) : null;
  }
}

/** @param {Control} control @param {Value} value */
function write(control, value) {
  const { type } = control;
  const all = Array.isArray(value) ? value : [String(value ?? "")];
  if (type === "checkbox") {
    control.checked = Array.isArray(value) ? all.includes(control.value) : Boolean(value);
  } else if (type === "radio") {
    control.checked = all.includes(control.value);
  } else if (type === "select-multiple") {
    for (const option of control.options) option.selected = all.includes(option.value);
  } else if (type !== "file" && control.value !== all[0]) {
    const { selectionStart: start, selectionEnd: end, selectionDirection: direction } = control;
    control.value = all[0] ?? "";
    const isWrittenIn = control === document.activeElement && start != null;
    if (isWrittenIn) control.setSelectionRange(start, end, direction ?? "none");
  }
}

/** @param {any} tables those of `features.js`, and how often a control may tell */
export function install({ companions, effects, limitsOf }) {
  /** @type {WeakMap<View, Model>} */
  const models = new WeakMap();

  /** @param {Client} client */
  const listen = (client) => {
    for (const type of ["input", "change", "compositionend"]) {
      document.addEventListener(type, (event) => {
        const control = /** @type {Control} */ (event.target);
        if (!control.matches?.(CONTROLS) || /** @type {InputEvent} */ (event).isComposing) return;
        const view = client.viewOf(control);
        const model = view && models.get(view);
        model?.edited(control, type === "change" ? type : "input");
      });
    }
  };

  /** @type {Client | undefined} */
  let heard;
  effects.set("model", (/** @type {[any, any, boolean?]} */ [values, errors, isWhole], /** @type {View} */ view) => {
    const model = models.get(view) ?? new Model(view, limitsOf);
    models.set(view, model);
    if (!heard) listen((heard = view.client));
    model.take(values, errors, Boolean(isWhole));
  });
  companions.add({
    joined(/** @type {View} */ view, /** @type {string} */ how) {
      const model = models.get(view);
      if (model) model.how = how;
    },
    patched: (/** @type {View} */ view) => models.get(view)?.show(),
  });
}
