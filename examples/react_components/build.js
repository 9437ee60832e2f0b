// Builds what the example serves: `node examples/react_components/build.js`.
//
// The results are committed, so that nobody needs Node to run the example. Their first line
// names a hash of the sources, by which a test sees whether they are up to date.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = new URL("./", import.meta.url);
const STATIC = new URL("../static/", HERE);

const hash = createHash("sha256");
for (const name of readdirSync(HERE).filter((name) => name.endsWith(".js")).sort()) {
  hash.update(`${name}\n`).update(readFileSync(new URL(name, HERE)));
}
const banner = { js: `// Built by examples/react_components/build.js. Sources: ${hash.digest("hex").slice(0, 16)}.` };

/** @type {import("esbuild").BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "eof",
  define: { "process.env.NODE_ENV": '"production"' },
  banner,
};

const file = (/** @type {string} */ name, /** @type {URL} */ base) => fileURLToPath(new URL(name, base));
await build({ ...common, entryPoints: [file("browser.js", HERE)], outfile: file("react_components.js", STATIC), format: "esm" });

// Of react-dom/server only what renders in one go: the rest wants streams, which V8 alone lacks.
const oneGo = new URL("../../node_modules/react-dom/cjs/react-dom-server-legacy.browser.production.js", HERE);
await build({
  ...common,
  entryPoints: [file("server.js", HERE)],
  outfile: file("react_components.server.js", STATIC),
  format: "iife",
  alias: { "react-dom/render-to-string": fileURLToPath(oneGo) },
});
