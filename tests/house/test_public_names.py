"""The names that applications may rely on; whoever changes a list changes the promise.

A name that is added or removed here belongs into the changelog.
"""

from __future__ import annotations

import importlib

import pytest

PUBLIC_NAMES = {
    "limelight": "Account DatabaseUnavailable LiveApp LiveView Request event_handler",
    "limelight.actors": """
        Activity Actor ActorEnded ActorError ActorNotFound ActorState Address AskTimeout Backoff
        ChildCrashed ChildFact ChildGaveUp ChildRestarted ChildSpec ChildStartFailed ChildStarted
        ChildStopped Ended Failed Mailbox MailboxFull Message Policy Question QuestionFailed
        Reason Registry Restart StartTimeout StopTimeout Strategy Supervisor SupervisorGaveUp
        TooManyChildren TreeNode UnhandledMessage Watch WhenFull handles log_fact open_supervisor
    """,
    "limelight.client": """
        ElementNotFound EventFailed LocalFile NoAnswer NoHandler Page PageError PushedEvent
        SocketClosed SocketRefused UploadFailed connect
    """,
    "limelight.testing": """
        ElementNotFound EventFailed LocalFile NoAnswer NoHandler PageError PushedEvent SocketClosed
        SocketRefused UploadFailed ViewPage open_browser open_view
    """,
}


@pytest.mark.parametrize("module", PUBLIC_NAMES)
def test_a_module_offers_its_public_names_and_no_others(module: str) -> None:
    offered = importlib.import_module(module)
    assert set(offered.__all__) == set(PUBLIC_NAMES[module].split())
    assert all(hasattr(offered, name) for name in offered.__all__)


@pytest.mark.parametrize("module", PUBLIC_NAMES)
def test_every_public_name_explains_itself(module: str) -> None:
    offered = importlib.import_module(module)
    for name in offered.__all__:
        assert getattr(offered, name).__doc__, f"{module}.{name} has no docstring"


def test_the_front_door_has_about_a_dozen_names() -> None:
    assert len(PUBLIC_NAMES["limelight"].split()) <= 15
