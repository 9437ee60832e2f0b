"""Other processes of the application: they are asked to show themselves, and to act."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec
import trio

from ..audit import who_asks
from ..request import Request
from .actions import ActionRefused, Actions
from .looking import Look, look_at
from .views import ViewQuery

if TYPE_CHECKING:
    from .supervision import Supervision

log = logging.getLogger("limelight.supervision")

TOPIC: Final = "limelight.supervision.asked"
#: For a fresh look a page waits so long; then it shows the one before, if there is one.
LOOK_SECONDS: Final = 0.3
FIRST_LOOK_SECONDS: Final = 5.0
#: So long somebody waits to hear what came of an action.
ORDER_SECONDS: Final = 5.0
#: An order is good for so long, and for one time.
ORDER_AGE_SECONDS: Final = 30
MOST_WAITING: Final = 100
PURPOSE: Final = "order to a process"


class Asked(msgspec.Struct, frozen=True):
    """Somebody at another process wants to see this one, or wants something done here."""

    to: str
    by: str
    number: int
    query: ViewQuery = ViewQuery()
    chosen: str = ""
    #: A signed `Order`; "" if there is only to look.
    order: str = ""


class Order(msgspec.Struct, frozen=True, array_like=True):
    """What is to be done, where, and who wants it. It is signed: a topic proves nothing."""

    to: str
    by: str
    number: int
    action: str
    target: str
    who: str
    client: str


class Answered(msgspec.Struct, frozen=True):
    """A look, or what came of an order."""

    number: int
    look: Look | None = None
    outcome: str = ""
    is_refused: bool = False


class Elsewhere:
    """Asks other processes, and answers them. Belongs to the event loop's thread."""

    def __init__(self, supervision: Supervision, actions: Actions) -> None:
        self._supervision = supervision
        self._actions = actions
        self._numbers = itertools.count(1)
        #: Questions of this process by number, with their answer once it has come.
        self._asked: dict[int, tuple[trio.Event, list[Answered]]] = {}
        #: By process, what it showed last.
        self._looks: dict[str, Look] = {}
        self._done = deque[tuple[str, int]](maxlen=10 * MOST_WAITING)
        self._put, self._questions = trio.open_memory_channel[Asked](MOST_WAITING)

    # --- asking -----------------------------------------------------------------------------

    async def look(self, worker: str, query: ViewQuery, chosen: str) -> Look | None:
        """Return what another process shows, or has shown last; None if it never answered."""
        question = Asked(worker, self._id, next(self._numbers), query, chosen)
        patience = LOOK_SECONDS if worker in self._looks else FIRST_LOOK_SECONDS
        answer = await self._ask(question, patience)
        known = {node.id for node in self._supervision.others()}
        self._looks = {id: look for id, look in self._looks.items() if id in known}
        if answer is not None and answer.look is not None:
            self._looks[worker] = answer.look
        return self._looks.get(worker)

    async def perform(self, request: Request, worker: str, action: str, target: str) -> str:
        """Have another process do something; return a sentence about it.

        Raises ActionRefused if the visitor may not, and what the other process refuses.
        """
        self._actions.require_permission(request, action, target)
        number = next(self._numbers)
        who, client = who_asks(request)
        order = Order(worker, self._id, number, action, target, who, client)
        signed = self._supervision.runtime.signer.sign(PURPOSE, order)
        answer = await self._ask(
            Asked(worker, self._id, number, chosen=target, order=signed), ORDER_SECONDS
        )
        if answer is None:
            outcome = f"no answer within {ORDER_SECONDS:g} s: its own log says whether it was done"
            answer = Answered(number, outcome=f"There was {outcome}.", is_refused=True)
        self._supervision.audit.write(request, action, f"{target} at {worker}", answer.outcome)
        if answer.is_refused:
            raise ActionRefused(answer.outcome)
        return answer.outcome

    async def _ask(self, question: Asked, seconds: float) -> Answered | None:
        arrived, answers = self._asked[question.number] = trio.Event(), list[Answered]()
        self._publish(TOPIC, question)
        try:
            with trio.move_on_after(seconds):
                await arrived.wait()
        finally:
            del self._asked[question.number]
        return answers[0] if answers else None

    def hear_answer(self, message: Any) -> None:
        """Another process has answered; later than it was waited for it counts as a look only."""
        try:
            answer = msgspec.convert(message, Answered)
        except msgspec.ValidationError:
            return  # A process of another version, while all of them are renewed.
        if answer.number in self._asked:
            arrived, answers = self._asked[answer.number]
            answers.append(answer)
            arrived.set()
        elif answer.look is not None:
            self._looks[answer.look.now.node.id] = answer.look

    # --- answering --------------------------------------------------------------------------

    def hear_question(self, message: Any) -> None:
        """Somebody asks a process; it may be this one."""
        try:
            asked = msgspec.convert(message, Asked)
            if asked.to == self._id:
                self._put.send_nowait(asked)
        except (msgspec.ValidationError, trio.WouldBlock):
            return  # Of another version, or there is no time: whoever asked does not wait long.

    async def answer_all(self) -> None:
        """Answer one question after the other, for ever."""
        async for asked in self._questions:
            answer = self._obey(asked) if asked.order else await self._show(asked)
            self._publish(f"{TOPIC}.{asked.by}", answer)

    async def _show(self, asked: Asked) -> Answered:
        look = await look_at(self._supervision, self._actions, asked.query, asked.chosen)
        return Answered(asked.number, look)

    def _obey(self, asked: Asked) -> Answered:
        """Do what is ordered, once, if this application has signed it for this process."""
        try:
            order = self._read_order(asked)
            outcome = self._actions.perform_for(order.who, order.client, order.action, order.target)
        except ActionRefused as refusal:
            return Answered(asked.number, outcome=str(refusal), is_refused=True)
        return Answered(asked.number, outcome=outcome)

    def _read_order(self, asked: Asked) -> Order:
        signer = self._supervision.runtime.signer
        plain = signer.unsign(PURPOSE, asked.order, ORDER_AGE_SECONDS)
        order = msgspec.convert(plain, Order) if plain is not None else None
        if order is None or order.to != self._id or (order.by, order.number) in self._done:
            log.warning("an order from %s was not signed for this process", asked.by)
            raise ActionRefused(
                "That process does not accept the order: it is not signed with its SECRET_KEY, "
                f"or not within {ORDER_AGE_SECONDS} s by its clock."
            )
        self._done.append((order.by, order.number))
        return order

    # --- both -------------------------------------------------------------------------------

    @property
    def _id(self) -> str:
        return self._supervision.node_id

    def _publish(self, topic: str, said: Asked | Answered) -> None:
        self._supervision.runtime.service("pubsub").publish(topic, msgspec.to_builtins(said))
