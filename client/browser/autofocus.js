// @ts-check
// `autofocus` on an element that a patch brings: by itself a browser heeds only a page's first.

import { elements } from "./features.js";

elements.set("autofocus", {
  added(element, view) {
    // A page that has just come was seen to by the browser, or keeps the focus that it had.
    if (!view.isJoined) return;
    element.focus();
    const { selectionStart, value } = /** @type {HTMLInputElement} */ (element);
    // Controls such as dates have no caret.
    if (selectionStart == null) return;
    /** @type {HTMLInputElement} */ (element).setSelectionRange(value.length, value.length);
  },
});
