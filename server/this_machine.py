"""Whether somebody looks at a page from the machine that serves it: what development shows is theirs."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

#: No address at all: a Unix socket, or a test within the process.
NO_ADDRESS = ("", "<local>")


def is_this_machine(client: str, host: str) -> bool:
    """Tell whether a visitor has come over the loopback, and asked for it by such a name.

    The name matters where something on this machine passes visitors on, such as a tunnel, and
    where another site's name was made to lead here.
    """
    name = urlsplit(f"//{host}").hostname or ""
    is_local_name = name == "localhost" or name.endswith(".localhost") or _is_loopback(name)
    return is_local_name and (client in NO_ADDRESS or _is_loopback(client))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
