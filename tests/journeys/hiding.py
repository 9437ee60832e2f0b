"""Random stories of regions that are hidden and shown, and what a browser has to show of them."""

from __future__ import annotations

import random
from typing import Any

from playwright.sync_api import Page, expect

from limelight import LiveApp, LiveView, Request, event_handler

STEPS = 12
START: dict[str, Any] = {"a": False, "b": True, "c": False, "x": 0, "y": 0, "rows": (1, 2)}
FIELDS = {"a": ("a-x", "a-y", "a-rows"), "b": ("b-x", "b-y"), "c": ("c-x",)}

#: Lets a test speak as an element of the page does, and notes which elements were written to.
DRIVER = """
window.drivers = {};
window.written = new Set();
window.limelight = { hooks: { Driver: { mounted() { drivers[this.el.id] = this; } } } };
addEventListener("DOMContentLoaded", () => {
  new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      const named = element?.closest("[id]");
      if (named) written.add(named.id);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
});
"""
DO = "([id, name, parameters]) => drivers[id].pushEvent(name, parameters)"
READ = """() => {
  const text = (id) => document.getElementById(id)?.textContent ?? null;
  const hides = (name) => document.querySelector(`[dj-activity="${name}"]`).hidden;
  const ids = ["a-x", "a-y", "a-rows", "b-x", "b-y", "c-x"];
  const found = Object.fromEntries(ids.map((id) => [id, text(id)]));
  for (const name of "abc") found[name] = hides(name);
  const all = [...written];
  written.clear();
  return [found, all];
}"""


class Hiding(LiveView):
    """Three regions: one within another, and an eager one."""

    template = """
    <p id="said" data-count="{{ said|length }}">{{ said|join(" ") }}</p><span id="outside" dj-hook="Driver"></span>
    {% dj_activity "a" visible=a %}
      <i id="a-x">{{ x }}</i>{% if y > 2 %}<b id="a-y">{{ y }}</b>{% endif %}
      <ul id="a-rows">{% for row in rows %}<li>{{ row }}:{{ x }};</li>{% endfor %}</ul>
      <span id="in-a" dj-hook="Driver"></span>
      {% dj_activity "b" visible=b %}<i id="b-x">{{ x }}</i><i id="b-y">{{ y }}</i>
      <span id="in-b" dj-hook="Driver"></span>{% enddj_activity %}
    {% enddj_activity %}
    {% dj_activity "c" visible=c eager=True %}<i id="c-x">{{ x }}</i>{% enddj_activity %}
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.said: tuple[int, ...] = ()
        vars(self).update(START)

    @event_handler()
    def put(self, name: str, value: bool | int | list[int]) -> None:
        setattr(self, name, tuple(value) if isinstance(value, list) else value)

    @event_handler()
    def choose(self, name: str, visible: bool) -> None:
        self.set_activity_visible(name, visible)

    @event_handler()
    def say(self, number: int) -> None:
        self.said = (*self.said, number)


class Model:
    """What the page has to be."""

    def __init__(self) -> None:
        self.state = dict(START)
        self.choices: dict[str, bool] = {}
        #: What was heard, by the place that has said it: the order within a place is certain.
        self.said: dict[str, list[int]] = {"outside": [], "a": [], "b": []}
        self.waiting: dict[str, list[int]] = {"a": [], "b": []}
        self.shown = {**self._newest("a"), **self._newest("b"), **self._newest("c")}
        self.shown |= {name: not self.state[name] for name in "abc"}

    def is_visible(self, name: str) -> bool:
        own = self.choices.get(name, self.state[name])
        return bool(own) and (name != "b" or self.is_visible("a"))

    def _newest(self, name: str) -> dict[str, Any]:
        state = self.state
        rows = "".join(f"{row}:{state['x']};" for row in state["rows"])
        high = str(state["y"]) if state["y"] > 2 else None
        texts = {"a-x": str(state["x"]), "a-y": high, "a-rows": rows}
        texts |= {"b-x": str(state["x"]), "b-y": str(state["y"]), "c-x": str(state["x"])}
        return {field: texts[field] for field in FIELDS[name]}

    def follow(self) -> None:
        """What is visible is as it is now; what is hidden is as it was left."""
        for name in "abc":
            if name == "c" or self.is_visible(name):
                self.shown |= self._newest(name)
            if name != "b" or self.is_visible("a"):
                self.shown[name] = not self.choices.get(name, self.state[name])
        for name, waiting in self.waiting.items():
            if self.is_visible(name):
                self.said[name] += waiting
                waiting.clear()

    def say(self, name: str, number: int) -> None:
        is_heard = name == "outside" or self.is_visible(name)
        (self.said if is_heard else self.waiting)[name].append(number)

    def in_order(self, heard: list[int]) -> bool:
        """What the page says was heard, and each place's words in their order."""
        return all(
            [number for number in heard if number in said] == said for said in self.said.values()
        ) and len(heard) == sum(map(len, self.said.values()))


class Story:
    """One page that is led through random steps and compared with its model."""

    def __init__(self, page: Page, dice: random.Random) -> None:
        self.page = page
        self.dice = dice
        self.model = Model()
        self.number = 0
        self.page.evaluate(READ)

    def tell(self) -> None:
        for _ in range(STEPS):
            before = dict(self.model.shown)
            told = [self._step() for _ in range(self.dice.choice((1, 1, 2, 3)))]
            self._compare(before, told)

    def _step(self) -> tuple[str, str, dict[str, Any]]:
        dice, model = self.dice, self.model
        what = dice.choice(("number", "rows", "tag", "choice", "say", "say"))
        place = "outside"
        step: tuple[str, dict[str, Any]]
        if what == "say":
            self.number += 1
            place = dice.choice(("outside", "in-a", "in-b"))
            step = ("say", {"number": self.number})
            model.say(place.removeprefix("in-"), self.number)
        elif what == "choice":
            name, visible = dice.choice("abc"), dice.random() < 0.6
            step = ("choose", {"name": name, "visible": visible})
            model.choices[name] = visible
            model.follow()
        else:
            name, value = self._new_value(what)
            step = ("put", {"name": name, "value": value})
            model.state[name] = tuple(value) if isinstance(value, list) else value
            model.follow()
        self.page.evaluate(DO, [place, *step])
        done, arguments = step
        return place, done, arguments

    def _new_value(self, what: str) -> tuple[str, Any]:
        dice = self.dice
        if what == "rows":
            return "rows", [dice.randint(1, 4) for _ in range(dice.randint(0, 4))]
        if what == "tag":
            return dice.choice("abc"), dice.random() < 0.6
        return dice.choice("xy"), dice.randint(0, 5)

    def _compare(self, before: dict[str, Any], told: list[Any]) -> None:
        said = self.page.locator("#said")
        expect(said).to_have_attribute("data-count", str(sum(map(len, self.model.said.values()))))
        assert self.model.in_order([int(one) for one in said.inner_text().split()]), told
        shown, written = self.page.evaluate(READ)
        assert shown == self.model.shown, told
        if len(told) == 1:  # Several may have changed something and put it back.
            unchanged = {name for name in shown if before[name] == shown[name]}
            assert not unchanged & set(written), told


def tell_stories(page: Page, url: str, stories: int, seed: int = 7) -> None:
    """Lead a page through many stories; a failure names its seed and number."""
    page.add_init_script(DRIVER)
    for number in range(stories):
        page.goto(url)
        expect(page.locator("html")).to_have_attribute("data-live", "connected")
        story = Story(page, random.Random(f"{seed} {number}"))
        try:
            story.tell()
        except AssertionError as error:
            error.add_note(f"In story {number} of seed {seed}.")
            raise


app = LiveApp(__name__)
app.live("/", Hiding)
