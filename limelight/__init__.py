"""Limelight: pages that are alive.

Every page is an actor on the server, with its own nursery and mailbox, under a supervisor.
What it knows changes, and the browser follows within a frame.
"""

from __future__ import annotations

from limelight.client.events import event_handler
from limelight.live_view import LiveView
from limelight.server.application import LiveApp
from limelight.server.outside import DatabaseUnavailable
from limelight.server.request import Request
from limelight.server.users import Account

__all__ = ["Account", "DatabaseUnavailable", "LiveApp", "LiveView", "Request", "event_handler"]

__version__ = "0.1.0"
