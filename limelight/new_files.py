"""What a new project consists of: paths and their text. NAME stands for the project's name."""

from __future__ import annotations

APP = '''\
"""NAME: a live page. Run it with `limelight dev app:app`."""

from __future__ import annotations

from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler


class Home(LiveView):
    """Counts clicks. Its public attributes are its state and what the template sees."""

    template_name = "home.html"
    layout = "layout.html"

    def mount(self, request: Request, **params: Any) -> None:
        self.page_title = "NAME"
        self.count = 0
        self.notes: list[str] = []

    @event_handler()
    def increment(self, by: int = 1) -> None:
        self.count += by

    @event_handler()
    def add_note(self, note: str) -> None:
        if note.strip():
            self.notes = [note.strip(), *self.notes][:10]

    @event_handler()
    def fail(self) -> None:
        """Press it, and look at /_supervision: the page and its notes stay."""
        raise RuntimeError("Somebody pressed the button that fails.")


app = LiveApp(__name__)
app.live("/", Home)


def is_development(request: Request, action: str = "") -> bool:
    """Say who may look at /_supervision and act there. In production: nobody, until you say who,
    for instance with `request.user.has_perm("supervision")`."""
    return app.live_settings.is_development


app.enable_dashboard("/_supervision", guard=is_development, may=is_development)
'''

LAYOUT = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>{{ page_title }}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="{{ live_page_css }}">
  <link rel="stylesheet" href="/static/style.css">
  {{ live_head }}
</head>
<body class="live-page">
  <main>
    {{ live_content }}
  </main>
</body>
</html>
"""

HOME = """\
<h1>{{ count }}</h1>
<p>
  <button dj-click="increment">+1</button>
  <button dj-click="increment" dj-value-by:int="10">+10</button>
  <button class="danger" dj-click="fail">Fail</button>
</p>

<form id="notes" dj-submit="add_note">
  <label>Note <input name="note" autocomplete="off"></label>
  <button>Add</button>
</form>
<ul class="notes">
  {% for note in notes %}
  <li>{{ note }}</li>
  {% else %}
  <li><small>No notes yet.</small></li>
  {% endfor %}
</ul>
"""

STYLE = """\
h1 {
  font-size: 4rem;
  font-variant-numeric: tabular-nums;
}

.notes li {
  overflow-wrap: anywhere;
}
"""

TEST = '''\
"""The page in process: no browser, no server, a few milliseconds."""

from __future__ import annotations

import pytest
from app import Home

from limelight.testing import EventFailed, open_view


async def test_clicks_are_counted() -> None:
    async with open_view(Home) as page:
        await page.click("button:has-text('+10')")
        assert page.text("h1") == "10"


async def test_a_note_appears_as_it_was_typed() -> None:
    async with open_view(Home) as page:
        await page.submit("#notes", note="<b>milk</b>")
        assert page.texts(".notes li") == ["<b>milk</b>"]


async def test_a_failure_undoes_its_turn_and_nothing_else() -> None:
    async with open_view(Home) as page:
        await page.click("button:has-text('+10')")
        with pytest.raises(EventFailed):
            await page.click("button:has-text('Fail')")
        assert page.text("h1") == "10"
'''

PYPROJECT = """\
[project]
name = "NAME"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["limelight"]

[project.optional-dependencies]
dev = ["pytest", "pytest-trio", "watchfiles"]

[tool.setuptools]
py-modules = ["app"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
trio_mode = true
"""

README = """\
# NAME

    limelight dev app:app        # http://127.0.0.1:8000; a saved file shows at once
    python -m pytest             # the tests
    limelight doctor app:app     # versions, settings, secret, Redis, PostgreSQL

- `app.py` holds the page's state and handlers, `templates/` what it looks like.
- `/_supervision` shows what runs. Press "Fail" on the page and look there.

## Serve it

    SECRET_KEY=... limelight serve app:app --workers 2 --bind 127.0.0.1:8000

`deploy/` has a unit for systemd and settings for nginx and Caddy; `Dockerfile` makes a container.
"""

DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /srv/NAME
COPY pyproject.toml app.py ./
COPY templates templates
COPY static static
RUN pip install --no-cache-dir .
RUN useradd --system NAME
USER NAME
EXPOSE 8000
# SIGTERM drains: views are saved, browsers come back to another worker. Give it the time.
STOPSIGNAL SIGTERM
# Start it with: docker run -e SECRET_KEY=... -p 8000:8000 --stop-timeout 30 NAME
CMD ["limelight", "serve", "app:app", "--workers", "2", "--bind", "0.0.0.0:8000"]
"""

UNIT = """\
[Unit]
Description=NAME
After=network.target

[Service]
User=NAME
WorkingDirectory=/srv/NAME
# SECRET_KEY=... and, where there are any, REDIS_URL and DATABASE_URL
EnvironmentFile=/etc/NAME.env
ExecStart=/srv/NAME/.venv/bin/limelight serve app:app --workers 2 --bind unix:/run/NAME/socket
# All workers are renewed, one after the other; no page is lost.
ExecReload=/bin/kill -HUP $MAINPID
RuntimeDirectory=NAME
Restart=on-failure
TimeoutStopSec=30
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
"""

NGINX = """\
upstream NAME {
    server unix:/run/NAME/socket;
}

server {
    listen 80;
    server_name example.com;

    location / {
        proxy_pass http://NAME;
        proxy_http_version 1.1;
        # Live pages compare the host with the Origin that the browser sends.
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        # Longer than LIVE_SILENCE_SECONDS, so that nginx is not the one who hangs up.
        proxy_read_timeout 120s;
    }
}
"""

CADDY = """\
example.com {
    reverse_proxy unix//run/NAME/socket
}
"""

GITIGNORE = """\
.venv/
.limelight/
.pytest_cache/
__pycache__/
"""

FILES = {
    "app.py": APP,
    "templates/layout.html": LAYOUT,
    "templates/home.html": HOME,
    "static/style.css": STYLE,
    "tests/test_home.py": TEST,
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    "Dockerfile": DOCKERFILE,
    "deploy/NAME.service": UNIT,
    "deploy/nginx.conf": NGINX,
    "deploy/Caddyfile": CADDY,
    ".gitignore": GITIGNORE,
}
