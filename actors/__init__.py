"""Actors, their mailboxes and their supervisors: useful alone, knows nobody."""

from __future__ import annotations

if __name__ != "limelight.actors":
    raise ImportError("This folder is installed as limelight.actors; import it by that name.")

from .actor import Actor
from .address import Address, Ended, Reason, Watch
from .errors import (
    ActorEnded,
    ActorError,
    ActorNotFound,
    AskTimeout,
    ChildStartFailed,
    MailboxFull,
    QuestionFailed,
    StartTimeout,
    StopTimeout,
    SupervisorGaveUp,
    TooManyChildren,
    UnhandledMessage,
)
from .facts import (
    ChildCrashed,
    ChildFact,
    ChildGaveUp,
    ChildRestarted,
    ChildStarted,
    ChildStopped,
    log_fact,
)
from .handlers import handles
from .inspection import Activity, ActorState, TreeNode
from .letter import Failed
from .mailbox import Mailbox
from .message import Message, Question, WhenFull
from .policy import Backoff, ChildSpec, Policy, Restart, Strategy
from .registry import Registry
from .root import open_supervisor
from .supervisor import Supervisor

__all__ = [
    "Activity",
    "Actor",
    "ActorEnded",
    "ActorError",
    "ActorNotFound",
    "ActorState",
    "Address",
    "AskTimeout",
    "Backoff",
    "ChildCrashed",
    "ChildFact",
    "ChildGaveUp",
    "ChildRestarted",
    "ChildSpec",
    "ChildStartFailed",
    "ChildStarted",
    "ChildStopped",
    "Ended",
    "Failed",
    "Mailbox",
    "MailboxFull",
    "Message",
    "Policy",
    "Question",
    "QuestionFailed",
    "Reason",
    "Registry",
    "Restart",
    "StartTimeout",
    "StopTimeout",
    "Strategy",
    "Supervisor",
    "SupervisorGaveUp",
    "TooManyChildren",
    "TreeNode",
    "UnhandledMessage",
    "Watch",
    "WhenFull",
    "handles",
    "log_fact",
    "open_supervisor",
]
