// What the page's module has to export.

import * as components from "./components.js";

export { createElement } from "react";
export { createRoot, hydrateRoot } from "react-dom/client";
export { components };
