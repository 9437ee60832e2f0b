"""What a patch costs in a browser, beside idiomorph over the root and innerHTML.

`python -m benchmarks.browser_rendering` prints milliseconds of script for each change: the
median of many patches, without layout. Chromium must be installed.
"""

from __future__ import annotations

import json
import statistics
from typing import Any

from playwright.sync_api import Page, sync_playwright

from build_support.programs import find_chromium
from limelight.server.rendering.picture import LiveTemplates, Picture
from tests.rendering.browser.picture_page import PageServer, PicturePage, wire

ROWS = 1000
REPEATS = 30
SLOW_REPEATS = 5
TABLE = """
<h1>{{ title }}</h1>
<table><tbody>
{% for row in names %}{% key row.id %}<tr><td>{{ row.id }}</td><td>{{ row.name }}</td>
<td class="{{ row.kind }}">{{ row.price }}</td><td>{{ row.note }}</td></tr>
{% endfor %}</tbody></table>
"""

MEASURE = """
({apply, repeats}) => {
  const [there, back] = apply;
  const times = [[], []];
  for (let index = 0; index < repeats; index++) {
    const start = performance.now();
    live.apply(there);
    const middle = performance.now();
    live.apply(back);
    times[0].push(middle - start);
    times[1].push(performance.now() - middle);
  }
  return times;
}
"""
MEASURE_HTML = """
async ({apply, repeats, morphs}) => {
  const { Idiomorph } = await import("/browser/vendor/idiomorph.js");
  const root = document.querySelector("[dj-view]").cloneNode(true);
  document.body.append(root);
  const times = [];
  for (let index = 0; index < repeats; index++) {
    const start = performance.now();
    for (const html of apply) {
      if (morphs) Idiomorph.morph(root, html, {morphStyle: "innerHTML"});
      else root.innerHTML = html;
    }
    times.push((performance.now() - start) / apply.length);
  }
  root.remove();
  return times;
}
"""
BIND = """
({html, adopted, repeats}) => {
  const times = [];
  for (let index = 0; index < repeats; index++) {
    live.restart(html);
    const start = performance.now();
    live.adopt(adopted);
    times.push(performance.now() - start);
  }
  return times;
}
"""


class Row:
    """One row of the table."""

    def __init__(self, number: int, name: str = "") -> None:
        self.id = number
        self.name = name or f"name {number}"
        self.kind = f"kind-{number % 7}"
        self.price = f"{number}.50"
        self.note = f"a note on row {number}"


def main() -> None:
    executable = find_chromium()
    with sync_playwright() as playwright, PageServer().running() as server:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        print(f"{ROWS} rows of 4 cells, ms of script (median)")
        print(f"{'change':28}{'patch':>9}{'back':>9}{'idiomorph':>11}{'innerHTML':>11}{'bytes':>8}")
        rows = [Row(number) for number in range(ROWS)]
        changed = [*rows[:500], Row(500, "changed"), *rows[501:]]
        inserted = [Row(ROWS + 1), *rows[:-1]]
        moved = [*rows[:10], *rows[11:901], rows[10], *rows[901:]]
        swapped = rows[::-1]
        for name, other in (
            ("one cell", changed),
            ("insert at 0, drop the last", inserted),
            ("move row 10 to 900", moved),
            ("reverse all", swapped),
            ("empty, and fill again", []),
        ):
            _measure_change(server, page, name, rows, other)
        _measure_bind(server, page, rows)
        browser.close()


def _measure_change(
    server: PageServer, page: Page, name: str, rows: list[Row], other: list[Row]
) -> None:
    live = PicturePage(server, page)
    picture = Picture(LiveTemplates().from_string(TABLE))
    first: dict[str, Any] = {"title": "t", "names": rows}
    second: dict[str, Any] = {"title": "t", "names": other}
    live.show_picture(picture, first)
    there = _message(picture, second)
    other_html = picture.plain_html()
    back = _message(picture, first)
    html = picture.plain_html()
    patch = page.evaluate(MEASURE, {"apply": [there, back], "repeats": REPEATS})
    argument = {"apply": [other_html, html], "repeats": SLOW_REPEATS}
    morph = page.evaluate(MEASURE_HTML, {**argument, "morphs": True})
    whole = page.evaluate(MEASURE_HTML, {**argument, "morphs": False})
    figures = [statistics.median(times) for times in (*patch, morph, whole)]
    size = len(json.dumps(there["diff"], separators=(",", ":")))
    print(
        f"{name:28}{figures[0]:9.3f}{figures[1]:9.3f}{figures[2]:11.1f}{figures[3]:11.1f}{size:8}"
    )


def _message(picture: Picture, context: dict[str, Any]) -> dict[str, Any]:
    patch = picture.update(context)
    assert patch is not None
    message: dict[str, Any] = wire({"shapes": patch.shapes, "diff": patch.diff, "root": patch.root})
    return message


def _measure_bind(server: PageServer, page: Page, rows: list[Row]) -> None:
    live = PicturePage(server, page)
    picture = Picture(LiveTemplates().from_string(TABLE))
    live.show_picture(picture, {"title": "t", "names": rows})
    html = picture.first_html({"title": "t", "names": rows}, "nonce1")
    argument = {"html": html, "adopted": wire(picture.adopt()), "repeats": SLOW_REPEATS}
    times = page.evaluate(BIND, argument)
    print(
        f"bind the page at the join: {statistics.median(times):.1f} ms, {len(html)} bytes of HTML"
    )


if __name__ == "__main__":
    main()
