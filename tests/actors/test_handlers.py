"""Handlers are found by the type of the message, along the MRO of the actor's class."""

from __future__ import annotations

import pytest

from limelight.actors import (
    Actor,
    ChildSpec,
    Message,
    Question,
    QuestionFailed,
    UnhandledMessage,
    handles,
    open_supervisor,
)
from limelight.actors.handlers import collect_handlers


class Greeting(Message):
    """Say something."""


class FormalGreeting(Greeting):
    """Say something politely."""


class GetName(Question[str]):
    """Who are you?"""


class GetWords(Question[list[str]]):
    """What was said to you?"""


class Listener(Actor):
    def __init__(self) -> None:
        self.words: list[str] = []

    @handles(Greeting)
    def greet(self, _: Greeting) -> None:
        self.words.append("hello")

    @handles(GetWords)
    async def get_words(self, _: GetWords) -> list[str]:
        return self.words


async def heard(actor_class: type[Listener], *messages: object) -> list[str]:
    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(ChildSpec(actor_class, "listener"))
        for message in messages:
            address.tell(message)
        return await address.ask(GetWords())


async def test_plain_and_async_methods_handle_messages() -> None:
    assert await heard(Listener, Greeting(), Greeting()) == ["hello", "hello"]


async def test_a_subclass_overrides_a_handler_by_its_name() -> None:
    class Gruff(Listener):
        def greet(self, _: Greeting) -> None:
            self.words.append("hmpf")

    assert await heard(Gruff, Greeting()) == ["hmpf"]


async def test_the_handler_of_a_base_message_gets_subclasses_too() -> None:
    assert await heard(Listener, FormalGreeting(), FormalGreeting()) == ["hello", "hello"]


async def test_the_nearest_message_class_wins() -> None:
    class Polite(Listener):
        @handles(FormalGreeting)
        def greet_formally(self, _: FormalGreeting) -> None:
            self.words.append("good day")

    assert await heard(Polite, FormalGreeting(), Greeting()) == ["good day", "hello"]


async def test_one_method_may_handle_several_types() -> None:
    class Any(Listener):
        @handles(int, str)
        def note(self, message: object) -> None:
            self.words.append(str(message))

    assert await heard(Any, 1, "two") == ["1", "two"]


def test_two_handlers_for_one_type_are_an_error_that_names_both() -> None:
    with pytest.raises(TypeError, match=r"Twice has two handlers for Greeting: greet\(\) and wave"):

        class Twice(Listener):
            @handles(Greeting)
            def wave(self, _: Greeting) -> None:
                """Never made."""


def test_handlers_of_two_bases_that_collide_are_an_error() -> None:
    class Waver(Actor):
        @handles(Greeting)
        def wave(self, _: Greeting) -> None:
            """Collides with greet."""

    with pytest.raises(TypeError, match="two handlers for Greeting"):
        type("Both", (Listener, Waver), {})


def test_a_redefinition_with_other_types_replaces_the_former_ones() -> None:
    class Changed(Listener):
        @handles(int)
        def greet(self, _: object) -> None:
            """Counts instead."""

    assert set(collect_handlers(Changed)) == {int, GetWords}


def test_none_in_place_of_a_handler_removes_it() -> None:
    deaf = type("Deaf", (Listener,), {"greet": None})
    assert set(collect_handlers(deaf)) == {GetWords}


@pytest.mark.parametrize("wrong", [(), ("Greeting",), (Greeting(),)])
def test_handles_expects_types(wrong: tuple[type, ...]) -> None:
    with pytest.raises(TypeError, match="@handles expects"):
        handles(*wrong)


async def test_a_message_without_a_handler_fails_the_actor_with_a_hint() -> None:
    class GetNames(Question[str]):
        """A misspelt question."""

    class Named(Listener):
        @handles(GetName)
        def get_name(self, _: GetName) -> str:
            return "ada"

    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(ChildSpec(Named, "named"))
        with pytest.raises(QuestionFailed) as caught:
            await address.ask(GetNames())
    assert isinstance(caught.value.__cause__, UnhandledMessage)
    assert 'Named has no handler for "GetNames". Did you mean "GetName"?' in str(caught.value)


async def test_the_machinery_leaves_nothing_among_the_authors_attributes() -> None:
    class Bare(Listener):
        @handles(GetName)
        def get_name(self, _: GetName) -> str:
            return ",".join(vars(self))

    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(ChildSpec(Bare, "bare"))
        assert await address.ask(GetName()) == "words"


async def test_handlers_may_be_named_like_verbs_of_addresses() -> None:
    class Busy(Actor):
        @handles(int)
        def run(self, _: int) -> None: ...

        @handles(str)
        def send(self, _: str) -> None: ...

        @handles(GetName)
        def stop(self, _: GetName) -> str:
            return "stopped"

        @handles(float)
        def tell(self, _: float) -> None: ...

        @handles(bytes)
        def address(self, _: bytes) -> None: ...

        @handles(list)
        def nursery(self, _: list[int]) -> None: ...

    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(ChildSpec(Busy, "busy"))
        for message in (1, "2", 3.0, b"4", [5]):
            address.tell(message)
        assert await address.ask(GetName()) == "stopped"
