// "What just happened": the last event of the example, its time, and the bytes that came of it.

const strip = document.getElementById("turn");
const [name, time, size] = strip.querySelectorAll("code, span");

document.addEventListener("limelight:turn", ({ detail }) => {
  strip.hidden = false;
  if (detail.message === "joined" && !detail.event) {
    if (!size.textContent) time.textContent = "Nothing yet: it is shown here as soon as it does.";
    return;
  }
  name.textContent = detail.event;
  time.textContent = detail.message === "error" ? "failed, and is undone" : timeOf(detail);
  size.textContent = sizeOf(detail.bytes);
  strip.getAnimations({ subtree: true }).forEach((one) => one.cancel());
  strip.classList.remove("is-new");
  requestAnimationFrame(() => strip.classList.add("is-new"));
});

function timeOf({ milliseconds, serverMilliseconds: server }) {
  const there = milliseconds === null ? "" : `${short(milliseconds)} ms there and back`;
  const turn = server === null ? "" : `${short(server)} ms on the server`;
  return [there || "of its own accord", turn].filter(Boolean).join(", ");
}

function sizeOf(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${short(bytes / 1000)} KB`;
}

function short(number) {
  return number.toFixed(number < 1 ? 2 : number < 10 ? 1 : 0);
}
