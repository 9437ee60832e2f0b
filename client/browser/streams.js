// @ts-check
// Rows of long lists that live in the page alone: they come, go and are pruned by their ids.

import { scrollerOf } from "./scroller.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {(list: HTMLElement, view: View, ...details: any[]) => void} Operation
 */

/** @type {Record<string, Operation>} */
const OPERATIONS = {
  /** @param {number} at -1: the end, or where the row is already @param {string} html */
  insert(list, view, at, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const rows = [...template.content.children];
    const old = rows.map((row) => rowOf(list, row.id));
    if (at >= 0) for (const row of old) if (row) remove(row, view);
    const next = at < 0 ? null : list.children[at];
    rows.forEach((row, index) => {
      const former = old[index];
      if (at < 0 && former) replace(former, row, view);
      else insert(list, row, next ?? behind(list), view);
    });
  },
  /** @param {string} id */
  delete(list, view, id) {
    const row = rowOf(list, id);
    if (row) remove(row, view);
  },
  /** @param {number} limit @param {"top" | "bottom"} edge */
  prune(list, view, limit, edge) {
    const rows = [...list.children];
    const most = Math.max(rows.length - limit, 0);
    for (const row of edge === "top" ? rows.slice(0, most) : rows.slice(rows.length - most)) {
      remove(row, view);
    }
  },
  reset(list, view) {
    for (const row of [...list.children]) remove(row, view);
  },
};

/** @param {HTMLElement} list @param {string} id */
function rowOf(list, id) {
  const row = id ? document.getElementById(id) : null;
  return row?.parentNode === list ? row : null;
}

/** The node before which a last row belongs: the rows stay between the marks of the page. @param {HTMLElement} list */
function behind(list) {
  if (list.lastElementChild) return list.lastElementChild.nextSibling;
  const mark = [...list.childNodes].find((node) => node instanceof Comment);
  return mark ? mark.nextSibling : null;
}

/** @param {HTMLElement} list @param {Element} row @param {ChildNode | null} next @param {View} view */
function insert(list, row, next, view) {
  view.picture.insert(row, list, next);
}

/** @param {Element} row @param {View} view */
function remove(row, view) {
  view.picture.removed(row);
  row.remove();
}

/** @param {Element} former @param {Element} row @param {View} view */
function replace(former, row, view) {
  const { nextSibling, parentNode } = former;
  const focused = [...former.querySelectorAll("*")].indexOf(
    /** @type {Element} */ (document.activeElement),
  );
  remove(former, view);
  insert(/** @type {HTMLElement} */ (parentNode), row, nextSibling, view);
  // Whoever has pressed a button of the row goes on with it.
  const control = /** @type {HTMLElement | undefined} */ (row.querySelectorAll("*")[focused]);
  control?.focus({ preventScroll: true });
}

/**
 * Keep before the reader's eyes what is there, in lists that go on above. At the very top a
 * browser would show what has come instead, and ask for more at once. A single row that comes
 * there is news, and is shown.
 *
 * @param {HTMLElement} list @param {() => void} change
 */
function keepingPlace(list, change) {
  const former = list.firstElementChild;
  if (!list.hasAttribute("dj-viewport-top")) return change();
  // Else the browser would make up for the same rows once more.
  list.style.overflowAnchor = "none";
  const scroller = scrollerOf(list);
  const anchor = firstShown(list, scroller);
  const before = anchor?.getBoundingClientRect().top ?? 0;
  const isAtTop = !scroller.scrollTop;
  change();
  if (isAtTop && former && list.children[1] === former) return;
  if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
}

/** @param {HTMLElement} list @param {Element} scroller */
function firstShown({ children }, scroller) {
  const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (children[middle].getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  return children[low];
}

/** @param {any} tables those of `features.js` */
export function install({ operations }) {
  operations.set("rows", (/** @type {any[]} */ [, name, kind, ...details], /** @type {View} */ view) => {
    const list = /** @type {HTMLElement | null} */ (
      view.root.querySelector(`[dj-stream="${CSS.escape(name)}"]`)
    );
    if (!list) return;
    keepingPlace(list, () => OPERATIONS[kind](list, view, ...details));
    view.picture.updated(list);
    view.picture.tell();
  });
}
