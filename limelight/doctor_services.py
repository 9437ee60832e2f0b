"""Asks Redis and PostgreSQL once who they are, with the client that an application uses."""

from __future__ import annotations

import asyncio
from typing import Final

ANSWER_SECONDS: Final = 3


def ask_redis(url: str) -> str:
    """Return the version of the Redis at an address; raises what its client raises."""
    import redis

    client = redis.Redis.from_url(
        url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
    )
    try:
        client.ping()
        return f"version {client.info('server')['redis_version']}"
    finally:
        client.close()


def ask_postgres(url: str) -> str:
    """Return the version of the PostgreSQL at an address; raises what its client raises."""
    import asyncpg

    async def ask() -> str:
        connection = await asyncpg.connect(url, timeout=ANSWER_SECONDS)
        try:
            return f"version {await connection.fetchval('show server_version')}"
        finally:
            await connection.close()

    return asyncio.run(ask())
