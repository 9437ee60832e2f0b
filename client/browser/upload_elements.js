// @ts-check
// What shows a chosen file while it is uploaded: previews, progress, and places to drop files on.

/** @typedef {import("./upload_sending.js").Sending} Sending */

/** Fill a picture with one file, or an element with pictures of all files of its upload.
 *
 * @param {HTMLElement} element @param {Sending[]} sendings those that the attribute means
 */
export function showPreview(element, sendings) {
  const pictures = sendings.filter(({ file, state }) => isPicture(file) && !["ended", "refused"].includes(state));
  if (element instanceof HTMLImageElement) {
    const [sending] = pictures;
    element.hidden = !sending;
    if (sending && element.src !== sending.url) element.src = sending.url;
    return;
  }
  const wanted = pictures.map(({ url }) => url);
  const shown = [...element.querySelectorAll("img")].map(({ src }) => src);
  if (wanted.join() === shown.join()) return;
  element.replaceChildren(...pictures.map(({ url, file }) => Object.assign(new Image(), { src: url, alt: file.name })));
}

/** @param {File} file */
function isPicture({ type }) {
  // A browser would run the scripts of an SVG only as a page, but nothing needs it here.
  return type.startsWith("image/") && type !== "image/svg+xml";
}

/** Show how far files are, between two patches of the page.
 *
 * @param {HTMLElement} element @param {Sending[]} sendings
 */
export function showProgress(element, sendings) {
  const counted = sendings.filter(({ state }) => state !== "ended" && state !== "refused");
  const size = counted.reduce((sum, { file }) => sum + file.size, 0);
  if (!size) return;
  const done = counted.reduce((sum, { file, percent }) => sum + file.size * percent, 0);
  const percent = Math.floor(done / size);
  if (element instanceof HTMLProgressElement) {
    element.max = 100;
    element.value = percent;
  } else {
    element.style.setProperty("--upload-progress", `${percent}%`);
    element.setAttribute("aria-valuenow", String(percent));
  }
}

/** Let files be dropped on an element. @param {HTMLElement} element @param {(files: FileList) => void} take */
export function acceptDrops(element, take) {
  const mark = (/** @type {boolean} */ isOver) => element.classList.toggle("dj-upload-over", isOver);
  const hasFiles = (/** @type {DragEvent} */ { dataTransfer }) => dataTransfer?.types.includes("Files") ?? false;
  element.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  element.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!element.contains(/** @type {Node | null} */ (relatedTarget))) mark(false);
  });
  element.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    take(/** @type {DataTransfer} */ (event.dataTransfer).files);
  });
}
