"""A feed of a hundred thousand posts: it scrolls both ways without end, and new ones arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler

POSTS = 100_000
#: So many come at a time, and so many are in the page at most.
BATCH = 40
MOST = 120

AUTHORS = ("Ada", "Barbara", "Cynthia", "Dorothy", "Edsger", "Frances", "Grace", "Hedy")
OPENINGS = ("Watched", "Found", "Drew", "Counted", "Missed", "Planted", "Repaired", "Heard")
THINGS = ("a heron", "two old maps", "the first snow", "a broken clock", "seven swans", "the tide")
PLACES = ("by the river", "in the attic", "behind the station", "on the roof", "at the market")


@dataclass(frozen=True, slots=True)
class Post:
    """One post; the same number always makes the same one."""

    id: int

    @property
    def author(self) -> str:
        return AUTHORS[self.id * 7 % len(AUTHORS)]

    @property
    def text(self) -> str:
        opening = OPENINGS[self.id % len(OPENINGS)]
        return f"{opening} {THINGS[self.id % 6]} {PLACES[self.id // 3 % 5]}."


def posts(newest: int, oldest: int) -> list[Post]:
    """Return these posts, the newest first."""
    return [Post(number) for number in range(newest, oldest - 1, -1)]


class Feed(LiveView):
    tick_interval = 2_000
    template = """
    <link rel="stylesheet" href="/static/feed.css">
    <section class="feed">
      <header>
        <h1>Feed</h1>
        <label><input type="checkbox" dj-change="follow" {% if is_live %}checked{% endif %}>
          <span>New posts arrive</span></label>
      </header>
      <p class="feed-bar">
        <span role="status">Posts {{ "{:,}".format(oldest) }} to {{ "{:,}".format(newest) }}
          of {{ "{:,}".format(total) }}, {{ streams.posts.count }} in the page</span>
        <button class="quiet" dj-click="jump" dj-value-to="{{ total }}">Newest
          {%- if newest < total %} (+{{ total - newest }}){% endif %}</button>
        <button class="quiet" dj-click="jump" dj-value-to="{{ total // 2 }}">Middle</button>
        <button class="quiet" dj-click="jump" dj-value-to="1">Oldest</button>
      </p>
      <ol tabindex="0" aria-label="Posts" dj-stream="posts"
          dj-viewport-top="newer" dj-viewport-bottom="older">
        {% for dom_id, post in streams.posts %}
        <li id="{{ dom_id }}">
          <span class="feed-face" aria-hidden="true">{{ post.author[0] }}</span>
          <div>
            <strong>{{ post.author }}</strong> <small>#{{ post.id }}</small>
            <p>{{ post.text }}</p>
          </div>
          <button class="quiet" dj-click="like" dj-value-post="{{ post.id }}"
                  aria-pressed="{{ 'true' if post.id in liked else 'false' }}"
                  aria-label="Like post {{ post.id }}">♥</button>
        </li>
        {% endfor %}
      </ol>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.total = POSTS
        self.is_live = True
        self.liked: frozenset[int] = frozenset()
        self._open_at(POSTS)

    def _open_at(self, newest: int) -> None:
        self.newest = newest
        self.oldest = max(newest - BATCH + 1, 1)
        self.stream("posts", posts(self.newest, self.oldest), reset=True)

    @event_handler()
    def older(self) -> None:
        if self.oldest == 1:
            return
        before, self.oldest = self.oldest, max(self.oldest - BATCH, 1)
        self.newest = min(self.newest, self.oldest + MOST - 1)
        self.stream("posts", posts(before - 1, self.oldest), limit=MOST)

    @event_handler()
    def newer(self) -> None:
        if self.newest == self.total:
            return
        before, self.newest = self.newest, min(self.newest + BATCH, self.total)
        self.oldest = max(self.oldest, self.newest - MOST + 1)
        self.stream("posts", posts(self.newest, before + 1), at=0, limit=MOST)

    @event_handler()
    def jump(self, to: int) -> None:
        self._open_at(min(max(to, BATCH), self.total))

    @event_handler()
    def like(self, post: int) -> None:
        self.liked ^= {post}
        self.stream_insert("posts", Post(post))

    @event_handler()
    def follow(self, checked: bool) -> None:
        self.is_live = checked

    def handle_tick(self) -> None:
        if self.is_live:
            self._arrive()

    def _arrive(self) -> None:
        """A post is written: it joins those in the page if they are the newest."""
        self.total += 1
        if self.newest == self.total - 1:
            self.newest = self.total
            self.oldest = max(self.oldest, self.newest - MOST + 1)
            self.stream_insert("posts", Post(self.total), at=0, limit=MOST)


app = LiveApp(__name__)
app.live("/", Feed)
