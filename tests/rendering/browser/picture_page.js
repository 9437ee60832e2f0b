// @ts-check
// A page for tests: one live root, the picture of it, and a comparison with a fresh page.

import { Misfit } from "/browser/parse.js";
import { Picture } from "/browser/picture.js";

let root = /** @type {HTMLElement} */ (document.querySelector("[dj-view]"));
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
const open = () => new Picture(root, { nonce, keeps: (control) => dirty.has(control), watcher });
let picture = open();

/** A root as a freshly loaded page has it, kept from what leaks out. @param {string} html */
function fresh(html) {
  const page = new DOMParser().parseFromString("<!doctype html><body>", "text/html");
  const root = page.createElement("div");
  root.setAttribute("dj-view", "1");
  // With the comment Chromium takes its complete parser, which is the one that pages get.
  root.innerHTML = `<!---->${html}`;
  root.firstChild?.remove();
  return root;
}

/** Without marks, and with neighbouring texts joined. @param {Element} element @param {boolean} ignoresSpace */
function plain(element, ignoresSpace) {
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
  const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
  while (ignoresSpace && texts.nextNode()) {
    const text = /** @type {Text} */ (texts.currentNode);
    text.data = text.data.replace(/\s+/g, "");
  }
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
      try {
        if (whole !== null) picture.replace(whole);
        else picture.patch(diff);
      } catch (error) {
        if (error instanceof Misfit) return false;
        throw error;
      }
      return true;
    },
    /** Begin anew with another view. @param {string} html */
    restart: (html) => {
      const old = root;
      root = document.adoptNode(fresh(html));
      old.replaceWith(root);
      picture = open();
    },
    /** Where the page differs from a fresh one. @param {string} html @param {boolean} ignoresSpace */
    difference: (html, ignoresSpace) => {
      const expectedRoot = fresh(html);
      const [live, expected] = [root, expectedRoot].map((one) => plain(one, ignoresSpace));
      if (!live.isEqualNode(expected)) return [live.innerHTML, expected.innerHTML];
      const [values, wanted] = [shown(root), shown(expectedRoot)].map((all) => all.join("\n"));
      return dirty.size || values === wanted ? null : [values, wanted];
    },
  },
});
document.documentElement.dataset.ready = "yes";
