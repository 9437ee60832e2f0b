"""The application, its pages, sockets and rendering."""

from __future__ import annotations

if __name__ != "limelight.server":
    raise ImportError("This folder is installed as limelight.server; import it by that name.")
