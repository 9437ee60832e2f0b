"""The secret that signs cookies and tokens: given in production, made once in development."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .settings import Settings

DEVELOPMENT_SECRET = Path(".limelight/secret")


def secrets_of(config: Mapping[str, Any], settings: Settings) -> list[str]:
    """Return the secrets, the newest first.

    `SECRET_KEY` comes from the environment or the configuration; older keys that shall still
    be accepted are in `SECRET_KEY_FALLBACKS`. Raises RuntimeError in production without one.
    """
    newest = os.environ.get("SECRET_KEY") or config.get("SECRET_KEY")
    if newest:
        return [str(newest), *map(str, config.get("SECRET_KEY_FALLBACKS") or ())]
    if settings.is_development:
        return [_development_secret()]
    raise RuntimeError(
        "SECRET_KEY is not set. Make one with "
        "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` and put it into the "
        "environment or app.config. For development set LIVE_ENV=development instead."
    )


def _development_secret() -> str:
    """Return the key of this folder; the first of several workers makes it, the others read it."""
    path = DEVELOPMENT_SECRET
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip() or _remake(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret := secrets.token_urlsafe(32))
    return secret


def _remake(path: Path) -> str:
    """A crash may have left the file empty."""
    path.unlink()
    return _development_secret()
