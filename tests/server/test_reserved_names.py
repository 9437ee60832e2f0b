"""A method that would replace one of Limelight's own is refused when the class is made."""

from __future__ import annotations

import pytest

from limelight import LiveView, event_handler


@pytest.mark.parametrize("name", ["push_event", "request", "connected", "live_patch", "put_flash"])
def test_a_verb_of_every_view_cannot_be_redefined(name: str) -> None:
    with pytest.raises(TypeError, match=f"redefines '{name}', which every view has"):
        type("Shop", (LiveView,), {name: lambda self: None})


@pytest.mark.parametrize("name", ["_show", "_turn", "_drained", "_on_event"])
def test_a_private_method_of_the_actor_cannot_be_replaced_by_chance(name: str) -> None:
    with pytest.raises(TypeError, match=f"redefines '{name}'"):
        type("Shop", (LiveView,), {name: lambda self: None})


@pytest.mark.parametrize("name", ["run", "send", "stop", "tell", "ask", "address", "start"])
def test_the_words_of_actors_are_free_for_handlers(name: str) -> None:
    view = type("Shop", (LiveView,), {name: event_handler(lambda self: None)})

    assert name in view._event_handlers  # type: ignore[attr-defined]


def test_hooks_are_there_to_be_overridden() -> None:
    class Shop(LiveView):
        def mount(self, request: object, **params: object) -> None: ...
        def handle_tick(self) -> None: ...

    assert Shop.mount is not LiveView.mount


def test_a_hook_with_a_wrong_letter_is_pointed_out() -> None:
    with pytest.warns(UserWarning, match='handle_tik is no hook.*Did you mean "handle_tick"'):

        class Shop(LiveView):
            def handle_tik(self) -> None: ...


def test_a_private_handler_is_refused() -> None:
    with pytest.raises(TypeError, match="an event handler's name is public"):
        type("Shop", (LiveView,), {"_secret": event_handler(lambda self: None)})
