// @ts-check
// What the client itself says to its reader; `window.limelight.texts` replaces any of it.

export const texts = {
  connecting: "Connecting…",
  disconnected: "Connection lost. Trying again…",
  refused: "The connection was refused. Please load the page again.",
  reload: "Load again",
  retry: "Try again",
  close: "Close",
};
