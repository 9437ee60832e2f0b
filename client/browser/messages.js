// @ts-check
// The messages that cross the socket: functions that write ours and read the server's.
//
// `client/messages.py` holds the same messages under the same names, and says what each
// one means. On the wire a key is one letter; what has its default value is left out.

/**
 * @typedef {Record<string, any>} Wire
 * @typedef {{ token: string, url: string, view: number, bound: boolean, epoch: string, page: string,
 *   seen: number, parameters: Record<string, unknown> }} Join
 * @typedef {{ view: number, number: number, name: string, seen?: number, target?: string,
 *   parameters: Record<string, unknown>, repeated?: boolean }} Event
 * @typedef {{ view: number, number: number, url: string, kind: "patch" | "redirect" }} Navigate
 * @typedef {{ view: number, how: "adopted" | "resumed" | "mounted", epoch: string,
 *   sequence: number, acknowledged: number, shapes: Record<string, any>, root: any,
 *   token: string, title: string, url: string }} Joined
 * @typedef {{ view: number, sequence: number, acknowledged: number, diff: any, root: any,
 *   shapes: Record<string, any>, operations: any[], effects: [string, any][] }} Frame
 * @typedef {{ view: number, number: number, kind: string, message: string, id: string,
 *   detail: Record<string, any> }} ServerError
 * @typedef {{ view: number, to: string, kind: "patch" | "redirect" | "page",
 *   replace: boolean }} Moved
 * @typedef {{ reason: string, again: boolean, after: number }} Bye
 */

/** The codes with which a socket closes. */
export const CloseCode = { RESTART: 1012, FORBIDDEN: 4403, TOO_MANY: 4429 };

// --- to the server ----------------------------------------------------------------------

/** @param {Join} message @returns {Wire} */
export const join = ({ token, url, view, bound, epoch, page, seen, parameters }) => ({
  t: "join",
  v: view || undefined,
  k: token,
  u: url,
  b: bound || undefined,
  e: epoch || undefined,
  i: page,
  n: seen || undefined,
  p: parameters,
});

/** @param {Event} message @returns {Wire} */
export const event = ({ view, number, name, parameters, seen, target, repeated }) => ({
  t: "event",
  v: view || undefined,
  n: number,
  h: name,
  p: parameters,
  s: seen || undefined,
  g: target || undefined,
  r: repeated || undefined,
});

/** @param {{ view: number, sequence: number }} message @returns {Wire} */
export const seen = ({ view, sequence }) => ({ t: "seen", v: view || undefined, n: sequence });

/** @param {{ view: number, slots: [number, number][] }} message @returns {Wire} */
export const unbound = ({ view, slots }) => ({ t: "unbound", v: view || undefined, s: slots });

/** @param {Navigate} message @returns {Wire} */
export const navigate = ({ view, number, url, kind }) => ({
  t: "navigate",
  v: view || undefined,
  n: number,
  u: url,
  k: kind,
});

/** @param {{ view: number }} message @returns {Wire} */
export const leave = ({ view }) => ({ t: "leave", v: view || undefined });

/** @param {{ view: number, name: string, payload: unknown }} message @returns {Wire} */
export const signal = ({ view, name, payload }) => ({
  t: "signal",
  v: view || undefined,
  h: name,
  p: payload,
});

/** @returns {Wire} */
export const ping = () => ({ t: "ping" });

// --- from the server --------------------------------------------------------------------

/** @param {Wire} wire @returns {Joined} */
export const joined = (wire) => ({
  view: wire.v ?? 0,
  how: wire.w,
  epoch: wire.e,
  sequence: wire.n ?? 0,
  acknowledged: wire.a ?? 0,
  shapes: wire.s ?? {},
  root: wire.r,
  token: wire.k ?? "",
  title: wire.i ?? "",
  url: wire.u ?? "",
});

/** @param {Wire} wire @returns {Frame} */
export const frame = (wire) => ({
  view: wire.v ?? 0,
  sequence: wire.n ?? 0,
  acknowledged: wire.a ?? 0,
  shapes: wire.s ?? {},
  diff: wire.d,
  root: wire.r,
  operations: wire.o ?? [],
  effects: wire.e ?? [],
});

/** @param {Wire} wire @returns {ServerError} */
export const error = (wire) => ({
  view: wire.v ?? 0,
  number: wire.a ?? 0,
  kind: wire.k,
  message: wire.m,
  detail: wire.d ?? {},
  id: wire.i ?? "",
});

/** @param {Wire} wire @returns {Moved} */
export const moved = (wire) => ({
  view: wire.v ?? 0,
  to: wire.u,
  kind: wire.k,
  replace: wire.p ?? false,
});

/** @param {Wire} wire @returns {Bye} */
export const bye = (wire) => ({ reason: wire.m, again: wire.g ?? true, after: wire.s ?? 0 });
