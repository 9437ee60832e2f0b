"""The fixtures that every room's tests may use; each is described where it is defined."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "limelight.pytest_plugin",
    "tests.fixtures.browser",
    "tests.fixtures.databases",
    "tests.fixtures.serving",
]

# How long an example takes says more about the machine's other work than about ours.
settings.register_profile(
    "limelight", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("limelight")
