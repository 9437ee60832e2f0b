"""The fixtures that every room's tests may use; each is described where it is defined."""

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.databases",
    "tests.fixtures.serving",
]
