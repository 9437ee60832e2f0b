// @ts-check
// The inspector's panel: what each turn has cost, what the view holds, and ways to disturb both.

import { STYLE } from "./inspector_style.js";
import { button, element } from "./inspector_elements.js";
import { StateTree } from "./inspector_state.js";
import { TurnTable } from "./inspector_turns.js";

const MOST_LATENCY = 2_000;
const LATENCY_STEP = 50;

/** @typedef {typeof import("./inspector_socket.js").line} Line */

export class Panel {
  isOpen = false;
  #line;
  #close;
  #root = element("section", { className: "panel", ariaLabel: "Inspector" });
  #said = element("p", { className: "said", role: "status" });
  #tree;
  #turns;
  #first = button("Close", () => this.#close());

  /** @param {ShadowRoot} shadow @param {Line} line @param {() => void} close */
  constructor(shadow, line, close) {
    this.#line = line;
    this.#close = close;
    this.#tree = new StateTree(line);
    this.#turns = new TurnTable(() => line.newest);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets.push(sheet);
    this.#root.append(this.#header(), this.#controls(), this.#said, ...this.#tabs());
    this.#root.addEventListener("keydown", ({ key }) => key === "Escape" && this.#close());
    shadow.append(this.#root);
    this.#turns.start(() => this.isOpen && this.#tree.lookSoon());
  }

  /** @param {boolean} isOpen */
  show(isOpen) {
    this.isOpen = isOpen;
    this.#root.hidden = !isOpen;
    if (!isOpen) return;
    this.#tree.lookSoon();
    this.#first.focus();
  }

  #header() {
    const header = element("header");
    header.append(element("h2", { textContent: "Inspector" }), this.#first);
    return header;
  }

  // --- disturbing -------------------------------------------------------------------------

  #controls() {
    const controls = element("div", { className: "controls" });
    controls.append(
      this.#latency(),
      button("Drop socket", () => this.#drop()),
      button("Crash view", () => this.#crash()),
    );
    return controls;
  }

  #latency() {
    const shown = element("output");
    const slider = element("input", { type: "range", min: "0", max: String(MOST_LATENCY), step: String(LATENCY_STEP) });
    slider.value = String(this.#line.latency);
    const show = () => (shown.textContent = slider.ariaValueText = `${slider.value} ms`);
    slider.oninput = () => {
      this.#line.latency = Number(slider.value);
      show();
    };
    show();
    const label = element("label", { className: "latency" });
    label.append(element("span", { textContent: "Latency each way" }), slider, shown);
    return label;
  }

  #drop() {
    this.#say(this.#line.cut() ? "The socket was dropped. The page comes back by itself." : "There is no socket now.");
  }

  async #crash() {
    this.#say(await this.#tree.ask("crash"));
  }

  /** @param {string} text */
  #say(text) {
    this.#said.textContent = text;
  }

  // --- looking ----------------------------------------------------------------------------

  #tabs() {
    const list = element("div", { className: "tabs", role: "tablist", ariaLabel: "What is shown" });
    const pages = [this.#turns.root, this.#tree.root];
    const tabs = ["Turns", "State"].map((name) => button(name, () => {}));
    /** @param {number} chosen */
    const choose = (chosen) => {
      for (const [index, tab] of tabs.entries()) {
        tab.ariaSelected = String(index === chosen);
        tab.tabIndex = index === chosen ? 0 : -1;
        pages[index].hidden = index !== chosen;
      }
    };
    for (const [index, tab] of tabs.entries()) {
      tab.role = "tab";
      tab.id = `tab-${index}`;
      tab.setAttribute("aria-controls", `page-${index}`);
      tab.onclick = () => choose(index);
      Object.assign(pages[index], { id: `page-${index}`, role: "tabpanel", tabIndex: 0 });
      pages[index].setAttribute("aria-labelledby", tab.id);
    }
    list.onkeydown = ({ key }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      const other = tabs[0].ariaSelected === "true" ? 1 : 0;
      choose(other);
      tabs[other].focus();
    };
    choose(0);
    list.append(...tabs);
    return [list, ...pages];
  }
}
