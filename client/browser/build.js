// @ts-check
// Builds what the wheel ships: one script for all features, and idiomorph as a module.
//
// The first line of the bundle names a hash of the sources, so that a test without Node can
// tell whether the bundle was built from what lies beside it.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const HERE = new URL("./", import.meta.url);
const ROOT = new URL("../../", HERE);
const STATIC = new URL("client/static/", ROOT);
const IDIOMORPH = new URL("node_modules/idiomorph/", ROOT);

/** The sources of the bundle in order of their names, without this program. */
function sourceNames() {
  const isSource = (/** @type {string} */ name) => name.endsWith(".js") && name !== "build.js";
  const own = readdirSync(HERE).filter(isSource);
  return [...own, "vendor/idiomorph.js"].sort();
}

function sourceHash() {
  const hash = createHash("sha256");
  for (const name of sourceNames()) {
    hash.update(`${name}\n`).update(readFileSync(new URL(name, HERE)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Browsers load modules by path only, so idiomorph becomes a file beside ours. */
async function buildIdiomorph() {
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", IDIOMORPH), "utf8"));
  const terms = readFileSync(new URL("LICENSE", IDIOMORPH), "utf8").trim().replaceAll("\n", "\n// ");
  const origin = `// @ts-nocheck\n// idiomorph ${version} (${license}), https://github.com/bigskysoftware/idiomorph`;
  await build({
    entryPoints: [fileURLToPath(new URL("dist/idiomorph.esm.js", IDIOMORPH))],
    outfile: fileURLToPath(new URL("vendor/idiomorph.js", HERE)),
    banner: { js: `${origin}\n// ${terms}` },
    format: "esm",
    minify: true,
    target: "es2022",
  });
}

/** In the bundle, what morphs gets idiomorph from a file of its own, loaded when it is needed. */
const loadedLater = {
  name: "loaded later",
  setup(/** @type {import("esbuild").PluginBuild} */ build) {
    build.onResolve({ filter: /vendor\/idiomorph\.js$/ }, ({ importer }) =>
      importer.endsWith("/morph.js") ? { path: fileURLToPath(new URL("morphing.js", HERE)) } : undefined,
    );
  },
};

/** What only development asks for: scripts of their own beside the bundle, under fixed names. */
async function buildForDevelopment() {
  const names = ["turns", "overlay", "inspector", "inspector_panel"];
  await build({
    entryPoints: names.map((name) => fileURLToPath(new URL(`${name}.js`, HERE))),
    outdir: fileURLToPath(STATIC),
    bundle: true,
    external: ["./inspector_panel.js"],
    format: "esm",
    legalComments: "none",
    minify: true,
    target: "es2022",
  });
}

async function buildBundle() {
  await build({
    entryPoints: [fileURLToPath(new URL("main.js", HERE))],
    outdir: fileURLToPath(STATIC),
    entryNames: "limelight",
    chunkNames: "[name]-[hash]",
    splitting: true,
    plugins: [loadedLater],
    bundle: true,
    // Only development asks for it: it is built apart.
    external: ["./overlay.js"],
    format: "esm",
    legalComments: "none",
    minify: true,
    target: "es2022",
  });
  const bundle = new URL("limelight.js", STATIC);
  const origin = `// Limelight's browser client. Sources: ${sourceHash()}.\n`;
  writeFileSync(bundle, origin + (await compressed(readFileSync(bundle, "utf8"))));
}

/** A second look after esbuild's own takes another 4 % off. @param {string} code */
async function compressed(code) {
  const options = { module: true, compress: { passes: 3, ecma: 2020 }, format: { comments: false } };
  return (await minify(code, /** @type {import("terser").MinifyOptions} */ (options))).code ?? "";
}

for (const name of readdirSync(STATIC)) if (name.endsWith(".js")) rmSync(new URL(name, STATIC));
await buildIdiomorph();
await buildBundle();
await buildForDevelopment();
writeFileSync(1, "client/static/limelight.js is built\n");
