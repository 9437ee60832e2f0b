"""UploadMixin: files that arrive in chunks, can be paused, and go on after a lost connection."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

from ..client.events import event_handler
from ..client.messages import CHUNK_HEAD
from .upload_checks import Accept
from .upload_entry import UploadedContent, UploadedFile, UploadEntry, UploadSlot, UploadSlots
from .upload_file import Offer, Slot, Upload, WriterFactory
from .upload_names import safe_name
from .upload_running import MEGABYTE, UploadRunning, Uploads

__all__ = ["UploadBehaviour", "UploadMixin"]

DEFAULT_FILE_BYTES = 10 * MEGABYTE
#: Fits into a frame of 64 KiB together with its head.
DEFAULT_CHUNK_BYTES = 61_440
SMALLEST_CHUNK_BYTES = 1_024
#: Files in one event; a browser's module offers the others in the next.
MOST_OFFERED = 100


class UploadBehaviour(UploadRunning):
    """Lets a browser send files to slots that have a name.

    What is offered, taken out and cancelled belongs to turns, and is undone with them. The
    bytes arrive beside the turns, in tasks that end with the view.
    """

    __slots__ = ()

    @cached_property
    def _upload_slots(self) -> dict[str, Slot]:
        return {}

    # --- for the author -----------------------------------------------------------------

    def allow_upload(
        self,
        name: str,
        accept: str | Iterable[str],
        max_entries: int = 1,
        max_file_size: int = DEFAULT_FILE_BYTES,
        chunk_size: int = DEFAULT_CHUNK_BYTES,
        auto_upload: bool = True,
        writer: WriterFactory | None = None,
    ) -> None:
        """Let files be uploaded under a name, usually in `mount`.

        `accept` is what the attribute of an input may say: ".jpg,.png", "image/*", "*". Sizes
        are in bytes. Without `auto_upload` a file is sent when its form is submitted. A
        `writer` gets the bytes instead of a temporary file: it is called with the entry.
        Raises ValueError for what cannot be.
        """
        largest = self._setting("frame_bytes") - CHUNK_HEAD.size
        if not name.isidentifier():
            raise ValueError(f"{name!r} is no name for an upload: expected such as 'avatar'.")
        if max_entries < 1 or max_file_size < 1:
            raise ValueError(
                f'Upload "{name}": max_entries={max_entries} and max_file_size={max_file_size} '
                "must be at least 1."
            )
        if not SMALLEST_CHUNK_BYTES <= chunk_size <= largest:
            raise ValueError(
                f'Upload "{name}": chunk_size={chunk_size} must be between '
                f"{SMALLEST_CHUNK_BYTES} and {largest} (LIVE_FRAME_BYTES without the head)."
            )
        former = self._upload_slots.get(name)
        slot = Slot(
            name,
            Accept.read(accept),
            max_entries,
            max_file_size,
            chunk_size,
            auto_upload,
            writer,
            former.refs if former else (),
        )
        self._upload_slots = {**self._upload_slots, name: slot}

    def consume_uploaded_entries(self, name: str) -> list[UploadedFile]:
        """Take out the files that are complete, in the order in which they were chosen.

        Each can be taken once. If the turn fails they are there again. Files that are still
        on their way stay.
        """
        slot = self._upload_slot(name)
        taken = [one for one in self._uploads_of(slot) if one.status == "done"]
        files = [file for upload in taken if (file := self._uploaded_file(upload)) is not None]
        self._drop_uploads(slot, [upload.ref for upload in taken])
        return files

    def upload_entries(self, name: str) -> tuple[UploadEntry, ...]:
        """Return the files under a name and how far they are, as the template sees them."""
        return self._upload_slot_shown(self._upload_slot(name)).entries

    @event_handler()
    def cancel_upload(self, name: str, ref: str) -> None:
        """Stop an upload and forget its file; a refused one goes from the list.

        A button may call it: `dj-click="cancel_upload"` with the name and the entry's ref.
        """
        self._drop_uploads(self._upload_slot(name), [ref])

    @event_handler()
    def pause_upload(self, name: str, ref: str) -> None:
        """Stop an upload for a while; others go on in its place."""
        for upload in self._uploads_of(self._upload_slot(name)):
            if upload.ref == ref and upload.status in ("waiting", "sending"):
                upload.status = "paused"
                upload.news = ["hold", ref]
                upload.hold()
        self._run_waiting_uploads()

    @event_handler()
    def resume_upload(self, name: str, ref: str) -> None:
        """Go on with an upload that is paused, or try again with one that has failed."""
        for upload in self._uploads_of(self._upload_slot(name)):
            if upload.ref == ref and upload.status in ("paused", "failed", "refused"):
                upload.status, upload.error = "waiting", ""
        self._run_waiting_uploads()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        slots = {name: self._upload_slot_shown(slot) for name, slot in self._upload_slots.items()}
        return super().get_context_data(uploads=UploadSlots(slots), **kwargs)

    def _upload_slot_shown(self, slot: Slot) -> UploadSlot:
        entries = tuple(upload.entry() for upload in self._uploads_of(slot))
        return UploadSlot(
            slot.name, entries, slot.accept.attribute, slot.max_entries, slot.max_file_size
        )

    # --- what the browser's module asks for -------------------------------------------------

    @event_handler()
    def offer_uploads(
        self,
        name: str,
        files: list[Offer],
        more: bool = False,
    ) -> None:
        """Take note of files that were chosen, or that a page still has after a reconnect.

        `more`: they were chosen together with those that were offered before.
        """
        slot = self._upload_slot(name)
        if len(files) > MOST_OFFERED:
            raise ValueError(
                f"{len(files)} files were offered at once; at most {MOST_OFFERED} are."
            )
        fresh = [offer for offer in files if self._uploads_here.find(offer.ref) is None]
        if fresh and not more:
            self._make_room_for_uploads(slot)
        for offer in files:
            known = self._uploads_here.find(offer.ref)
            if known is not None:
                known.offered_again(offer)
            elif offer.ref in self._uploads_here.ended:
                self._uploads_here.tell_end(offer.ref)
            else:
                self._take_upload_offer(offer, self._upload_slot(name))
        self._run_waiting_uploads()
        self._changed()

    @event_handler()
    def fail_upload(self, name: str, ref: str) -> None:
        """The browser cannot read a file any more: it was changed or taken away."""
        for upload in self._uploads_of(self._upload_slot(name)):
            if upload.ref == ref and upload.status == "sending":
                upload.stopped("failed", f'"{upload.client_name}" could not be read any more.')
                upload.hold()

    @event_handler()
    def start_uploads(self, name: str) -> None:
        """Send the files that waited for their form to be submitted."""
        for upload in self._uploads_of(self._upload_slot(name)):
            if upload.status == "chosen":
                upload.status = "waiting"
        self._run_waiting_uploads()

    def _take_upload_offer(self, offer: Offer, slot: Slot) -> None:
        starts = slot.auto_upload or offer.starts
        upload = Upload(offer, "waiting" if starts else "chosen", slot.chunk_size)
        refusal = self._upload_refusal(slot, offer, upload.client_name)
        if refusal:
            upload.stopped("refused", refusal)
        self._uploads_here.add(upload)
        self._upload_slots = {**self._upload_slots, slot.name: slot.having(offer.ref)}

    def _upload_refusal(self, slot: Slot, offer: Offer, name: str) -> str:
        taken = [one for one in self._uploads_of(slot) if not one.error]
        if len(taken) >= slot.max_entries:
            return f'"{name}" is one too many: at most {slot.max_entries} can be uploaded.'
        return self._refusal_of_offer(slot, offer, name)

    def _make_room_for_uploads(self, slot: Slot) -> None:
        """What was refused before goes; a single file is replaced by the next."""
        uploads = self._uploads_of(slot)
        refused = [one.ref for one in uploads if one.status == "refused"]
        all_refs = [one.ref for one in uploads]
        self._drop_uploads(slot, all_refs if slot.max_entries == 1 else refused)

    # --- slots ------------------------------------------------------------------------------

    def _upload_slot(self, name: str) -> Slot:
        try:
            return self._upload_slots[name]
        except KeyError:
            known = ", ".join(self._upload_slots) or "none"
            raise ValueError(
                f'No upload "{name}" was allowed. This view has: {known}. '
                f'Call self.allow_upload("{name}", ...) in mount.'
            ) from None

    def _uploads_of(self, slot: Slot) -> list[Upload]:
        found = (self._uploads_here.find(ref) for ref in slot.refs)
        return [upload for upload in found if upload is not None]

    def _drop_uploads(self, slot: Slot, refs: list[str]) -> None:
        """Forget files at the end of this turn, if it succeeds."""
        self._upload_slots = {**self._upload_slots, slot.name: slot.without(refs)}

    def _uploaded_file(self, upload: Upload) -> UploadedFile | None:
        path = upload.spool.path if upload.spool else None
        try:
            file = UploadedContent(open(path, "rb", 0)) if path else None  # noqa: SIM115
        except FileNotFoundError:
            return None
        return UploadedFile(
            upload.ref,
            upload.client_name,
            safe_name(upload.offer.name),
            upload.client_type,
            upload.size,
            upload.sha256,
            file,
            upload.result,
        )

    # --- hooks ----------------------------------------------------------------------------

    def _page_rendered(self) -> None:
        kept = {ref for slot in self._upload_slots.values() for ref in slot.refs}
        for upload in self._uploads_here.drop_all_but(kept):
            self._nursery.start_soon(self._delete_upload, upload)

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        if self._upload_slots:
            slots = [_saved_slot(slot) for slot in self._upload_slots.values()]
            saved["uploads"] = {"slots": slots, "files": self._uploads_here.saved()}
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        if "uploads" in saved:
            slots = [_loaded_slot(fields) for fields in saved["uploads"]["slots"]]
            self._upload_slots = {slot.name: slot for slot in slots}
            self._uploads_here = Uploads.loaded(saved["uploads"]["files"])


def _saved_slot(slot: Slot) -> dict[str, Any]:
    writer = slot.writer
    fields = asdict(replace(slot, writer=None))
    name = f"{writer.__module__}:{getattr(writer, '__qualname__', '')}" if writer else ""
    return {**fields, "accept": list(slot.accept.patterns), "writer": name}


def _loaded_slot(fields: dict[str, Any]) -> Slot:
    module, _, name = fields["writer"].partition(":")
    writer = getattr(sys.modules.get(module), name, None) if name else None
    return Slot(**{**fields, "accept": Accept.read(fields["accept"]), "writer": writer})


class UploadMixin(UploadBehaviour):
    """`allow_upload`, `consume_uploaded_entries` and `cancel_upload`; `uploads` in the template."""

    __slots__ = ()
