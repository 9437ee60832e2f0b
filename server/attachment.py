"""The actor within a view: how its browser comes, is welcomed, and goes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from ..actors import MailboxFull, handles
from ..client.messages import CloseCode, Error, Joined
from .seat import Channel
from .turns import TurnActor
from .view_messages import Attach, Detached, Expired, Finished, Left


class AttachedActor(TurnActor):
    """Takes its browser in, for the first time or again, and waits for it when it has gone."""

    __slots__ = ()

    @handles(Attach)
    def _on_attach(self, attach: Attach) -> None:
        seat, join, channel = self._seat, attach.join, attach.channel
        former, seat.channel = seat.channel, channel
        seat.request = seat.request.by(attach.user)
        seat.visit += 1
        if former is not None and not former.shares_socket_with(channel):
            former.close(CloseCode.NORMAL, "the page came back over another socket")
        missed = seat.missed_since(join.epoch, join.seen)
        if missed is not None:
            self._resume(channel, missed)
        elif join.bound and seat.nonce and not seat.claimed:
            seat.begin_epoch()
            root, shapes = self._picture.adopt()
            self._welcome(channel, "adopted", root, shapes)
            self._page_begun()
        else:
            self._send_whole(channel, is_return=bool(join.token))
            self._page_begun()
        seat.claimed, seat.page = True, join.page
        self._outbox.is_dirty = True
        if seat.loss:
            self._tell_loss(seat.loss)
            seat.loss = ""
        self._browser_arrived(join.params)

    def _resume(self, channel: Channel, missed: list[bytes]) -> None:
        channel.send(
            Joined(
                "resumed",
                self._seat.epoch,
                view=channel.number,
                sequence=self._seat.sequence - len(missed),
                acknowledged=self._seat.handled,
            )
        )
        for frame in missed:
            channel.send_again(frame)

    def _send_whole(self, channel: Channel, *, is_return: bool) -> None:
        seat = self._seat
        seat.begin_epoch()
        context = self._context()
        root, shapes = self._picture.whole(context)
        self._rendered()
        # A page that comes back keeps the title of its layout; a view that it moved to has none.
        is_own = not is_return and seat.parent is None
        title = context.get("page_title") or (type(self).__name__ if is_own else "")
        self._welcome(channel, "mounted", root, shapes, str(title))

    def _welcome(
        self,
        channel: Channel,
        how: Literal["adopted", "mounted"],
        root: Any,
        shapes: dict[str, Any],
        title: str = "",
    ) -> None:
        seat = self._seat
        channel.send(
            Joined(
                how,
                seat.epoch,
                view=channel.number,
                acknowledged=seat.handled,
                shapes=shapes,
                root=root,
                token=seat.runtime.token_for(seat) if how == "mounted" else "",
                title=title,
                url=seat.request.url if how == "mounted" and seat.parent is None else "",
            )
        )

    @handles(Detached)
    def _on_detached(self, detached: Detached) -> None:
        seat = self._seat
        if seat.channel is detached.channel:
            seat.channel = None
            seat.visit += 1
            self._browser_left()
            seat.runtime.expire_later(seat, seat.runtime.settings.grace_seconds)

    @handles(Left)
    def _on_left(self, left: Left) -> None:
        if self._seat.channel is left.channel:
            self._seat.channel = None
            self._seat.visit += 1
            # What its reader asked for just before is done as well, as long as time allows.
            with suppress(MailboxFull):
                self._address.tell(Finished(self._seat.visit))

    @handles(Finished)
    def _on_finished(self, finished: Finished) -> None:
        if self._seat.channel is None and self._seat.visit == finished.visit:
            self._address.request_stop()

    @handles(Expired)
    def _on_expired(self, expired: Expired) -> None:
        if self._seat.parent is not None:
            return  # It lives as long as the view around it.
        if self._seat.channel is None and self._seat.visit == expired.visit:
            self._address.request_stop()

    def _tell_loss(self, text: str) -> None:
        seat = self._seat
        if seat.channel is not None:
            seat.channel.send(Error("lost", text, view=seat.channel.number))
            seat.is_loss_told = True
