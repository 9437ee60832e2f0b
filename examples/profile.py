"""A profile with a portrait and some pictures: dropped, previewed, paused, and there after a cut."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from quart import Blueprint, Response, send_from_directory

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import UploadMixin

SHELF = Path(tempfile.gettempdir(), "limelight-profile")
MOST_KEPT = 40
PICTURES = ".jpg,.jpeg,.png,.gif,.webp"

pictures = Blueprint("pictures", __name__)


@pictures.get("/pictures/<name>")
async def picture(name: str) -> Response:
    """What people have sent is shown as what it was found to be, and runs nothing."""
    answer = await send_from_directory(SHELF, name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


class Profile(UploadMixin, LiveView):
    template = """
    {% macro row(name, entry) %}
    <li class="profile-file" dj-key="{{ entry.ref }}">
      <img dj-upload-preview="{{ entry.ref }}" alt="" hidden>
      <div>
        <span class="profile-name">{{ entry.client_name }}</span>
        {% if entry.error %}
        <span class="profile-error" role="alert">{{ entry.error }}</span>
        {% else %}
        <progress max="100" value="{{ entry.progress }}" dj-upload-progress="{{ entry.ref }}"
                  aria-label="{{ entry.client_name }}"></progress>
        <small>{{ entry.progress }} % of {{ entry.size|filesizeformat }}{{
                 ", paused" if entry.is_paused }}</small>
        {% endif %}
      </div>
      {% if entry.status in ("waiting", "sending") %}
      <button type="button" class="quiet" dj-click="pause_upload" dj-value-name="{{ name }}"
              dj-value-ref="{{ entry.ref }}">Pause</button>
      {% elif entry.is_paused or entry.status == "failed" %}
      <button type="button" class="quiet" dj-click="resume_upload" dj-value-name="{{ name }}"
              dj-value-ref="{{ entry.ref }}">{{ "Resume" if entry.is_paused else "Retry" }}</button>
      {% endif %}
      <button type="button" class="quiet" dj-click="cancel_upload" dj-value-name="{{ name }}"
              dj-value-ref="{{ entry.ref }}" aria-label="Remove {{ entry.client_name }}">&times;</button>
    </li>
    {% endmacro %}
    <link rel="stylesheet" href="/static/profile.css">
    {% flash %}
    <section class="profile">
      <h1>Your profile</h1>
      <form dj-submit="save">
        <div class="profile-portrait" dj-upload-drop="avatar">
          <span class="profile-round">
            {% if portrait %}<img src="/pictures/{{ portrait }}" alt="Your portrait">{% endif %}
            <span class="profile-new" dj-upload-preview="avatar"></span>
          </span>
          <div>
            <label class="profile-choose">{{ "Another portrait" if portrait else "Your portrait" }}
              <input type="file" dj-upload="avatar" accept="{{ uploads.avatar.accept }}">
            </label>
            <small>One picture, up to {{ uploads.avatar.max_file_size|filesizeformat }}.</small>
          </div>
        </div>
        <ul class="profile-files">
          {% for entry in uploads.avatar.entries %}{{ row("avatar", entry) }}{% endfor %}
        </ul>
        <label class="profile-drop" dj-upload-drop="gallery">
          <strong>Drop pictures here</strong>
          <span>or choose them: up to {{ uploads.gallery.max_entries }},
            {{ uploads.gallery.max_file_size|filesizeformat }} each</span>
          <input type="file" multiple dj-upload="gallery" accept="{{ uploads.gallery.accept }}">
        </label>
        <ul class="profile-files">
          {% for entry in uploads.gallery.entries %}{{ row("gallery", entry) }}{% endfor %}
        </ul>
        <footer>
          <button>Save</button>
          {% if uploads.gallery.is_busy %}
          <progress max="100" value="{{ uploads.gallery.progress }}" dj-upload-progress="gallery"
                    aria-label="All pictures"></progress>
          {% else %}
          <small>Cut the connection or load the page anew in the midst of it: what was sent is
            not sent again. Choose the same file, and it goes on.</small>
          {% endif %}
        </footer>
      </form>
      {% if album %}
      <h2>Saved</h2>
      <ul class="profile-album">
        {% for name, title in album %}
        <li dj-key="{{ name }}"><img src="/pictures/{{ name }}" alt="{{ title }}" loading="lazy"></li>
        {% endfor %}
      </ul>
      {% endif %}
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.portrait = ""
        self.album: tuple[tuple[str, str], ...] = ()
        self.allow_upload("avatar", accept=PICTURES, max_file_size=5_000_000)
        self.allow_upload("gallery", accept=PICTURES, max_entries=8, max_file_size=50_000_000)

    @event_handler()
    def save(self) -> None:
        for file in self.consume_uploaded_entries("avatar"):
            self.portrait = keep(file.safe_name, file.file)
        for file in self.consume_uploaded_entries("gallery"):
            self.album = (*self.album, (keep(file.safe_name, file.file), file.client_name))[-12:]
        self.put_flash("success", "Your profile is saved.")


def keep(name: str, content: Any) -> str:
    """Copy a file to the shelf, which holds so many of them."""
    SHELF.mkdir(exist_ok=True)
    with (SHELF / name).open("wb") as copy:
        shutil.copyfileobj(content, copy)
    newest_last = sorted(SHELF.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in newest_last[:-MOST_KEPT]:
        old.unlink(missing_ok=True)
    return name


app = LiveApp(__name__)
app.register_blueprint(pictures)
app.live("/", Profile)
