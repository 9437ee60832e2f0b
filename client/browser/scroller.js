// @ts-check
// Finds what scrolls an element: something around it, or the page.

/** @param {Element} element @returns {Element} */
export function scrollerOf(element) {
  const root = document.scrollingElement ?? document.documentElement;
  for (let around = /** @type {Element | null} */ (element); around; around = around.parentElement) {
    if (around === root || around === document.body) break;
    if (/auto|scroll/.test(getComputedStyle(around).overflowY)) return around;
  }
  return root;
}
