"""Presence over all processes that share Redis."""

from __future__ import annotations

import secrets

from .pubsub import PubSub
from .redis_ledger import RedisLedger
from .redis_link import RedisLink
from .settings import Settings
from .shared_presence import SharedPresence


class RedisPresence(SharedPresence):
    """The ledger is in Redis, under a name of this process that nobody else has."""

    def __init__(self, settings: Settings, link: RedisLink, pubsub: PubSub) -> None:
        node = secrets.token_hex(6)
        ledger = RedisLedger(link, node, settings.presence_lease_seconds)
        super().__init__(settings, node, ledger, pubsub)
