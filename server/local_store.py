"""A worker's access to the store of its launcher."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .local_asking import LocalAsker, LocalLink
from .local_store_messages import (
    Answer,
    Delete,
    Found,
    Load,
    Question,
    Recall,
    Save,
    Saved,
    Take,
    decode_from_store,
)
from .stores import Stored, StoreUnavailable, ignore_recall


class LocalStore(LocalAsker):
    """Asks the launcher for saved views. The connection itself is `LocalStoreLink`'s."""

    asked = "store"
    unavailable = StoreUnavailable

    def __init__(self, path: str, answer_seconds: float) -> None:
        super().__init__(path, answer_seconds)
        self.on_recall: Callable[[str], None] = ignore_recall

    async def save(
        self, states: Mapping[str, bytes], seconds: float, *, release: bool = False
    ) -> list[str]:
        answer = await self._ask(Save(next(self.numbers), dict(states), seconds, release))
        return answer.refused if isinstance(answer, Saved) else []

    async def load(self, view_id: str) -> Stored | None:
        return _stored(await self._ask(Load(next(self.numbers), view_id)))

    async def take(self, view_id: str, former: str) -> Stored | None:
        return _stored(await self._ask(Take(next(self.numbers), view_id, former)))

    async def recall(self, view_id: str, owner: str) -> None:
        await self._ask(Recall(next(self.numbers), view_id, owner))

    async def delete(self, view_ids: Sequence[str]) -> None:
        await self._ask(Delete(next(self.numbers), list(view_ids)))

    async def _ask(self, question: Question) -> Answer:
        answer: Answer = await self.ask(question.number, question)
        return answer

    def take_in(self, encoded: bytes) -> None:
        message = decode_from_store(encoded)
        if isinstance(message, Recall):
            self.on_recall(message.view_id)
        else:
            self.answered(message)


class LocalStoreLink(LocalLink):
    """Keeps the connection to the launcher's store."""


def _stored(answer: Answer) -> Stored | None:
    return Stored(answer.state, answer.owner) if isinstance(answer, Found) else None
