// @ts-check
// Regions that are hidden and shown again: their scrolling stays, and the page hears of it.

/** @typedef {import("./view.js").View} View */

const REGION = "[dj-activity]";

/** Regions that were not to be seen when the page was patched last. @type {WeakSet<Element>} */
const hidden = new WeakSet();

/** How far elements were scrolled: some browsers forget it of what they do not show.
 * @type {WeakMap<Element, [number, number]>} */
const scrolled = new WeakMap();

/** @param {Event} event */
function remember({ target }) {
  if (!(target instanceof Element)) return;
  const region = target.closest(REGION);
  if (region && !hidden.has(region)) scrolled.set(target, [target.scrollLeft, target.scrollTop]);
}

/** @param {Element} region */
function look(region) {
  const isHidden = region.closest(`${REGION}[hidden]`) !== null;
  const wasHidden = hidden.has(region);
  if (isHidden) hidden.add(region);
  else hidden.delete(region);
  if (isHidden || !wasHidden) return;
  for (const element of region.querySelectorAll("*")) {
    const [left, top] = scrolled.get(element) ?? [0, 0];
    if (left || top) element.scrollTo({ left, top, behavior: "instant" });
  }
  const detail = { name: region.getAttribute("dj-activity") };
  region.dispatchEvent(new CustomEvent("live:activity-shown", { bubbles: true, detail }));
}

/** @param {any} tables those of `features.js` */
export function install({ elements, companions }) {
  elements.set("dj-activity", { added: look });
  companions.add({
    patched: (/** @type {View} */ { root }) => {
      for (const region of root.querySelectorAll(REGION)) look(region);
    },
  });
  document.addEventListener("scroll", remember, { capture: true, passive: true });
}
