"""What can go wrong between actors, for programs that want to catch it."""

from __future__ import annotations

import trio


class ActorError(Exception):
    """The base of the errors of actors."""


class MailboxFull(ActorError):
    """A mailbox had no room for a message that must not be dropped."""


class ActorEnded(ActorError):
    """The actor behind an address has ended and reads no more messages."""


class AskTimeout(ActorError, trio.TooSlowError):
    """No answer came in time. The question is skipped if it was not begun."""


class QuestionFailed(ActorError):
    """The handler of a question raised; its exception is the cause of this one."""


class UnhandledMessage(ActorError):
    """An actor was told something that it has no handler for."""


class StartTimeout(ActorError):
    """An actor did not finish starting before its deadline."""


class StopTimeout(ActorError):
    """An actor did not finish stopping before its deadline and was cancelled."""


class ChildStartFailed(ActorError):
    """A child failed in its first start; what it raised is the cause of this one."""


class TooManyChildren(ActorError):
    """A supervisor has as many children as its policy allows."""


class SupervisorGaveUp(ActorError):
    """A supervisor's children failed more often than its policy allows."""


class ActorNotFound(ActorError, LookupError):
    """No actor of that name is here."""
