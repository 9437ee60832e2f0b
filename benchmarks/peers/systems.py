"""The systems that are compared: how each is installed, served and visited."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .environments import python_of
from .visitor import Visitor
from .wires.djust import DjustVisitor
from .wires.echo import EchoVisitor
from .wires.limelight import LimelightVisitor
from .wires.nicegui import NiceGUIVisitor
from .wires.pyview import PyViewVisitor

APPLICATIONS = "benchmarks.peers.applications"
MANY = "1000000"
UVICORN = ["-m", "uvicorn", "--log-level", "error", "--backlog", "2048"]
HYPERCORN = ["-m", "hypercorn", "-k", "trio", "-w", "0", "--backlog", "2048"]


@dataclass(frozen=True, slots=True)
class System:
    """One contender, or a floor: a server that only sends back what it gets."""

    name: str
    title: str
    application: str
    visit: Callable[[int, str], Visitor]
    #: Its distribution, whose version is reported; of a floor, the server.
    distribution: str
    #: The file in requirements/ that its environment is made of; "" is Limelight's own.
    requirements: str = ""
    server: str = "uvicorn"
    is_floor: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    #: Pages that it cannot have, and why.
    lacks: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return python_of(self.requirements) if self.requirements else Path(sys.executable)

    def command(self, port: int) -> list[str]:
        address = f"127.0.0.1:{port}"
        if self.server == "uvicorn":
            server = [*UVICORN, "--host", "127.0.0.1", "--port", str(port)]
        else:
            server = [*HYPERCORN, "--bind", address]
        return [str(self.python), *server, f"{APPLICATIONS}.{self.application}:app"]


ELEMENTS_ONLY_IN_NICEGUI = "its pages are templates, not elements"
NO_KEYS = "its loops know no keys"
NO_TRACKING = "its rows do not tell what changed"

SYSTEMS = (
    System(
        "limelight", "Limelight", "limelight_pages", LimelightVisitor, "limelight",
        server="hypercorn",
        environment={
            "SECRET_KEY": "benchmark",
            "LIVE_EVENTS_PER_SECOND": MANY,
            "LIVE_EVENTS_BURST": MANY,
        },
        lacks={"elements": ELEMENTS_ONLY_IN_NICEGUI},
    ),
    System(
        "pyview", "pyview", "pyview_pages", PyViewVisitor, "pyview-web", "pyview",
        lacks={"keyed": NO_KEYS, "tracked": NO_TRACKING, "elements": ELEMENTS_ONLY_IN_NICEGUI},
    ),
    System(
        "djust", "djust", "djust_pages", DjustVisitor, "djust", "djust",
        lacks={"tracked": NO_TRACKING, "elements": ELEMENTS_ONLY_IN_NICEGUI},
    ),
    System(
        "nicegui", "NiceGUI", "nicegui_pages", NiceGUIVisitor, "nicegui", "nicegui",
        lacks={"keyed": NO_KEYS, "tracked": NO_TRACKING},
    ),
    System(
        "uvicorn", "uvicorn echo", "echo_asgi", EchoVisitor, "uvicorn", "echo", is_floor=True,
    ),
    System(
        "hypercorn", "Hypercorn trio echo", "echo_asgi", EchoVisitor, "hypercorn",
        server="hypercorn", is_floor=True,
    ),
    System(
        "quart", "Quart-Trio echo", "echo_quart", EchoVisitor, "quart-trio",
        server="hypercorn", is_floor=True,
    ),
)  # fmt: skip
