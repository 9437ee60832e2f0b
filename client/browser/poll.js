// @ts-check
// `dj-poll="handler"`: ask the view again and again, while the page is looked at.

/** @typedef {import("./view.js").View} View */

const DEFAULT_MS = 5_000;

/** @type {WeakMap<Element, ReturnType<typeof setInterval>>} */
const timers = new WeakMap();

/** @param {any} tables those of `features.js` */
export function install({ elements, givenValues }) {
  elements.set("dj-poll", {
    added(/** @type {HTMLElement} */ element, /** @type {View} */ view) {
      if (timers.has(element)) return;
      const interval = Number(element.getAttribute("dj-poll-interval")) || DEFAULT_MS;
      const poll = () => {
        // One answer after the other: a slow handler must not find a queue of polls.
        if (document.hidden || !view.isJoined || view.isWaiting(element, "poll")) return;
        const name = element.getAttribute("dj-poll") ?? "";
        view.push({ name, parameters: givenValues(element), element, type: "poll", isQuiet: true });
      };
      timers.set(element, setInterval(poll, interval));
    },
    removed(/** @type {HTMLElement} */ element) {
      clearInterval(timers.get(element));
      timers.delete(element);
    },
  });
}
