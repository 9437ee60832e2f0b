"""Sends an upload's bytes to a writer of the application, such as an object store's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from .upload_checks import LOOKED_AT_BYTES
from .upload_file import Writer


class WriterSink:
    """What a spool is for files, for a writer. It lives as long as the view."""

    def __init__(self, writer: Writer) -> None:
        self.size = 0
        self.head = b""
        self._tail = b""
        self._writer = writer
        self._sum = hashlib.sha256()
        self._is_open = True

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        for part in parts:
            content = bytes(part)
            self._writer.write(content)
            self._sum.update(content)
            self.head = (self.head + content)[:LOOKED_AT_BYTES] if not self.size else self.head
            self._tail = (self._tail + content)[-LOOKED_AT_BYTES:]
            self.size += len(content)

    def tail(self) -> bytes:
        return self._tail

    def finish(self) -> Any:
        self._is_open = False
        return self._writer.close()

    def reopen(self) -> bool:
        return self._is_open

    def release(self) -> None:
        """Nobody else could go on with it."""

    def delete(self) -> None:
        if self._is_open:
            self._is_open = False
            self._writer.abort()
