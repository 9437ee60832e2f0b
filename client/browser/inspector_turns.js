// @ts-check
// What has come over the socket: which event it answers, how long that took, and how big it was.

import { element } from "./inspector_elements.js";

const MOST_ROWS = 100;
const COLUMNS = ["Event", "Took", "Server", "Bytes", "Brought"];

/** @typedef {import("./turns.js").Turn} Turn @typedef {import("./messages.js").Wire} Wire */

export class TurnTable {
  root = element("div", { className: "page" });
  #rows = element("tbody");
  #empty = element("p", { className: "empty", textContent: "Nothing yet. Use the page: each answer of the server becomes a row." });
  #newest;

  /** @param {() => Wire} newest the server's last message */
  constructor(newest) {
    this.#newest = newest;
    const head = element("tr");
    head.append(...COLUMNS.map((textContent) => element("th", { textContent, scope: "col" })));
    const table = element("table");
    table.append(element("caption", { textContent: "The newest first. Took: until the page was patched." }));
    table.createTHead().append(head);
    table.append(this.#rows);
    this.root.append(this.#empty, table);
  }

  /** Follow what the page does. @param {() => void} followed called after each turn */
  start(followed) {
    document.addEventListener("limelight:turn", (event) => {
      this.#add(/** @type {CustomEvent<Turn>} */ (event).detail);
      followed();
    });
  }

  /** @param {Turn} turn */
  #add({ message, view, event, answers, milliseconds, serverMilliseconds, bytes }) {
    const what = brought(this.#newest());
    // Only the cost of what a row above has told already.
    if (!event && !what) return;
    const name = event || (message === "joined" ? "(join)" : "(pushed)");
    const others = answers > 1 ? ` and ${answers - 1} before` : "";
    const cells = [
      `${name}${others}${view ? `, view ${view}` : ""}`,
      duration(milliseconds),
      duration(serverMilliseconds),
      bytes.toLocaleString("en"),
      what || "nothing new",
    ];
    const row = element("tr", { className: message });
    row.append(...cells.map((textContent) => element("td", { textContent })));
    this.#rows.prepend(row);
    this.#rows.rows[MOST_ROWS]?.remove();
    this.#empty.hidden = true;
  }
}

/** @param {number | null} milliseconds */
const duration = (milliseconds) => (milliseconds === null ? "" : `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`);

/** Say in a few words what a message has changed. @param {Wire} wire */
function brought({ t: kind, d: diff, r: root, o: operations = [], e: effects = [], s: shapes = {}, m: said, w: how }) {
  if (kind === "error") return said;
  if (kind === "joined") return how;
  const parts = [
    root !== undefined ? "the whole view" : "",
    diff ? counted(changes(diff), "change") : "",
    counted(Object.keys(shapes).length, "new shape"),
    counted(operations.length, "operation"),
    counted(effects.length, "effect"),
  ];
  return parts.filter(Boolean).join(", ");
}

/** How many values a diff replaces. @param {any} diff @returns {number} */
function changes(diff) {
  if (typeof diff !== "object" || diff === null || Array.isArray(diff) || "c" in diff) return 1;
  const { o: order, u: updated, ...slots } = diff;
  const isLoop = order || updated;
  const inner = Object.values(isLoop ? (updated ?? {}) : slots).map(changes);
  return inner.reduce((sum, count) => sum + count, order ? 1 : 0);
}

/** @param {number} count @param {string} noun */
export const counted = (count, noun) => (count ? `${count} ${noun}${count > 1 ? "s" : ""}` : "");
