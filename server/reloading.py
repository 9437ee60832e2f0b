"""`limelight dev`: what is saved in the editor is on the page a moment later, state included."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import watchfiles

from .launch_options import Note
from .launcher import Launcher
from .launcher_process import WorkerProcess

log = logging.getLogger("limelight.dev")
logging.getLogger("watchfiles").setLevel(logging.WARNING)

#: Files that an application is made of.
WATCHED = frozenset({".py", ".html", ".jinja", ".jinja2", ".j2", ".css", ".js", ".svg", ".toml"})
#: An editor that saves several files has finished after so many milliseconds of quiet.
QUIET_MILLISECONDS, LONGEST_MILLISECONDS = 20, 400


class ReloadingLauncher(Launcher):
    """A launcher with one worker, and a second one that has already imported everything else.

    When a file is saved, that one imports the application and takes over; the views of the
    first move to it through the store. If it cannot, the first goes on and its pages say why.
    """

    async def ready(self) -> None:
        standby = self._start(is_standby=True)
        log.info("watching %s", ", ".join(map(str, self._folders())))
        changes = watchfiles.awatch(
            *self._folders(),
            watch_filter=_OnlyWatched(),
            step=QUIET_MILLISECONDS,
            debounce=LONGEST_MILLISECONDS,
        )
        async for changed in changes:
            log.info("%s", _said(Path(path) for _, path in changed))
            await standby.say(Note("go"))
            if not await self.replace(0, standby):
                await self._workers[0].say(Note("notice", standby.complaint))
            standby = self._start(is_standby=True)

    async def _retire(self, former: WorkerProcess) -> None:
        # A browser's idle connection may hold it for seconds; the next file that is saved
        # must not wait for that.
        self._nursery.start_soon(self._end, former)

    def _folders(self) -> list[Path]:
        place = Path(self.options.application.partition(":")[0])
        folders = {Path.cwd()}
        if place.suffix == ".py" and not place.resolve().is_relative_to(Path.cwd()):
            folders = {place.resolve().parent}
        return sorted(folders)


class _OnlyWatched(watchfiles.DefaultFilter):
    """Leaves out what version control, caches and editors write."""

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        return Path(path).suffix in WATCHED and super().__call__(change, path)


def _said(paths: Iterable[Path]) -> str:
    names = sorted({path.name for path in paths})
    return f"{', '.join(names[:5])}{' and others' if len(names) > 5 else ''} saved"
