"""The behaviours that a live view is made of."""

from __future__ import annotations

if __name__ != "limelight.mixins":
    raise ImportError("This folder is installed as limelight.mixins; import it by that name.")

from .async_work import AsyncResult, AsyncWorkMixin, Interrupted
from .flash import FlashMixin
from .page_metadata import PageMetadataMixin
from .streaming import StreamingMixin, StreamTooLong
from .streams import StreamsMixin

__all__ = [
    "AsyncResult",
    "AsyncWorkMixin",
    "FlashMixin",
    "Interrupted",
    "PageMetadataMixin",
    "StreamTooLong",
    "StreamingMixin",
    "StreamsMixin",
]
