// @ts-check
// How long to wait before a lost connection is tried again, and when not to try at all.

import { CloseCode } from "./messages.js";

const FIRST_CEILING_MS = 100;
const CEILING_MS = 10_000;
const COOL_DOWN_MS = 5_000;
const RESTART_SPREAD_MS = 3_000;

/**
 * Return the milliseconds to wait, or null when the server does not want us back.
 *
 * Each attempt doubles the ceiling below which the wait is drawn at random, so that the
 * pages of a server that went away do not all return at the same moment.
 *
 * @param {{ code: number, attempt: number, afterSeconds?: number }} loss
 * @param {() => number} [random]
 * @returns {number | null}
 */
export function retryDelay({ code, attempt, afterSeconds = 0 }, random = Math.random) {
  if (code === CloseCode.FORBIDDEN) return null;
  const ceiling = Math.min(CEILING_MS, FIRST_CEILING_MS * 2 ** Math.min(attempt, 10));
  const jitter = random() * ceiling;
  if (afterSeconds) return afterSeconds * 1000 + jitter;
  if (code === CloseCode.TOO_MANY) return COOL_DOWN_MS + jitter;
  if (code === CloseCode.RESTART && attempt === 0) return random() * RESTART_SPREAD_MS;
  return jitter;
}
