"""The browser's files: one script, one stylesheet, and the script's sources in development."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from quart import Response, abort, request

from .. import client
from .settings import Settings
from .this_machine import is_this_machine

if TYPE_CHECKING:
    from quart_trio import QuartTrio

CLIENT = Path(client.__file__).resolve().parent
PREFIX = "/_live"
SOCKET_PATH = f"{PREFIX}/socket"
FOREVER = "public, max-age=31536000, immutable"
#: Scripts that exist in development only, and those of them for this machine only.
FOR_DEVELOPMENT = ("turns.js", "overlay.js", "inspector")
FOR_THIS_MACHINE = ("overlay.js", "inspector")


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

    def live_head(self, *, for_this_machine: bool = False) -> str:
        """Return the tags that a page's head needs; in development this machine gets more."""
        scripts = ["main.js" if self._serves_sources else "limelight.js"]
        if self._is_development and for_this_machine:
            # Before the next, which looks at the socket as this one leaves it.
            scripts.append("inspector.js")
        if self._is_development:
            scripts.append("turns.js")
        folder = "browser/" if self._serves_sources else ""
        addresses = [self.address(folder + script) for script in scripts]
        tags = [
            f'<meta name="limelight-socket" content="{SOCKET_PATH}">',
            f'<link rel="stylesheet" href="{self.address("limelight.css")}">',
            *(f'<script type="module" src="{one}"></script>' for one in addresses),
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
        if not self._serves(path):
            abort(404)
        kind = mimetypes.types_map.get(path.suffix, "text/javascript")
        caching = "no-cache" if self._serves_sources else FOREVER
        return Response(
            path.read_bytes(),
            content_type=f"{kind}; charset=utf-8",
            headers={"Cache-Control": caching, "X-Content-Type-Options": "nosniff"},
        )

    def _serves(self, path: Path) -> bool:
        """Tell whether whoever asks may have a file. Its name may have led anywhere."""
        real = path.resolve()
        if real.suffix not in {".js", ".css"} or not real.is_file():
            return False
        if real.is_relative_to(CLIENT / "browser"):
            if not self._serves_sources:
                return False
        elif not real.is_relative_to(CLIENT / "static"):
            return False
        if real.name.startswith(FOR_DEVELOPMENT) and not self._is_development:
            return False
        is_near = is_this_machine(request.remote_addr or "", request.host)
        return is_near or not real.name.startswith(FOR_THIS_MACHINE)
