// @ts-check
// Views within a view: their live roots come and go with patches of what is around them.

/** @typedef {import("./view.js").View} View */

/** @param {{ elements: Map<string, import("./features.js").ElementBehaviour> }} tables */
export function install({ elements }) {
  elements.set("dj-view", {
    added(root, { client }) {
      const known = client.views.find((view) => view?.root.id === root.id && root.id);
      // The view around it was sent anew; this one is as it was.
      if (known && known.root !== root) root.replaceWith(known.root);
      else if (!known?.isJoined) client.viewOf(root)?.join();
    },
    removed(root, { client }) {
      const gone = client.views.find((view) => view?.root === root);
      // What was only moved or sent again is back when the patch is done.
      queueMicrotask(() => {
        if (!gone || root.isConnected) return;
        gone.leave();
        client.drop(gone);
      });
    },
  });
}
