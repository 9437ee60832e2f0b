"""The behaviours that a live view is made of."""

from __future__ import annotations

if __name__ != "limelight.mixins":
    raise ImportError("This folder is installed as limelight.mixins; import it by that name.")

from .activity import ActivityMixin
from .async_work import AsyncResult, AsyncWorkMixin, Interrupted
from .cursor_board import color_of
from .draft_mode import DraftModeMixin
from .flash import FlashMixin
from .form import FormMixin
from .live_cursor import LiveCursorMixin
from .login_required import LoginRequiredMixin
from .model_binding import ModelBindingMixin
from .notification import NotificationMixin, notify_on_save
from .page_metadata import PageMetadataMixin
from .permission_required import PermissionRequiredMixin
from .presence import PresenceMixin
from .react import ReactComponents, ReactMixin
from .streaming import StreamingMixin, StreamTooLong
from .streams import StreamsMixin
from .upload import UploadMixin
from .wizard import WizardMixin

__all__ = [
    "ActivityMixin",
    "AsyncResult",
    "AsyncWorkMixin",
    "DraftModeMixin",
    "FlashMixin",
    "FormMixin",
    "Interrupted",
    "LiveCursorMixin",
    "LoginRequiredMixin",
    "ModelBindingMixin",
    "NotificationMixin",
    "PageMetadataMixin",
    "PermissionRequiredMixin",
    "PresenceMixin",
    "ReactComponents",
    "ReactMixin",
    "StreamTooLong",
    "StreamingMixin",
    "StreamsMixin",
    "UploadMixin",
    "WizardMixin",
    "color_of",
    "notify_on_save",
]
