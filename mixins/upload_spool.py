"""Where the bytes of an upload go: a file of its own in the folder for uploads.

All of this blocks, so it runs in the threads for the disk.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .upload_checks import LOOKED_AT_BYTES

#: The janitor knows both endings.
SPOOLED, RECORD = ".part", ".json"
COPIED_BYTES = 1_048_576


class Claim(msgspec.Struct, frozen=True):
    """By what an unfinished file is known again: who sent it, and which file it is."""

    #: A digest: whoever can read the folder learns no session from it.
    owner: str
    upload: str
    client_name: str
    size: int
    modified: int
    #: Of the file's beginning, as the browser made it. Empty if it could not: not resumed then.
    digest: str
    chunk_size: int

    @property
    def prefix(self) -> str:
        return self.owner[:24]


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder in which uploads of all workers lie until they are taken out."""

    path: Path
    #: An unfinished file that was not touched for so long is nobody's.
    seconds: float

    @classmethod
    def of(cls, configured: str, seconds: float) -> Folder:
        """Return the configured folder, made if need be; else one for temporary files."""
        path = Path(configured or Path(tempfile.gettempdir(), f"limelight-uploads-{os.getuid()}"))
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not configured and path.stat().st_uid != os.getuid():
            raise PermissionError(
                f"{path} belongs to somebody else. Set LIVE_UPLOAD_DIR to a folder of your own."
            )
        return cls(path, seconds)

    def used_by(self, claim: Claim) -> int:
        """Return how many bytes an owner's files have, or will have."""
        return sum(found.size for _, found in self._claims(claim.prefix))

    def open(self, claim: Claim) -> Spool:
        """Go on with the file that this claim is about, or begin an empty one."""
        for path, found in self._claims(claim.prefix) if claim.digest else ():
            is_young = found == claim and path.stat().st_mtime > time.time() - self.seconds
            spool = self._take_up(path, claim) if is_young else None
            if spool is not None:
                return spool
        return Spool.begin(self._new_path(claim), claim)

    def _take_up(self, path: Path, claim: Claim) -> Spool | None:
        """Hold the file if nobody does; else begin with a copy of what is there."""
        spool = Spool.hold(path, claim)
        if spool is None and path.exists():
            spool = Spool.begin(self._new_path(claim), claim)
            spool.copy_from(path, claim)
        if spool is not None and not claim.digest.startswith(spool.head_digest(claim.size)):
            spool.delete()
            return None
        return spool

    def _new_path(self, claim: Claim) -> Path:
        return self.path / f"{claim.prefix}-{secrets.token_hex(12)}{SPOOLED}"

    def _claims(self, prefix: str) -> Iterator[tuple[Path, Claim]]:
        for record in self.path.glob(f"{prefix}-*{RECORD}"):
            path = record.with_suffix(SPOOLED)
            try:
                yield path, _decode(record.read_bytes())
            except (FileNotFoundError, msgspec.MsgspecError):
                continue  # Swept, or half written: nobody's.


#: The browser's digest is of so many bytes at the beginning.
DIGEST_BYTES = 65_536


class Spool:
    """One file that is being filled. Whoever has a spool open holds a lock on its file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = 0
        self.head = b""
        self._descriptor = descriptor
        self._sum = hashlib.sha256()
        # A thread may still write when the view has gone: the descriptor must stay until then.
        self._lock = threading.Lock()

    @classmethod
    def begin(cls, path: Path, claim: Claim) -> Spool:
        """Make an empty file, and the record by which it is found again."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        path.with_suffix(RECORD).write_bytes(msgspec.json.encode(claim))
        return cls(path, descriptor)

    @classmethod
    def hold(cls, path: Path, claim: Claim) -> Spool | None:
        """Go on with a file, up to its last whole chunk; None if it is gone or held."""
        descriptor = _locked(path, fcntl.LOCK_EX)
        if descriptor is None:
            return None
        spool = cls(path, descriptor)
        whole = _whole(path, claim)
        os.truncate(descriptor, whole)
        os.utime(descriptor)
        for part in _parts(descriptor, whole):
            spool._sum.update(part)
            spool._took([part])
        return spool

    @classmethod
    def finished(cls, path: Path, size: int) -> Spool | None:
        """Keep a whole file from the janitor; None if it is gone. Others may keep it as well."""
        descriptor = _locked(path, fcntl.LOCK_SH)
        if descriptor is None:
            return None
        spool = cls(path, descriptor)
        spool.size = size
        return spool

    def reopen(self) -> bool:
        """Go on after `release`; False if somebody else has changed or taken the file."""
        if self.is_open:
            return True
        descriptor = _locked(self.path, fcntl.LOCK_EX)
        if descriptor is None:
            return False
        if os.fstat(descriptor).st_size != self.size:
            os.close(descriptor)
            return False
        os.utime(descriptor)
        self._descriptor = descriptor
        return True

    def finish(self) -> None:
        """Nothing more is written: others may read."""
        with self._lock:
            if self.is_open:
                fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def copy_from(self, path: Path, claim: Claim) -> None:
        """Begin with what another worker has, whose lost socket it has not noticed yet."""
        with path.open("rb") as source:
            for part in _parts(source.fileno(), _whole(path, claim)):
                self.write([part])

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Add parts behind what is there."""
        with self._lock:
            if not self.is_open:
                raise OSError(errno.EBADF, "the file was let go of")
            for part in parts:
                self._sum.update(part)
            _write_all(self._descriptor, parts, self.size)
            self._took(parts)

    def tail(self) -> bytes:
        """Return the end of the file."""
        with self._lock:
            start = max(0, self.size - LOOKED_AT_BYTES)
            return os.pread(self._descriptor, LOOKED_AT_BYTES, start) if self.is_open else b""

    def head_digest(self, size: int) -> str:
        """Return the digest of the beginning that the browser has made, as far as it is here."""
        wanted = min(size, DIGEST_BYTES)
        if self.size < wanted:
            return ""
        return hashlib.sha256(os.pread(self._descriptor, wanted, 0)).hexdigest()

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()

    @property
    def is_open(self) -> bool:
        return self._descriptor >= 0

    def release(self) -> None:
        """Let others go on with the file."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor >= 0:
                os.close(descriptor)

    def __del__(self) -> None:
        self.release()

    def delete(self) -> None:
        """Take the file away. What is open on it can still be read."""
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(RECORD).unlink(missing_ok=True)
        self.release()

    def _took(self, parts: Sequence[bytes | memoryview]) -> None:
        for part in parts:
            if len(self.head) < LOOKED_AT_BYTES:
                self.head += bytes(part[: LOOKED_AT_BYTES - len(self.head)])
            self.size += len(part)


def _locked(path: Path, kind: int) -> int | None:
    """Open a file with a lock; None if it is gone or held by somebody else."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
    os.close(descriptor)
    return None


def _whole(path: Path, claim: Claim) -> int:
    """Return how much of a file can be relied on: all of it, or its whole chunks."""
    size = path.stat().st_size
    return size if size == claim.size else size // claim.chunk_size * claim.chunk_size


def _parts(descriptor: int, size: int) -> Iterator[bytes]:
    for start in range(0, size, COPIED_BYTES):
        yield os.pread(descriptor, min(COPIED_BYTES, size - start), start)


def _write_all(descriptor: int, parts: Sequence[bytes | memoryview], offset: int) -> None:
    written = os.pwritev(descriptor, parts, offset)
    if written < sum(len(part) for part in parts):
        # A nearly full disk takes a part; the rest then raises what is wrong.
        rest = memoryview(b"".join(parts))[written:]
        while rest:
            step = os.pwrite(descriptor, rest, offset + written)
            written, rest = written + step, rest[step:]


_decode = msgspec.json.Decoder(Claim).decode
