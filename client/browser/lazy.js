// @ts-check
// Features that most pages never use: each is a module that is loaded when it is first met.
//
// Such a module imports nothing of the core, so that it is a file of its own: its `install` is
// given the tables to add to. Messages wait, in order, until what they need is there.

import { companions, effects, elements, operations } from "./features.js";
import { limitsOf } from "./rate.js";
import { givenValues } from "./values.js";

/** @param {() => Promise<{ install: (tables: any) => void }>} load @returns {() => Promise<void>} */
const once = (load) => {
  /** @type {Promise<void> | undefined} */
  let loaded;
  const tables = { companions, effects, elements, operations, givenValues, limitsOf };
  return () => (loaded ??= load().then(({ install }) => install(tables)));
};

const cursors = once(() => import("./cursors.js"));
const activity = once(() => import("./activity.js"));
const flash = once(() => import("./flash.js"));
const fields = once(() => import("./fields.js"));
const metadata = once(() => import("./metadata.js"));
const model = once(() => import("./model.js"));
const poll = once(() => import("./poll.js"));
const react = once(() => import("./react.js"));
const nested = once(() => import("./nested.js"));
const streaming = once(() => import("./streaming.js"));
const streams = once(() => import("./streams.js"));
const draft = once(() => import("./draft.js"));
const upload = once(() => import("./upload.js"));
const viewport = once(() => import("./viewport.js"));

/** By the name of an effect or an operation. @type {Record<string, () => Promise<void>>} */
const told = { draft, signal: cursors, upload, flash, focus: fields, reset: fields, model, title: metadata, meta: metadata, stream: streaming, rows: streams };

/** By an attribute of elements. */
const present = {
  "dj-activity": activity, "dj-react": react,
  "dj-upload": upload, "dj-upload-drop": upload, "dj-upload-preview": upload, "dj-upload-progress": upload,
  "dj-cursors": cursors, "dj-flash": flash, "dj-poll": poll, "dj-view": nested, "dj-stream": streaming, "dj-viewport-top": viewport, "dj-viewport-bottom": viewport,
};

/** What a message must wait for, if anything. @param {import("./messages.js").Wire} wire */
export const missing = ({ e = [], o = [], t }) => {
  const [name] = [...e, ...o, [t]].find(([name]) => told[name]) ?? [];
  const load = told[name];
  delete told[name];
  return load?.().catch(console.error);
};

for (const [name, load] of Object.entries(present)) {
  elements.set(name, {
    added: async (element, view) => {
      await load();
      if (element.isConnected) elements.get(name)?.added(element, view);
    },
  });
}
