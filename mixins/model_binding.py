"""ModelBindingMixin: form controls and attributes of the view follow each other."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

from ..client.events import EventRefused, event_handler
from .behaviour import Behaviour
from .model_names import bound_names
from .model_values import Unfit, annotations_of, as_wire, fit, type_of

__all__ = ["ModelBindingBehaviour", "ModelBindingMixin"]

log = logging.getLogger("limelight.views")

NOTHING: Mapping[str, Any] = MappingProxyType({})
_MISSING = object()


class ModelBindingBehaviour(Behaviour):
    """Sets attributes that the template binds with `dj-model`, and no others.

    Whether a name may be set is read in the template's markup, where no user can write. The
    browser hears of a bound attribute when its value is another than the browser has sent.
    """

    __slots__ = ()

    #: Names that a browser may set besides those that the template binds.
    allowed_model_fields: ClassVar[Sequence[str]] = ()

    @event_handler()
    async def update_model(self, field: str, value: Any = None) -> None:
        """Set a bound attribute to what its control holds, then call `on_<field>_change`."""
        self._require_writable(field)
        if not self._has_attribute(field):
            self._warn_of_unknown(field)
            return
        try:
            fitted = fit(value, self._model_type(field))
        except Unfit as error:
            self._show_model_error(field, str(error))
            return
        if field in self._model_errors:
            self._show_model_error(field, "")
        setattr(self, field, fitted)
        # The control shows what was sent, which may be the same in other words.
        self._model_told = {**self._model_told, field: as_wire(fitted)}
        if hasattr(self, f"on_{field}_change"):
            await self._call(f"on_{field}_change", fitted)

    # --- what may be set ----------------------------------------------------------------

    def _require_writable(self, field: str) -> None:
        if field not in self._model_names:
            raise EventRefused(
                f"{type(self).__name__} binds no {field[:80]!r}. Its template names what a browser "
                "may set by dj-model; `allowed_model_fields` adds to it."
            )
        if not self._may_be_set(field):
            raise EventRefused(
                f"{field[:80]!r} cannot be bound: it is private, or one of {type(self).__name__}'s "
                "methods or of Limelight's own names."
            )

    def _may_be_set(self, field: str) -> bool:
        if not field.isidentifier() or field.startswith("_"):
            return False
        owners = [one for one in type(self).__mro__ if field in vars(one)]
        if any(one.__module__.startswith("limelight.") for one in owners):
            return False
        found = inspect.getattr_static(type(self), field, None)
        return not (callable(found) or hasattr(found, "__get__"))

    @property
    def _model_names(self) -> frozenset[str]:
        """What the template names, and what the author has allowed besides."""
        return bound_names(self._template_sources).union(self.allowed_model_fields)

    def _has_attribute(self, field: str) -> bool:
        return hasattr(self, field) or field in annotations_of(type(self))

    def _model_type(self, field: str) -> Any:
        hint = annotations_of(type(self)).get(field, Any)
        return type_of(getattr(self, field)) if hint in (Any, object) else hint

    def _warn_of_unknown(self, field: str) -> None:
        if self._is_development:
            log.warning(
                "%s's template binds %r, which is no attribute of yours: set it in mount().",
                type(self).__name__,
                field,
            )

    # --- what the browser is told ---------------------------------------------------------

    @cached_property
    def _model_errors(self) -> Mapping[str, str]:
        return NOTHING

    @cached_property
    def _models_shown(self) -> tuple[str, ...]:
        """The bound attributes, of a view whose template binds any."""
        return ()

    @cached_property
    def _model_told(self) -> Mapping[str, Any]:
        """The values that the browser knows."""
        return NOTHING

    def _show_model_error(self, field: str, error: str) -> None:
        others = {name: text for name, text in self._model_errors.items() if name != field}
        self._model_errors = {**others, field: error} if error else others
        self._put_effect("model", [{}, {field: error}])

    def _model_values(self, names: Iterable[str]) -> dict[str, Any]:
        found = {name: getattr(self, name, _MISSING) for name in names}
        return {name: as_wire(value) for name, value in found.items() if value is not _MISSING}

    # --- hooks ----------------------------------------------------------------------------

    def _add_to_context(self, context: dict[str, Any]) -> None:
        context["model_errors"] = vars(self).get("_model_errors", NOTHING)

    def _page_begun(self) -> None:
        super()._page_begun()
        names = self._model_names
        if not names:
            return
        self._models_shown = tuple(sorted(filter(self._may_be_set, names)))
        self._model_told = self._model_values(self._models_shown)
        self._put_effect("model", [self._model_told, dict(self._model_errors), True])
        for name in sorted(names):
            if name not in self._models_shown or not self._has_attribute(name):
                self._warn_of_unknown(name)

    def _page_rendered(self) -> None:
        if "_models_shown" not in vars(self):
            return
        told, now = self._model_told, self._model_values(self._models_shown)
        changed = {name: value for name, value in now.items() if told.get(name, told) != value}
        if changed:
            self._model_told = now
            self._put_effect("model", [changed, {}])


class ModelBindingMixin(ModelBindingBehaviour):
    """`update_model`, and the attribute `dj-model`. Every LiveView includes it."""

    __slots__ = ()
