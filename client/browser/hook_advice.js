// @ts-check
// In development a hook that nobody has registered speaks, as its element does nothing.

/** Names that were told of. @type {Set<string>} */
const told = new Set();

function look() {
  const { hooks } = /** @type {any} */ (window).limelight;
  for (const element of document.querySelectorAll("[dj-view] [dj-hook]")) {
    const name = element.getAttribute("dj-hook") ?? "";
    if (name in hooks || told.has(name)) continue;
    told.add(name);
    const known = Object.keys(hooks).join(", ") || "none at all";
    console.warn(
      `dj-hook="${name}": no hook of this name is registered, so nothing happens here. Registered: ${known}. ` +
        `Write window.limelight.hooks.${name} = { mounted() { … } } in a script behind {{ live_head }}.`,
      element,
    );
  }
}

// What a patch has brought is in the page by then.
document.addEventListener("limelight:turn", look);
