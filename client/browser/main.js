// @ts-check
// Brings the live views of a page to life. Each import below adds one feature.

import { Client } from "./client.js";
import { addHook, hooks } from "./hooks.js";
import "./autofocus.js";
import { texts } from "./texts.js";

const client = new Client();
// A script that ran before ours may have left its hooks and texts here.
const given = /** @type {any} */ (window).limelight;
Object.assign(hooks, given?.hooks);
Object.assign(texts, given?.texts);

/** @type {any} */ (window).limelight = {
  hooks,
  texts,
  addHook,
  connect: () => client.connect(),
  disconnect: () => client.disconnect(),
};
client.listen();
