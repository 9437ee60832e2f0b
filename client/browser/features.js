// @ts-check
// What mixins add to the browser: each table is filled by one module and read by the core.

/**
 * @typedef {import("./view.js").View} View
 *
 * @typedef {object} ElementBehaviour  what happens with elements that carry an attribute
 * @property {(element: HTMLElement, view: View) => void} added
 * @property {(element: HTMLElement, view: View) => void} [updated]
 * @property {(element: HTMLElement, view: View) => void} [removed]
 *
 * @typedef {object} Companion  what happens along with the life of a view
 * @property {(view: View, how: string) => void} [joined]
 * @property {(view: View) => void} [beforePatch]
 * @property {(view: View) => void} [patched]
 * @property {(view: View) => void} [disconnected]
 */

/** What a frame's effects do, by name. @type {Map<string, (payload: any, view: View) => void>} */
export const effects = new Map();

/** What a frame's operations do, by their first item. @type {Map<string, (operation: any[], view: View) => void>} */
export const operations = new Map();

/** Behaviours of elements by attribute, such as `dj-hook`. @type {Map<string, ElementBehaviour>} */
export const elements = new Map();

/** What is told at each join, by name. @type {Map<string, (view: View) => unknown>} */
export const joinParameters = new Map();

/** @type {Set<Companion>} */
export const companions = new Set();
