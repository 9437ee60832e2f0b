"""An application that tells what happened to it: mounts and lives counted, views killed."""

from __future__ import annotations

from typing import Any

from examples.counter import Counter
from limelight import LiveApp, Request, event_handler
from limelight.server.view_messages import Crash


class Witness(Counter):
    template = f"""{Counter.template}
    <label>Note <input name="note"></label>
    <button dj-click="die">Die</button>
    <p>{{{{ mounts }}}} mounts, {{{{ lives }}}} lives</p>
    """

    _mounts = 0
    _lives = 0

    def __init__(self) -> None:
        super().__init__()
        Witness._lives += 1

    def mount(self, request: Request, **params: Any) -> None:
        super().mount(request, **params)
        Witness._mounts += 1

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(mounts=Witness._mounts, lives=Witness._lives, **kwargs)

    @event_handler()
    def die(self) -> None:
        self._address.tell(Crash("a journey asked for it"))


app = LiveApp(__name__)
app.live("/", Witness)
