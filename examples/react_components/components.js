// The components of the React example. Plain calls instead of JSX: nothing here needs a dialect.

import { createElement as h, useEffect, useState } from "react";

const WIDTH = 640;
const HEIGHT = 220;
const EDGE = 8;

/** A line chart. Which point is chosen, and how much is shown, is its own business. */
export function Chart({ title, points, unit, pushEvent }) {
  const [shown, setShown] = useState(20);
  const [chosen, setChosen] = useState(null);
  const visible = points.slice(-shown);
  const place = placing(visible);
  const point = points.find(({ at }) => at === chosen);
  return h(
    "figure",
    { className: "chart" },
    h("figcaption", null, h("strong", null, title), h("span", null, describe(point, visible, unit))),
    h(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}, the newest ${visible.length} values` },
      h("polyline", { points: visible.map((one) => place(one).join(",")).join(" ") }),
      visible.map((one) => {
        const [x, y] = place(one);
        const isChosen = one.at === chosen;
        const choose = () => setChosen(isChosen ? null : one.at);
        return h("circle", { key: one.at, cx: x, cy: y, r: isChosen ? 7 : 4, "data-at": one.at, "data-chosen": isChosen || undefined, onClick: choose });
      }),
    ),
    h(
      "p",
      null,
      h(
        "label",
        null,
        "Show ",
        h("input", { type: "range", min: 5, max: 40, value: shown, onChange: (event) => setShown(Number(event.target.value)) }),
        h("output", null, shown),
      ),
      h("button", { type: "button", disabled: !point, onClick: () => pushEvent("keep", { at: point.at }) }, "Keep this value"),
    ),
  );
}

/** Hears what the view says by `push_event`. */
export function Heard({ handleEvent }) {
  const [text, setText] = useState("nothing yet");
  useEffect(() => handleEvent("kept", ({ value }) => setText(`value ${value} is kept`)), [handleEvent]);
  return h("p", { className: "heard", role: "status" }, `The view said: ${text}.`);
}

/** The button of the guide. */
export function Button({ label, pushEvent }) {
  const [clicks, setClicks] = useState(0);
  const clicked = () => {
    setClicks(clicks + 1);
    pushEvent("pressed", { clicks: clicks + 1 });
  };
  return h("button", { type: "button", onClick: clicked }, `${label} (${clicks})`);
}

/** As much as one page should ever ask for; the benchmark renders it. */
export function Table({ rows }) {
  return h("table", null, h("tbody", null, rows.map(({ id, cells }) =>
    h("tr", { key: id }, cells.map((cell, index) => h("td", { key: index }, cell))))));
}

function placing(points) {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const first = points[0]?.at ?? 0;
  const width = Math.max(1, points.length - 1);
  return ({ at, value }) => [
    Math.round(EDGE + ((at - first) / width) * (WIDTH - 2 * EDGE)),
    Math.round(HEIGHT - EDGE - ((value - low) / Math.max(1, high - low)) * (HEIGHT - 2 * EDGE)),
  ];
}

function describe(point, visible, unit) {
  const one = point ?? visible.at(-1);
  if (!one) return "";
  return point ? `chosen: ${one.value} ${unit}` : `now: ${one.value} ${unit}`;
}
