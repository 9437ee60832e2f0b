"""The fixtures that every room's tests may use; each is described where it is defined."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.databases",
    "tests.fixtures.serving",
]

# How long an example takes says more about the machine's other work than about ours.
settings.register_profile(
    "limelight", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("limelight")

#: These run asyncio within trio. Once a browser has started, its driver's own asyncio loop
#: stays the current one of this thread, and their connections would never be closed.
BEFORE_BROWSERS = ("test_database_fixtures.py", "test_stores.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that need asyncio go first; all others keep their order."""
    items.sort(key=lambda item: item.path.name not in BEFORE_BROWSERS)
