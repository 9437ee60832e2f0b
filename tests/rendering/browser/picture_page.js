// @ts-check
// A page for tests: one live root, the picture of it, and a comparison with a fresh page.

import { Picture } from "/browser/picture.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[dj-view]"));
const nonce = root.getAttribute("dj-nonce") ?? "";
/** @type {Set<Element>} */
const dirty = new Set();
document.addEventListener("input", ({ target }) => dirty.add(/** @type {Element} */ (target)), true);

/** @type {string[]} */
const told = [];
const name = (/** @type {Element} */ element) => element.id || element.localName;
const watcher = {
  added: (/** @type {Element} */ element) => told.push(`added ${name(element)}`),
  updated: (/** @type {Element} */ element) => told.push(`updated ${name(element)}`),
  removed: (/** @type {Element} */ element) => told.push(`removed ${name(element)}`),
};
const picture = new Picture(root, { nonce, keeps: (control) => dirty.has(control), watcher });

/** Without marks, and with neighbouring texts joined. @param {Element} element */
function plain(element) {
  const copy = /** @type {Element} */ (element.cloneNode(true));
  const comments = document.createTreeWalker(copy, NodeFilter.SHOW_COMMENT);
  const marks = [];
  while (comments.nextNode()) {
    const { data } = /** @type {Comment} */ (comments.currentNode);
    if (!data || /^\uFDD0|^[[\]r]/.test(data)) marks.push(comments.currentNode);
  }
  for (const mark of marks) mark.remove();
  for (const { name: attribute } of [...copy.attributes]) copy.removeAttribute(attribute);
  copy.normalize();
  return copy;
}

/** What controls show. @param {Element} element */
const shown = (element) =>
  [...element.querySelectorAll("input, textarea, option")].map((control) => {
    const { value, checked, selected } = /** @type {any} */ (control);
    return `${control.localName} ${value} ${checked} ${selected}`;
  });

Object.assign(window, {
  root,
  told,
  dirty,
  live: {
    /** @param {[number, any]} message */
    adopt: ([rootShape, shapes]) => {
      picture.learn(shapes);
      return picture.bind(rootShape);
    },
    /** @param {{shapes: any, diff: any, root: any}} message */
    apply: ({ shapes, diff, root: whole }) => {
      told.length = 0;
      picture.learn(shapes);
      if (whole !== null) picture.replace(whole);
      else picture.patch(diff);
    },
    /** Where the page differs from a fresh one. @param {string} html */
    difference: (html) => {
      const source = `<!doctype html><body><div dj-view>${html}</div>`;
      const parsed = new DOMParser().parseFromString(source, "text/html");
      const fresh = /** @type {Element} */ (parsed.querySelector("[dj-view]"));
      const [live, expected] = [plain(root), plain(fresh)];
      if (!live.isEqualNode(expected)) return [live.innerHTML, expected.innerHTML];
      const [values, wanted] = [shown(root), shown(fresh)].map((all) => all.join("\n"));
      return dirty.size || values === wanted ? null : [values, wanted];
    },
  },
});
document.documentElement.dataset.ready = "yes";
