"""The assistant of the chat room: a few rules that answer, where a real model may stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import trio

SECONDS_A_TOKEN = 0.04
#: What was said in the room, the oldest first: a name and a text.
Said = Sequence[tuple[str, str]]
VERBS = "have|take|want|prefer|like|choose|drink|eat|use|go for|better|is it|be|to"


class AnswererFailed(Exception):
    """No more of the answer will come; the room shows why."""


class Answerer(Protocol):
    """Whatever can answer. A real model is a class with this one method.

    Yield tokens as they come, and raise AnswererFailed if they end too soon. The room cancels
    the loop when somebody presses Stop or leaves, so close connections in a `finally`.
    """

    def answer(self, question: str, said: Said) -> AsyncGenerator[str, None]: ...


class LocalAnswerer:
    """Answers by rules, without a network: the same question always has the same answer."""

    async def answer(self, question: str, said: Said) -> AsyncGenerator[str, None]:
        for token in re.findall(r"\s*\S+", answer_to(question, said)):
            await trio.sleep(SECONDS_A_TOKEN)
            yield token


def answer_to(question: str, said: Said) -> str:
    """Return the whole answer."""
    if sum_ := re.search(r"(-?\d{1,9})\s*([-+*/x:])\s*(-?\d{1,9})", question):
        return _calculated(int(sum_[1]), sum_[2], int(sum_[3]))
    if either := re.search(r"([\w' ]+?),? or ([\w' ]+)", question, re.IGNORECASE):
        return _chosen(either[1], either[2])
    if re.search(r"miss|catch|summ|happened", question, re.IGNORECASE):
        return _summed_up(said)
    for words, text in KNOWN:
        if re.search(rf"\b({words})", question, re.IGNORECASE):
            return text
    return OTHERWISE.format(question=question.rstrip("?!. "))


def _calculated(left: int, sign: str, right: int) -> str:
    if sign in "/:":
        if right == 0:
            return "Nothing can be divided by zero. I have tried, and it was a long afternoon."
        return f"{left} divided by {right} is {left / right:.10g}."
    results = {"+": left + right, "-": left - right}
    return f"That makes {results.get(sign, left * right):,}. I counted twice."


def _chosen(one: str, other: str) -> str:
    # "Shall we have tea": what is chosen stands behind the verb.
    first = re.sub(rf"^.*\b(?:{VERBS})\b", "", one, flags=re.IGNORECASE).split()
    options = [" ".join(first[-3:]) or one.strip(), other.strip()]
    wanted = options[sum(map(ord, "".join(options))) % 2]
    return (
        f"I would go for {wanted}. Not because I know better: both can be defended, and talking "
        "about it any longer costs more than being wrong. Change your mind tomorrow if you like."
    )


def _summed_up(said: Said) -> str:
    if not said:
        return "You missed nothing: nobody has said anything yet. Somebody has to begin."
    counts = Counter(name for name, _ in said).most_common(3)
    speakers = ", ".join(f"{name} ({count})" for name, count in counts)
    name, text = max(said[-10:], key=lambda one: len(one[1]))
    return (
        f"{len(said)} messages so far. Those who said most: {speakers}. The longest of the last "
        f"ten came from {name}: “{text}” The newest is from {said[-1][0]}: “{said[-1][1]}”"
    )


KNOWN = (
    (
        "stream|token|word|appear",
        (
            "Word by word, as you see. The one who asked runs me as background work of their page; each "
            "word I find is told to everybody in the room, and each page writes it behind the last. "
            "Nothing else of the page is rendered for it. Press Stop, and I end at the next word. Close "
            "the page, and I end as well."
        ),
    ),
    (
        "kill|crash|surviv|restart|state",
        (
            "Try it. Each page is an actor that keeps its own state, a saved copy included. Kill the "
            "worker process, and the page goes on in another one: the messages are there, and so is the "
            "half sentence in your input. What I was just saying is cut off, and I say so instead of "
            "pretending."
        ),
    ),
    (
        "presence|here|people|typing",
        (
            "Everybody who has the room open is listed at its side. Who types is seen typing, until they "
            "send, give up, or rest for a few seconds. Two tabs of one browser are one person."
        ),
    ),
    (
        "model|real|who are you|your name|lumen",
        (
            "I am Lumen, and I am not clever: a handful of rules in examples/chat_room_answerer.py. Put "
            "any class with a method answer() in my place, and the room will stream what it says. I do "
            "sums, choose between two things, and tell you what you have missed."
        ),
    ),
    ("thank", "You are welcome. It was only a lookup, but I enjoyed it."),
    ("hello|hi|hey|good (?:morning|evening)", "Hello! Ask me what you have missed, or for a sum."),
    ("help|what can", "I can add up, choose between tea or coffee, and sum up this room."),
)
OTHERWISE = (
    "“{question}” is a good question, and I have no rule for it. I know how streaming works here, "
    "what survives a crash, who is present, and what 12 * 12 is. A real model in my place would "
    "have an opinion."
)
