// @ts-check
// The page's title and what else its head says, changed without a patch of the page.

/** Where a key of `page_meta` stands in the head. @param {string} key */
function placeOf(key) {
  if (key === "canonical") return { tag: "link", name: "rel", value: "canonical", content: "href" };
  if (key === "favicon") return { tag: "link", name: "rel", value: "icon", content: "href" };
  const name = /^(og|twitter):/.test(key) ? "property" : "name";
  return { tag: "meta", name, value: key, content: "content" };
}

/** What the layout said before, by key; null where it said nothing. @type {Map<string, string | null>} */
const former = new Map();
let badge = "";

/** @param {string} key @returns {Element | undefined} */
function find(key) {
  const { tag, name, value } = placeOf(key);
  return [...document.head.querySelectorAll(`${tag}[${name}~="${CSS.escape(value)}"]`)].at(-1);
}

/** @param {string} key @param {string | null} value null: as it was, or not at all */
function set(key, value) {
  const { tag, name, value: named, content } = placeOf(key);
  let element = find(key);
  if (!former.has(key)) {
    const isOurs = !element || element.hasAttribute("dj-meta");
    former.set(key, isOurs ? null : /** @type {Element} */ (element).getAttribute(content));
  }
  const wanted = value ?? former.get(key);
  if (value === null) former.delete(key);
  if (wanted == null) {
    element?.remove();
    return;
  }
  if (!element) {
    element = document.head.appendChild(document.createElement(tag));
    element.setAttribute(name, named);
    element.setAttribute("dj-meta", key);
  }
  element.setAttribute(content, wanted);
}

/** @param {[changes: Record<string, string | null>, isWhole?: boolean]} payload */
function meta([changes, isWhole]) {
  if (isWhole) {
    const written = [...document.head.querySelectorAll("[dj-meta]")].map((one) => one.getAttribute("dj-meta"));
    for (const key of [...written, ...former.keys()]) if (key && !(key in changes)) set(key, null);
    changes = { badge: null, ...changes };
  }
  // The badge is drawn on the icon: on the new one, if there is one.
  const { badge: count, ...others } = changes;
  const icon = find("favicon");
  if (iconBelow !== undefined && ("favicon" in others || count !== undefined)) {
    icon?.setAttribute("href", iconBelow);
    iconBelow = undefined;
  }
  for (const [key, value] of Object.entries(others)) set(key, value);
  if (count !== undefined) badge = count ?? "";
  if (badge) draw(badge);
}

/** The icon without its badge, while there is one. @type {string | undefined} */
let iconBelow;
const SIZE = 64;

/** @param {string} text */
async function draw(text) {
  const icon = find("favicon") ?? document.head.appendChild(newIcon());
  if (iconBelow === undefined) iconBelow = icon.getAttribute("href") ?? "";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = new Image();
  image.src = new URL(iconBelow || "data:,", location.href).href;
  // An icon that cannot be read leaves the badge alone.
  await image.decode().then(() => pen.drawImage(image, 0, 0, SIZE, SIZE), () => {});
  if (text !== badge) return;
  pen.fillStyle = "#c4290f";
  pen.beginPath();
  pen.roundRect(SIZE / 4, SIZE / 2.6, SIZE * 0.75, SIZE * 0.6, SIZE * 0.3);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = `bold ${SIZE / 2}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, SIZE * 0.625, SIZE * 0.7, SIZE * 0.65);
  icon.setAttribute("href", canvas.toDataURL());
}

function newIcon() {
  const icon = document.createElement("link");
  icon.rel = "icon";
  icon.setAttribute("dj-meta", "favicon");
  return icon;
}

/** @param {any} tables those of `features.js` */
export function install({ effects }) {
  effects.set("meta", meta);
  effects.set("title", (/** @type {string} */ title) => (document.title = title));
}
