// @ts-check
// Where single slots cannot be told apart, HTML is compared with the page as a whole.

import { move } from "./moving.js";
import { setAttribute, setText } from "./properties.js";
import { Idiomorph } from "./vendor/idiomorph.js";

// Attributes that start a control's value and do not follow it.
const STATES = ["value", "checked", "selected"];

/**
 * @typedef {import("./content.js").Content} Content
 * @typedef {import("./picture.js").Picture} Picture
 */

/**
 * Make what stands at a place like these nodes, and keep the elements that can stay.
 *
 * @param {Content} place @param {DocumentFragment} nodes @param {Picture} picture
 */
export function morphBetween(place, nodes, picture) {
  if (place.isOnly) return morph(/** @type {Element} */ (place.anchor), nodes, picture);
  // A morph needs a parent with nothing else in it.
  const { parent, end } = place;
  const wrapper = parent.insertBefore(document.createElement("div"), end);
  for (let node; (node = /** @type {Node} */ (place.first)) !== wrapper; ) move(wrapper, node, null);
  morph(wrapper, nodes, picture);
  while (wrapper.firstChild) move(parent, wrapper.firstChild, wrapper);
  wrapper.remove();
}

/** @param {Element} element @param {DocumentFragment} nodes @param {Picture} picture */
function morph(element, nodes, picture) {
  const fresh = [...nodes.childNodes];
  const callbacks = callbacksFor(picture);
  try {
    Idiomorph.morph(element, fresh, { morphStyle: "innerHTML", head: { style: "none" }, callbacks });
  } catch {
    // It trips over elements with the id of one around them, and leaves its store behind.
    document.querySelector("html > div[hidden]")?.remove();
    element.replaceChildren(...fresh);
    picture.added(element);
  }
}

/** @param {Picture} picture */
function callbacksFor(picture) {
  return {
    /** @param {Node} old @param {Node} fresh */
    beforeNodeMorphed: (old, fresh) => mayMorph(old, fresh, picture),
    /** @param {Node} old */
    afterNodeMorphed: (old) => picture.updated(old),
    /** @param {Node} node */
    afterNodeAdded: (node) => picture.added(node),
    /** @param {Node} node */
    beforeNodeRemoved: (node) => picture.removed(node),
    /** @param {string} name @param {Element} _element @param {string} change */
    beforeAttributeUpdated: (name, _element, change) =>
      // What the reader has opened stays open.
      !STATES.includes(name) && (name !== "open" || change === "update"),
  };
}

/** @param {Node} old @param {Node} fresh @param {Picture} picture */
function mayMorph(old, fresh, picture) {
  if (old.isEqualNode(fresh)) return false;
  if (!(old instanceof Element)) return true;
  setStates(old, /** @type {Element} */ (fresh), picture);
  if (!old.matches("[dj-stream],[dj-view],[dj-update=ignore]")) return true;
  // Its attributes may change, its inside may not.
  const shell = /** @type {Element} */ (fresh.cloneNode(false));
  for (const { name } of [...old.attributes]) {
    if (!shell.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const attribute of [...shell.attributes]) {
    shell.removeAttributeNode(attribute);
    old.setAttributeNodeNS(attribute);
  }
  picture.updated(old);
  return false;
}

/** What idiomorph would take from properties, which follow the user. @param {Element} old @param {Element} fresh @param {Picture} picture */
function setStates(old, fresh, picture) {
  for (const name of STATES) {
    const attribute = fresh.getAttributeNode(name);
    const named = attribute ?? old.getAttributeNode(name);
    if (named) setAttribute(old, named, attribute && attribute.value, picture);
  }
  if (old instanceof HTMLTextAreaElement && old.textContent !== fresh.textContent) {
    setText(old, fresh.textContent ?? "", picture);
  }
}
