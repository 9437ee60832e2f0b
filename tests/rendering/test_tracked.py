"""Tracked lists and rows: an in-place change renders one row."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from limelight.server.rendering.tracked import TrackedList, TrackedRow

Open = Callable[..., Any]


class Task(TrackedRow):
    id: int
    title: str = "new"
    reads: int = 0

    def describe(self) -> str:
        return f"task {self.title}"


class Watchful(Task):
    """Counts how often its title is read."""

    count = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "title":
            type(self).count += 1
        return super().__getattribute__(name)


def tasks(count: int) -> TrackedList:
    return TrackedList(Task(id=number, title=f"t{number}") for number in range(count))


SOURCE = "{% for task in tasks %}<p>{{ task.title }}</p>{% endfor %}"


def test_an_in_place_change_is_sent_alone(open_page: Open) -> None:
    page = open_page(SOURCE, tasks=tasks(4))
    page.update()
    page.update()

    page.context["tasks"][2].title = "other"

    assert page.diff() == {"0": {"u": {"2": {"0": "other"}}}}


def test_rows_that_nobody_touched_are_not_looked_at(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tasks(100)
    page = open_page(SOURCE, tasks=rows)
    page.update()
    page.update()
    vars(rows[50])["title"] = "changed behind its back"

    assert page.picture.update(page.context) is None
    rows[51].title = "set"
    assert page.picture.update(page.context).diff == {"0": {"u": {"51": {"0": "set"}}}}


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.append(Task(id=9)),
        lambda rows: rows.insert(0, Task(id=9)),
        lambda rows: rows.pop(1),
        lambda rows: rows.reverse(),
        lambda rows: rows.sort(key=lambda task: -task.id),
        lambda rows: rows.__setitem__(1, Task(id=9)),
        lambda rows: rows.__delitem__(slice(0, 2)),
        lambda rows: rows.extend([Task(id=8), Task(id=9)]),
        lambda rows: rows.remove(rows[0]),
        lambda rows: rows.clear(),
        lambda rows: rows.__imul__(2),
        lambda rows: rows.__iadd__([Task(id=7)]),
    ],
)
def test_every_way_to_change_the_list_shows(open_page: Open, change: Callable[[Any], Any]) -> None:
    rows = tasks(4)
    page = open_page(SOURCE, tasks=rows)
    page.update()
    page.update()

    change(rows)
    page.update()
    rows.append(Task(id=1))
    rows[-1].title = "last"
    page.update()


def test_keyed_tracked_rows_may_change_their_key(open_page: Open) -> None:
    source = "{% for task in tasks %}{% key task.id %}<p>{{ task.title }}</p>{% endfor %}"
    rows = tasks(4)
    page = open_page(source, tasks=rows)
    page.update()
    page.update()

    rows[1].id = 77
    page.update()
    rows[1].title = "seventy-seven"
    page.update()
    rows.reverse()

    assert page.diff()["0"]["o"] == [3, 1, 2, 1, 1, 1, 0, 1]


def test_several_views_each_see_what_they_missed(open_page: Open) -> None:
    rows = tasks(5)
    pages = [open_page(SOURCE, tasks=rows) for _ in range(3)]
    for page in pages:
        page.update()
        page.update()

    rows[1].title = "a"
    pages[0].update()
    rows[2].title = "b"

    for page in pages:
        page.update()
        assert page.update() is None


def test_a_view_that_missed_too_much_looks_at_all_rows(open_page: Open) -> None:
    rows = tasks(3)
    page = open_page(SOURCE, tasks=rows)
    page.update()
    page.update()

    for number in range(5000):
        rows[number % 3].title = str(number)

    page.update()


def test_a_row_may_stand_in_two_lists_and_twice_in_one(open_page: Open) -> None:
    rows = tasks(3)
    twice = TrackedList([rows[0], rows[0]])
    page = open_page(SOURCE + SOURCE.replace("tasks", "twice"), tasks=rows, twice=twice)
    page.update()
    page.update()

    rows[0].title = "both"

    page.update()


def test_a_row_does_not_keep_its_lists_alive() -> None:
    row = Task(id=1)
    TrackedList([row])
    gc.collect()

    row.title = "fine"


def test_rows_and_lists_can_be_copied_and_pickled() -> None:
    rows = tasks(2)

    for other in (copy.copy(rows), copy.deepcopy(rows), pickle.loads(pickle.dumps(rows))):
        assert type(other) is TrackedList
        assert [task.title for task in other] == ["t0", "t1"]
        moment = other.moment
        other[1].title = "set"
        assert other.touched_since(moment) == [1]


def test_a_row_says_which_fields_it_has() -> None:
    with pytest.raises(TypeError, match="Task needs a value for 'id'"):
        Task()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Task has no field titel\. It has: id, title, reads"):
        Task(id=1, titel="x")  # type: ignore[call-arg]
