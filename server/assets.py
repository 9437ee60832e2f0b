"""The browser's files: one script, one stylesheet, and the script's sources in development."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from quart import Response, abort

from .. import client
from .settings import Settings

if TYPE_CHECKING:
    from quart_trio import QuartTrio

CLIENT = Path(client.__file__).parent
PREFIX = "/_live"
SOCKET_PATH = f"{PREFIX}/socket"
FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """Serves what a live page loads, under addresses that change with their content."""

    def __init__(self) -> None:
        self._serves_sources = self._is_development = False
        self._is_installed = False

    def install(self, app: QuartTrio, settings: Settings) -> None:
        """Add the routes once, even if an application runs several times, as in tests."""
        self._is_development = settings.is_development
        # An installed wheel has the bundle only.
        self._serves_sources = settings.is_development and (CLIENT / "browser/main.js").is_file()
        if not self._is_installed:
            self._is_installed = True
            app.add_url_rule(f"{PREFIX}/<path:name>", "live assets", self._answer)

    def live_head(self) -> str:
        """Return the tags that a page's head needs."""
        scripts = ["browser/main.js" if self._serves_sources else "limelight.js"]
        if self._is_development:
            scripts.append("browser/turns.js" if self._serves_sources else "turns.js")
        tags = [
            f'<meta name="limelight-socket" content="{SOCKET_PATH}">',
            f'<link rel="stylesheet" href="{self.address("limelight.css")}">',
            *(f'<script type="module" src="{self.address(one)}"></script>' for one in scripts),
        ]
        return "\n".join(tags)

    def address(self, name: str) -> str:
        """Return where a file is served; the address changes with its content."""
        digest = hashlib.sha256(self._file(name).read_bytes()).hexdigest()[:12]
        return f"{PREFIX}/{name}?v={digest}"

    def _file(self, name: str) -> Path:
        return CLIENT / name if name.startswith("browser/") else CLIENT / "static" / name

    async def _answer(self, name: str) -> Response:
        path = self._file(name)
        is_ours = path.resolve().is_relative_to(CLIENT) and path.suffix in {".js", ".css"}
        is_source = name.startswith("browser/")
        if not is_ours or not path.is_file() or (is_source and not self._serves_sources):
            abort(404)
        kind = mimetypes.types_map.get(path.suffix, "text/javascript")
        caching = "no-cache" if self._serves_sources else FOREVER
        return Response(
            path.read_bytes(),
            content_type=f"{kind}; charset=utf-8",
            headers={"Cache-Control": caching, "X-Content-Type-Options": "nosniff"},
        )
