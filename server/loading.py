"""Finds the application that a command line names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from .handlers import suggestion

DEFAULT_NAME = "app"


class ApplicationNotFound(Exception):
    """What the command line names is no application."""


def load_application(name: str) -> Callable[..., Any]:
    """Import `module:app` or `path/to/file.py:app` and return the application.

    Raises ApplicationNotFound, and whatever the module itself raises.
    """
    place, _, attribute = name.partition(":")
    attribute = attribute or DEFAULT_NAME
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = _load_file(Path(place)) if place.endswith(".py") else _import(place)
    try:
        application: object = getattr(module, attribute)
    except AttributeError:
        raise ApplicationNotFound(
            f"{place} has no {attribute!r}.{suggestion(attribute, vars(module))} "
            "Name the application as module:app."
        ) from None
    if not callable(application):
        raise ApplicationNotFound(f"{name} is no application but {application!r}.")
    return application


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise  # The module is there; something that it imports is not.
        raise ApplicationNotFound(
            f"There is no module {name!r} in {Path.cwd()}. "
            "Name the application as module:app, or give the path of its file."
        ) from None


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ApplicationNotFound(f"There is no file {path} in {Path.cwd()}.")
    sys.path.insert(0, str(path.parent.resolve()))
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    if spec is None or spec.loader is None:
        raise ApplicationNotFound(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    # Saved state finds classes by their module's name.
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
