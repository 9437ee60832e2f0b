"""The log: `configure_logs()` for an application that another server than our own runs."""

from __future__ import annotations

from limelight.server.logs import configure_logs

__all__ = ["configure_logs"]
