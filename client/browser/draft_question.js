// @ts-check
// The question to a reader whose draft and whose page have both changed: which of them shall stay?

/**
 * Show it, and return it.
 *
 * @param {number} at when the draft was kept, in milliseconds since 1970
 * @param {() => void} restore @param {() => void} discard
 */
export function askWhich(at, restore, discard) {
  const question = document.createElement("div");
  question.className = "dj-draft-choice";
  question.setAttribute("role", "status");
  const said = document.createElement("span");
  const when = new Date(at).toLocaleString();
  said.textContent = texts("draftFound", `A draft of ${when} was found; this page has changed since.`);
  const answered = (/** @type {() => void} */ answer) => () => {
    question.remove();
    answer();
  };
  question.append(
    said,
    button(texts("draftRestore", "Restore the draft"), answered(restore)),
    button(texts("draftDiscard", "Keep the page"), answered(discard)),
  );
  document.body.append(question);
  return question;
}

/** @param {string} name @param {string} otherwise */
function texts(name, otherwise) {
  return /** @type {any} */ (window).limelight?.texts?.[name] ?? otherwise;
}

/** @param {string} text @param {() => void} press */
function button(text, press) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", press);
  return element;
}
