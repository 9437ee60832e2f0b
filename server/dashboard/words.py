"""Numbers as people read them."""

from __future__ import annotations

import time
from collections.abc import Sequence

WIDTH, HEIGHT = 120.0, 28.0


def duration(seconds: float) -> str:
    """Return "3 ms", "12 s", "5 min", "2 h 10 min", "4 d": coarse, so that it changes seldom."""
    if seconds < 0.0995:
        milliseconds = seconds * 1000
        return f"{milliseconds:.2g} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 ", " ")
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = int(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def uptime(seconds: float) -> str:
    """The same, but a row that does nothing changes once in five seconds only."""
    return duration(seconds) if seconds >= 90 else f"{int(seconds / 5) * 5} s"


def size(count: float) -> str:
    """Return a number of bytes as "812 B", "3.4 kB", "1.2 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return ""


def count(number: float) -> str:
    """Return a number with thin spaces between thousands."""
    text = f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"
    return text.replace(",", "\u2009")


def clock(at: float) -> str:
    """Return a time of day, in the server's time zone."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def line(values: Sequence[float]) -> str:
    """Return the points of a sparkline within 120 by 28, the newest at the right."""
    if len(values) < 2:
        return f"0,{HEIGHT} {WIDTH},{HEIGHT}"
    most = max(values) or 1.0
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - (HEIGHT - 4) * value / most:.1f}"
        for place, value in enumerate(values)
    )
