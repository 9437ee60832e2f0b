// @ts-check
// Moves a node within the page, where a browser can without losing what its user does there.

/**
 * Move a node before another one, or to the end.
 *
 * @param {Node} parent @param {Node} node @param {Node | null} next
 */
export function move(parent, node, next) {
  // @ts-ignore newer than the types: keeps focus, scroll and running frames
  if (parent.moveBefore && parent.isConnected) parent.moveBefore(node, next);
  else parent.insertBefore(node, next);
}
