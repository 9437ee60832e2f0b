"""The part of uploads that runs beside the turns: opening files, taking chunks, ending."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import msgspec

from .behaviour import Behaviour
from .upload_checks import UploadRefused, check_name, quoted
from .upload_file import Offer, Slot, Upload
from .upload_spool import Claim, Folder, Spool
from .upload_writer import WriterSink

log = logging.getLogger("limelight.uploads")

MEGABYTE = 1_048_576
#: Files that were taken out or cancelled, so that a page that did not hear of it is told again.
ENDED_KEPT = 200


class Uploads:
    """The files of one view by their refs. Changed in place: no failed turn brings one back."""

    def __init__(self) -> None:
        self._by_ref: dict[str, Upload] = {}
        self.ended: dict[str, None] = {}
        self._untold: list[str] = []
        #: Out of all slots, with files that are still to be deleted.
        self.leaving: set[Upload] = set()

    def __deepcopy__(self, _: object) -> Uploads:
        return self

    def find(self, ref: str) -> Upload | None:
        return self._by_ref.get(ref)

    def add(self, upload: Upload) -> None:
        self._by_ref[upload.ref] = upload

    def all(self) -> list[Upload]:
        return list(self._by_ref.values())

    def drop_all_but(self, refs: Collection[str]) -> list[Upload]:
        """Forget what stands in no slot any more, and return it."""
        dropped = [one for one in self._by_ref.values() if one.ref not in refs]
        for upload in dropped:
            del self._by_ref[upload.ref]
            self.ended[upload.ref] = None
            self.tell_end(upload.ref)
            upload.hold()
        while len(self.ended) > ENDED_KEPT:
            del self.ended[next(iter(self.ended))]
        self.leaving.update(dropped)
        return dropped

    def tell_end(self, ref: str) -> None:
        self._untold.append(ref)

    def take_news(self) -> list[list[Any]]:
        """Return what the browser has to hear, the newest of each file only."""
        told = [["end", ref] for ref in self._untold]
        self._untold = []
        for upload in self._by_ref.values():
            if upload.news is not None:
                told.append(upload.news)
                upload.news = None
        return told

    def next_waiting(self, most: int) -> list[Upload]:
        """Return the files that may begin now."""
        running = sum(upload.is_running for upload in self._by_ref.values())
        ready = [
            upload
            for upload in self._by_ref.values()
            if upload.status == "waiting" and upload.is_offered and not upload.is_running
        ]
        return ready[: max(0, most - running)]

    # --- beside the process ---------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        return {
            "ended": list(self.ended),
            "files": [_saved_file(upload) for upload in self._by_ref.values()],
        }

    @classmethod
    def loaded(cls, saved: Mapping[str, Any]) -> Uploads:
        uploads = cls()
        uploads.ended = dict.fromkeys(saved["ended"])
        for fields in saved["files"]:
            uploads.add(_loaded_file(fields))
        return uploads


class UploadRunning(Behaviour):
    """Runs the uploads of a view: at most so many at a time, each in a task of its own."""

    __slots__ = ()

    @cached_property
    def _uploads_here(self) -> Uploads:
        return Uploads()

    def _upload_slot_of(self, upload: Upload) -> Slot | None:
        slots: Mapping[str, Slot] = vars(self).get("_upload_slots", {})
        return next((one for one in slots.values() if upload.ref in one.refs), None)

    def _run_waiting_uploads(self) -> None:
        for upload in self._uploads_here.next_waiting(self._setting("upload_parallel")):
            slot = self._upload_slot_of(upload)
            if slot is not None:
                upload.is_running, upload.status = True, "sending"
                self._nursery.start_soon(self._run_upload, upload, slot)

    async def _run_upload(self, upload: Upload, slot: Slot) -> None:
        """Take one file from where it stands, as far as it comes."""
        try:
            await self._take_upload(upload, slot)
            upload.hold()
            if upload.status == "sending":
                # The browser has left, or has asked anew: it goes on when it is offered again.
                upload.status = "waiting"
            if not upload.is_offered and upload.sink is not None:
                await self._on_disk(upload.sink.release)
        finally:
            upload.is_running = False
            upload.hold()
        self._run_waiting_uploads()
        self._changed()

    async def _take_upload(self, upload: Upload, slot: Slot) -> None:
        try:
            await self._open_upload(upload, slot)
            await self._take_uploaded(upload, slot)
        except UploadRefused as refusal:
            await self._give_up_upload(upload, "refused", str(refusal))
        except OSError as error:
            log.warning("an upload could not be stored: %s", error)
            text = f'"{upload.client_name}" could not be stored: {error.strerror or error}.'
            await self._give_up_upload(upload, "failed", text)

    async def _open_upload(self, upload: Upload, slot: Slot) -> None:
        if upload.sink is not None and await self._on_disk(upload.sink.reopen):
            return
        if slot.writer is not None:
            upload.sink = WriterSink(slot.writer(upload.entry()))
            return
        upload.sink = await self._on_disk(
            partial(self._open_spool_of, self._upload_claim(upload, slot))
        )
        await self._on_disk(partial(upload.check_again, slot.accept))

    def _open_spool_of(self, claim: Claim) -> Spool:
        """Find what was sent before, or begin. Runs in a thread."""
        folder = self._upload_folder()
        spool = folder.open(claim)
        limit = self._setting("upload_session_bytes")
        if folder.used_by(claim) > limit:
            spool.delete()
            raise UploadRefused(
                f"{quoted(claim.client_name)} is too much: one visitor may have {limit} bytes of "
                "uploads under way."
            )
        return spool

    def _upload_folder(self) -> Folder:
        return Folder.of(self._setting("upload_dir"), self._setting("upload_seconds"))

    def _upload_claim(self, upload: Upload, slot: Slot) -> Claim:
        self._service("janitor").watch(self._upload_folder().path, self._setting("upload_seconds"))
        whose = f"{self.request.session_id}\0{self.request.user.auth_id or ''}"
        return Claim(
            hashlib.sha256(whose.encode()).hexdigest(),
            slot.name,
            upload.offer.name,
            upload.size,
            upload.offer.modified,
            upload.offer.digest,
            upload.chunk_size,
        )

    async def _take_uploaded(self, upload: Upload, slot: Slot) -> None:
        assert upload.sink is not None
        if not upload.is_whole:
            self._let_browser_send(upload)
        while not upload.is_whole:
            inbox = upload.inbox
            assert inbox is not None
            chunks = await inbox.take()
            if not chunks:
                return
            parts = upload.expected(chunks)
            await self._on_disk(partial(upload.store, slot.accept, parts))
            inbox.acknowledge(upload.sink.size)
            if upload.count() and not upload.is_whole:
                self._changed()
        await self._on_disk(upload.finish)
        upload.done()

    def _let_browser_send(self, upload: Upload) -> None:
        assert upload.sink is not None
        window = self._setting("upload_window")
        upload.inbox = inbox = self._open_inbox(window)
        if upload.is_offered and upload.status == "sending":
            go = [inbox.number, upload.sink.size, upload.chunk_size, window]
            upload.news = ["go", upload.ref, *go]
            self._changed()
        else:
            # It was paused, or the browser has left, while its file was looked for.
            inbox.close()

    async def _give_up_upload(self, upload: Upload, status: str, text: str) -> None:
        """Refuse a file, or let it be tried again from the beginning."""
        upload.stopped(status, text)
        upload.hold()
        sink, upload.sink = upload.sink, None
        upload.progress = 0
        if sink is not None:
            await self._on_disk(sink.delete)

    async def _delete_upload(self, upload: Upload) -> None:
        if upload.sink is not None:
            await self._on_disk(upload.sink.delete)
        self._uploads_here.leaving.discard(upload)

    async def _on_disk(self, function: Any) -> Any:
        return await self._service("disk").run(function)

    def _refusal_of_offer(self, slot: Slot, offer: Offer, name: str) -> str:
        """Return why a file cannot be taken by what is said of it, or nothing."""
        if offer.size == 0:
            return f'"{name}" is empty.'
        if offer.size > slot.max_file_size:
            return (
                f'"{name}" is too large: it has {in_words(offer.size)}, at most '
                f"{in_words(slot.max_file_size)} are taken."
            )
        try:
            check_name(slot.accept, offer.name, offer.type)
        except UploadRefused as refusal:
            return str(refusal)
        return ""

    # --- hooks ----------------------------------------------------------------------------

    def _frame_due(self) -> None:
        for news in self._uploads_here.take_news():
            self._put_effect("upload", news)

    def _browser_left(self) -> None:
        super()._browser_left()
        for upload in self._uploads_here.all():
            upload.is_offered = upload.status == "done"
            upload.news = None
            upload.hold()
            if not upload.is_running and not upload.is_offered and upload.sink is not None:
                upload.sink.release()

    async def _close(self) -> None:
        """Unfinished files stay for their time, for a page that is loaded again."""
        await super()._close()
        uploads = self._uploads_here
        for upload in uploads.leaving:
            if upload.sink is not None:
                await self._on_disk(upload.sink.delete)
        for upload in uploads.all():
            if upload.sink is not None:
                upload.sink.release()


def in_words(size: int) -> str:
    """Return a size as people say it."""
    for unit, name in ((MEGABYTE * 1024, "GB"), (MEGABYTE, "MB"), (1024, "KB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}".replace(".0 ", " ")
    return f"{size} bytes"


def _saved_file(upload: Upload) -> dict[str, Any]:
    spool = upload.spool
    return {
        "offer": msgspec.to_builtins(upload.offer),
        "status": upload.status,
        "error": upload.error,
        "progress": upload.progress,
        "chunk_size": upload.chunk_size,
        "client_type": upload.client_type,
        "sha256": upload.sha256,
        "path": str(spool.path) if spool else "",
    }


def _loaded_file(fields: dict[str, Any]) -> Upload:
    status = "waiting" if fields["status"] == "sending" else fields["status"]
    upload = Upload(msgspec.convert(fields["offer"], Offer), status, fields["chunk_size"])
    upload.error, upload.progress = fields["error"], fields["progress"]
    upload.client_type, upload.sha256 = fields["client_type"], fields["sha256"]
    upload.is_offered = status == "done"
    if status == "done":
        upload.sink = Spool.finished(Path(fields["path"]), upload.size) if fields["path"] else None
        if upload.sink is None:
            text = f'"{upload.client_name}" was lost with its server. Choose it again.'
            upload.stopped("failed", text)
    return upload
