"""Where a view and the behaviours that every view includes become one class."""

from __future__ import annotations

from limelight.mixins.activity import ActivityBehaviour
from limelight.mixins.async_work import AsyncWorkBehaviour
from limelight.mixins.flash import FlashBehaviour
from limelight.mixins.model_binding import ModelBindingBehaviour
from limelight.mixins.notification import NotificationBehaviour
from limelight.mixins.page_metadata import PageMetadataBehaviour
from limelight.mixins.streaming import StreamingBehaviour
from limelight.mixins.streams import StreamsBehaviour
from limelight.server.view import View


class LiveView(
    StreamingBehaviour,
    StreamsBehaviour,
    NotificationBehaviour,
    AsyncWorkBehaviour,
    ModelBindingBehaviour,
    FlashBehaviour,
    PageMetadataBehaviour,
    ActivityBehaviour,
    View,
):
    """A page that is alive: an actor on the server whose state the browser follows.

    Its public attributes are its state and what its template sees::

        class Counter(LiveView):
            template = "<h1>{{ count }}</h1><button dj-click='increment'>+1</button>"

            def mount(self, request, **params):
                self.count = 0

            @event_handler()
            def increment(self):
                self.count += 1
    """

    __slots__ = ()
