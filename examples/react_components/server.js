// What the server's V8 runs: it has no timers and no network, and needs none.

import { createElement } from "react";
import { renderToString } from "react-dom/render-to-string";
import * as components from "./components.js";

const nothing = () => {};

globalThis.limelight = {
  render(name, props) {
    const given = { ...JSON.parse(props), pushEvent: nothing, handleEvent: nothing };
    return renderToString(createElement(components[name], given));
  },
};
