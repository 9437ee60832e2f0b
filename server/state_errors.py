"""What is said of state that cannot be saved or loaded."""

from __future__ import annotations


class TypeNotSavable(TypeError):
    """A value of this type cannot be saved; `reason` says why."""

    def __init__(self, kind: type, reason: str) -> None:
        super().__init__(f"{kind.__module__}.{kind.__qualname__} cannot be saved: {reason}.")
        self.kind = kind


class StateNotSavable(TypeError):
    """One attribute of a view cannot be saved, so the view is not."""

    def __init__(self, attribute: str, refusal: Exception | str) -> None:
        super().__init__(f"The attribute {attribute!r} cannot be saved. {refusal}")
        self.attribute = attribute


class StateTooLarge(StateNotSavable):
    """A view's state is larger than LIVE_STATE_BYTES allows."""

    def __init__(self, attribute: str, size: int, limit: int) -> None:
        super().__init__(
            attribute,
            f"The view's state has {size} bytes and this is its largest part; LIVE_STATE_BYTES "
            f"allows {limit}. Keep less in the view, or raise the setting.",
        )


class StateNotLoadable(Exception):
    """Saved state is forged, too old, another visitor's, or of classes that have changed."""
