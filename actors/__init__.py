"""Actors, their mailboxes and their supervisors: useful alone, knows nobody."""

from __future__ import annotations

if __name__ != "limelight.actors":
    raise ImportError("This folder is installed as limelight.actors; import it by that name.")
