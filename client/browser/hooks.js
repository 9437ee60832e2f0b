// @ts-check
// Hooks: an application's own JavaScript, tied to the life of an element with `dj-hook`.

import { companions, effects, elements } from "./features.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {Record<string, any>} HookDefinition
 */

/** @type {Record<string, HookDefinition>} */
export const hooks = {};

/** What a hook finds as `this`, besides its own methods. */
class Hook {
  /** @type {Map<string, (payload: any) => void>} */
  listeners = new Map();

  /** @param {HTMLElement} element @param {View} view */
  constructor(element, view) {
    this.el = element;
    this.view = view;
  }

  /** Run a handler of the view. @param {string} name @param {Record<string, unknown>} [parameters] */
  pushEvent(name, parameters = {}) {
    return this.view.push({ name, parameters, element: this.el, type: "hook" });
  }

  /** Hear what the view sends by `push_event`. @param {string} name @param {(payload: any) => void} listener */
  handleEvent(name, listener) {
    this.listeners.set(name, listener);
  }
}

/** @typedef {Hook & HookDefinition} LiveHook */

/** @type {Map<Element, LiveHook>} */
const living = new Map();

/** @param {HTMLElement} element @param {View} view */
function added(element, view) {
  const name = element.getAttribute("dj-hook") ?? "";
  if (living.has(element) || !hooks[name]) return;
  /** @type {LiveHook} */
  const hook = Object.assign(new Hook(element, view), hooks[name]);
  living.set(element, hook);
  call(hook, "mounted");
}

/** @param {Element} element */
function removed(element) {
  const hook = living.get(element);
  living.delete(element);
  if (hook) call(hook, "destroyed");
}

/** A hook that fails must not keep the page from its patch. @param {LiveHook} hook @param {string} name */
function call(hook, name) {
  try {
    hook[name]?.();
  } catch (error) {
    console.error(`The hook ${hook.el.getAttribute("dj-hook")} failed in ${name}().`, error);
  }
}

/** @param {View} view @param {string} name */
function callAll(view, name) {
  for (const hook of living.values()) if (hook.view === view) call(hook, name);
}

/** Register a hook at any time. @param {string} name @param {HookDefinition} definition */
export function addHook(name, definition) {
  hooks[name] = definition;
}

/** @type {WeakSet<View>} */
const known = new WeakSet();

elements.set("dj-hook", {
  added,
  removed,
  updated: (element) => {
    const hook = living.get(element);
    if (hook) call(hook, "updated");
  },
});

companions.add({
  joined(view) {
    if (known.has(view)) callAll(view, "reconnected");
    known.add(view);
  },
  // Which elements a patch will touch is not known before: all hooks are asked.
  beforePatch: (view) => callAll(view, "beforeUpdate"),
  disconnected: (view) => callAll(view, "disconnected"),
});

effects.set("event", ([name, payload], view) => {
  window.dispatchEvent(new CustomEvent(`live:${name}`, { detail: payload }));
  for (const hook of living.values()) {
    if (hook.view === view) hook.listeners.get(name)?.(payload);
  }
});
