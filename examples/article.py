"""An editor whose draft survives a closed browser, and ends when the article is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import DraftModeMixin

SECTIONS = ("Essay", "News", "Recipe")
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Article:
    """What was published."""

    id: int
    title: str
    section: str
    words: int


class ArticleEditor(DraftModeMixin, LiveView):
    template = """
    <link rel="stylesheet" href="/static/article.css">
    {% flash %}
    <section class="article">
      <h1>New article</h1>
      <form dj-submit="save">
        <label class="article-title">Title
          <input name="title" dj-model="title" required maxlength="120" autocomplete="off">
        </label>
        <label>Section
          <select name="section" dj-model="section">
            {% for one in sections %}<option>{{ one }}</option>{% endfor %}
          </select>
        </label>
        <fieldset>
          <legend>Readers</legend>
          <label><input type="radio" name="readers" value="all" dj-model="readers"> Everybody</label>
          <label><input type="radio" name="readers" value="members" dj-model="readers"> Members</label>
          <label><input type="checkbox" name="comments" dj-model="comments"> Comments are open</label>
        </fieldset>
        <label class="article-body">Text
          <textarea name="content" dj-model="content" rows="9" required
                    placeholder="Write, close the browser, and come back."></textarea>
        </label>
        <footer>
          <button>Publish</button>
          <button type="button" class="quiet" dj-click="discard">Discard the draft</button>
          <small role="status">The server has {{ words }} word{{ "s" if words != 1 }}{{
            ", restored from your draft" if was_restored }}.</small>
        </footer>
      </form>
      {% if articles %}
      <h2>Published</h2>
      <ul>
        {% for one in articles %}
        <li dj-key="{{ one.id }}"><strong>{{ one.title }}</strong>
          <small>{{ one.section }}, {{ one.words }} words</small></li>
        {% endfor %}
      </ul>
      {% endif %}
    </section>
    """
    draft_enabled = True
    draft_key = "article_editor"

    def mount(self, request: Request, **params: Any) -> None:
        self.articles: tuple[Article, ...] = ()
        self._start_anew()

    def _start_anew(self) -> None:
        self.title = self.content = ""
        self.section, self.readers, self.comments = SECTIONS[0], "all", True
        self.was_restored = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = len(self.content.split())
        return super().get_context_data(sections=SECTIONS, words=words, **kwargs)

    def handle_draft_restored(self, values: Any) -> None:
        self.was_restored = True

    @event_handler()
    def save(self, title: str = "", content: str = "", **kwargs: Any) -> None:
        article = Article(len(self.articles), title, self.section, len(content.split()))
        self.articles = (article, *self.articles)[:MOST_SHOWN]
        self._start_anew()
        self.clear_draft()
        self.put_flash("success", f"“{title}” is published.")

    @event_handler()
    def discard(self) -> None:
        self._start_anew()
        self.clear_draft()


app = LiveApp(__name__)
app.live("/", ArticleEditor)
