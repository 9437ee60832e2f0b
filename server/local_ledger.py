"""A worker's access to the ledger of presence that its launcher keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

import trio

from ..actors import Backoff
from .local_asking import LocalAsker, LocalLink
from .local_ledger_messages import (
    Ended,
    EndNode,
    Ledgers,
    Names,
    Question,
    Read,
    Renew,
    Renewed,
    Write,
    WriteAll,
    decode_answer,
)
from .presence_ledger import Ledger, LedgerUnavailable, NodeEntry
from .presence_room import Member

RETRY = Backoff(first=0.1, limit=1.0, jitter=0.5)


class LocalLedger(LocalAsker):
    """A `PresenceLedger`: asks the launcher, for one worker."""

    asked = "ledger of presence"
    unavailable = LedgerUnavailable

    def __init__(self, path: str, answer_seconds: float, node: str, lease_seconds: float) -> None:
        super().__init__(path, answer_seconds)
        self._node = node
        self._lease_seconds = lease_seconds

    async def renew_lease(self) -> bool:
        answer = await self._ask(Renew(next(self.numbers), self._node, self._lease_seconds))
        return isinstance(answer, Renewed) and answer.had_not_ended

    async def write_all(
        self, own: Mapping[str, Mapping[str, Member]], versions: Mapping[str, int]
    ) -> None:
        entries = {key: NodeEntry(versions[key], [*own[key].values()]) for key in own}
        await self._ask(WriteAll(next(self.numbers), self._node, self._lease_seconds, entries))

    async def write(self, changes: Mapping[str, NodeEntry], empty: Collection[str]) -> None:
        await self._ask(Write(next(self.numbers), self._node, dict(changes), [*empty]))

    async def leave(self) -> None:
        await self._ask(EndNode(next(self.numbers), self._node))

    async def ended_nodes(self, known: Collection[str]) -> list[str]:
        answer = await self._ask(Ended(next(self.numbers), self._node, [*known]))
        return answer.nodes if isinstance(answer, Names) else []

    async def read(self, known: Mapping[str, Mapping[str, int]]) -> dict[str, Ledger]:
        asked = {key: dict(versions) for key, versions in known.items()}
        answer = await self._ask(Read(next(self.numbers), asked))
        return answer.by_key if isinstance(answer, Ledgers) else {}

    async def _ask(self, question: Question) -> object:
        answer: object = await self.ask(question.number, question)
        return answer

    def take_in(self, encoded: bytes) -> None:
        self.answered(decode_answer(encoded))


class LocalLedgerLink(LocalLink):
    """Keeps the connection to the ledger, or tries again: a worker can serve without it."""

    async def started(self) -> None:
        stream = await self._try_to_connect()
        self._nursery.start_soon(self._keep, stream)

    async def _try_to_connect(self) -> trio.SocketStream | None:
        try:
            return await self._connect()
        except OSError:
            return None

    async def _keep(self, stream: trio.SocketStream | None) -> None:
        failures = 0
        while True:
            if stream is not None:
                failures = 0
                # Whoever waits for an answer is told.
                with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await self._read(stream)
            failures += 1
            await trio.sleep(RETRY.delay(failures))
            stream = await self._try_to_connect()
