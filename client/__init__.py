"""The other end of the socket: the wire's messages and a browser without a screen."""

from __future__ import annotations

if __name__ != "limelight.client":
    raise ImportError("This folder is installed as limelight.client; import it by that name.")
