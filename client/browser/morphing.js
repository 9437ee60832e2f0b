// @ts-check
// Loads idiomorph when a view first sends HTML over what is shown, which most never do.
//
// The bundle's `morph.js` imports `Idiomorph` from here; see `build.js`.

let isLoaded = false;

/**
 * Without idiomorph, all nodes are new: right for the eye, but what had the focus loses it.
 *
 * @param {Element} element @param {NodeListOf<ChildNode>} nodes @param {{ callbacks: any }} options
 */
function replaceAll(element, nodes, { callbacks }) {
  element.childNodes.forEach(callbacks.beforeNodeRemoved);
  element.replaceChildren(...nodes);
  element.childNodes.forEach(callbacks.afterNodeAdded);
}

/** @type {{ morph: (element: any, nodes: any, options: any) => unknown }} */
export let Idiomorph = { morph: replaceAll };

/** Whether this message must wait until idiomorph is here. @param {import("./messages.js").Wire} wire */
export function needsMorph({ d: diff, r: root }) {
  return !isLoaded && (hasHtml(diff) || hasHtml(root));
}

/** Kept once idiomorph is here, or cannot be had. @returns {Promise<void>} */
export async function loadMorph() {
  try {
    ({ Idiomorph } = await import("./vendor/idiomorph.js"));
  } catch (error) {
    console.error("Limelight replaces HTML whole: idiomorph did not load.", error);
  }
  isLoaded = true;
}

/** @param {unknown} value of the wire @returns {boolean} */
function hasHtml(value) {
  if (typeof value === "string") return value.includes("<");
  return typeof value === "object" && Object.values(value ?? {}).some(hasHtml);
}
