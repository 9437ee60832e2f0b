// @ts-check
// In development a failed handler shows its traceback in a docked panel below the page.

/** @typedef {import("./messages.js").ServerError} ServerError */

/** @type {HTMLElement | undefined} */
let panel;

/** @param {ServerError} error */
export function showError({ kind, message, detail, id }) {
  panel?.remove();
  panel = document.createElement("div");
  panel.className = "live-error";
  panel.setAttribute("role", "alert");
  panel.append(heading(kind, message), ...Object.entries(detail).map(section));
  if (id) panel.append(line("p", `In the log as ${id}`));
  document.body.append(panel);
  // The last lines of a traceback say what has failed, and where.
  for (const text of panel.querySelectorAll("pre")) text.scrollTop = text.scrollHeight;
  if (detail.handler === "reload") hideWhenCorrected(panel);
}

/**
 * A file that could not be loaded has been corrected when the page has moved to new code.
 *
 * @param {HTMLElement} shown
 */
function hideWhenCorrected(shown) {
  const page = document.documentElement;
  const observer = new MutationObserver(() => {
    if (page.dataset.live !== "connected") return;
    observer.disconnect();
    shown.remove();
  });
  observer.observe(page, { attributeFilter: ["data-live"] });
}

/** @param {string} kind @param {string} message */
function heading(kind, message) {
  const header = document.createElement("div");
  header.className = "live-error-head";
  const close = line("button", "Close");
  close.onclick = () => panel?.remove();
  header.append(line("code", kind), line("strong", message), close);
  return header;
}

/** @param {[string, unknown]} entry */
function section([name, content]) {
  const details = document.createElement("details");
  details.open = name === "traceback";
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  const shown = line("pre", text);
  // It scrolls, and a keyboard has to get there.
  shown.tabIndex = 0;
  details.append(line("summary", name), shown);
  return details;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {string} text @returns {HTMLElementTagNameMap[Name]}
 */
function line(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
