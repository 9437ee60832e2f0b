// List the functions of JavaScript modules with their first and last lines, as JSON.
import { readFileSync } from "node:fs";
import { parse } from "acorn";

const functions = [];
for (const path of process.argv.slice(2)) {
  const options = { ecmaVersion: "latest", sourceType: "module", locations: true };
  visit(parse(readFileSync(path, "utf8"), options), "", path);
}
console.log(JSON.stringify(functions));

/** Walk the syntax tree; `name` is what the enclosing node calls its value. */
function visit(node, name, path) {
  if (/Function/.test(node.type)) {
    const { start, end } = node.loc;
    functions.push({ path, name: node.id?.name ?? name, first: start.line, last: end.line });
  }
  for (const child of Object.values(node).flat()) {
    if (child && typeof child.type === "string") {
      visit(child, node.key?.name ?? node.id?.name ?? "(anonymous)", path);
    }
  }
}
