"""Sweeps away files that nobody came back for, such as uploads that were never finished."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from functools import partial
from pathlib import Path

import trio

from ..actors import Actor
from .threads import Threads

log = logging.getLogger("limelight.janitor")

#: A file that is being filled ends so; what is said of it lies beside it, with the other ending.
SPOOLED, RECORD = ".part", ".json"
#: Looks this often within the time that a file is kept.
LOOKS = 4


class Janitor:
    """Which folders to sweep, and after how many seconds. Touched by the event loop only."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._folders: dict[Path, float] = {}
        self._has_work = trio.Event()

    def watch(self, folder: Path, seconds: float) -> None:
        """Delete from now on what lies in a folder and was not touched for so long."""
        self._folders[folder] = seconds
        self._has_work.set()

    async def work(self) -> None:
        """Sweep for ever; without a folder to watch there is nothing to wake up for."""
        await self._has_work.wait()
        while True:
            for folder, seconds in list(self._folders.items()):
                await self._threads.run(partial(sweep, folder, seconds))
            await trio.sleep(min(self._folders.values()) / LOOKS)


class JanitorActor(Actor):
    """Sweeps for as long as the application runs."""

    def __init__(self, janitor: Janitor) -> None:
        self._janitor = janitor

    async def started(self) -> None:
        self._nursery.start_soon(self._janitor.work)


def sweep(folder: Path, seconds: float) -> list[str]:
    """Delete the spooled files that were not touched for so long and that nobody holds.

    Returns their names. Whoever fills or reads one holds a lock on it.
    """
    oldest = time.time() - seconds
    swept = []
    for path in [*folder.glob(f"*{SPOOLED}"), *folder.glob(f"*{RECORD}")]:
        try:
            is_over = path.stat().st_mtime < oldest
            if is_over and (path.suffix == RECORD or delete_unless_held(path)):
                swept += _delete_record(path)
        except FileNotFoundError:
            continue  # Another worker sweeps the same folder.
        except OSError as error:
            log.warning("a file could not be swept: %s", error)
    return swept


def delete_unless_held(path: Path) -> bool:
    """Delete a file under a lock of our own, so that nobody begins to use it meanwhile."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        path.unlink()
        return True
    finally:
        os.close(descriptor)


def _delete_record(path: Path) -> list[str]:
    """Delete what is said of a file that is gone."""
    record = path.with_suffix(RECORD)
    if path.with_suffix(SPOOLED).exists():
        return []
    record.unlink(missing_ok=True)
    return [record.stem]
