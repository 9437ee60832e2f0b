// @ts-check
// Turns HTML into nodes as they would be at their place in a freshly loaded page.

/** The HTML cannot stand where it is wanted without a browser moving or closing something. */
export class Misfit extends Error {}

// Without a window nothing loads, no custom element wakes, and scripts stay asleep for good.
const inert = document.implementation.createHTMLDocument("");

/** A fragment that is still being filled, and the open tags above its place.
 * @typedef {DocumentFragment & {chain?: string}} Filling */

/**
 * The tags that are open around a node, from the view's root on: `<div><table><tbody>`.
 *
 * @param {Node} root @param {Node | null} node
 */
export function chainOf(root, node) {
  let chain = "";
  for (; node; node = node === root ? null : node.parentNode) {
    if (node.nodeType === Node.ELEMENT_NODE) {
      chain = `<${/** @type {Element} */ (node).localName}>${chain}`;
    } else chain = (/** @type {Filling} */ (node).chain ?? "") + chain;
  }
  return chain;
}

/**
 * The nodes of `html` inside these open tags. The comment at either end shows whether they
 * stay there: what leaks, or is moved by the parser, leaves a trace.
 *
 * @param {string} chain @param {string} html
 * @returns {DocumentFragment}
 */
export function parse(chain, html) {
  const tags = chain.match(/<[^>]+>/g) ?? [];
  const closing = tags.map((tag) => tag.replace("<", "</")).reverse();
  const holder = inert.createElement("div");
  holder.innerHTML = `${chain}<!---->${html}<!---->${closing.join("")}.`;
  const [root, rest] = holder.childNodes;
  /** @type {ChildNode | null} */
  let node = rest?.nodeName === "#text" && !rest.nextSibling ? root : null;
  for (let depth = tags.length; node && --depth; ) {
    node = node.firstChild === node.lastChild ? node.firstChild : null;
  }
  if (!isMark(node?.firstChild) || !isMark(node?.lastChild)) throw new Misfit(html);
  node?.lastChild?.remove();
  return contentOf(/** @type {Node} */ (node));
}

/**
 * The nodes of all that a view shows, which may leave tags open.
 *
 * @param {Element} root @param {string} html
 */
export function parseWhole(root, html) {
  const holder = /** @type {Element} */ (inert.importNode(root, false));
  // The comment keeps Chromium from a quicker parser that knows less than the one of pages.
  holder.innerHTML = `<!---->${html}`;
  return contentOf(holder);
}

/** @param {Node | null | undefined} node */
const isMark = (node) => node?.nodeName === "#comment";

/** What stands behind the first mark. @param {Node} holder */
function contentOf(holder) {
  holder.firstChild?.remove();
  const fragment = inert.createDocumentFragment();
  while (holder.firstChild) fragment.append(holder.firstChild);
  return fragment;
}

/** Text as it stands in HTML, read as a browser reads it. @param {string} text */
export function textOf(text) {
  if (!/[&\r\0]/.test(text)) return text;
  const holder = inert.createElement("div");
  holder.innerHTML = text.replaceAll("<", "&lt;");
  return holder.textContent ?? "";
}

/** An attribute's value as it stands in HTML. @param {string} text */
export function attributeOf(text) {
  if (!/[&\r\0]/.test(text)) return text;
  return parseTag(`<i a="${text.replaceAll('"', "&quot;")}">`).getAttribute("a") ?? "";
}

/** The element of one open tag. @param {string} html @param {string} [outer] its parent's tag */
export function parseTag(html, outer = "") {
  const template = inert.createElement("template");
  template.innerHTML = outer + html;
  const { firstElementChild: first } = template.content;
  return /** @type {Element} */ (outer ? first?.firstElementChild : first);
}
