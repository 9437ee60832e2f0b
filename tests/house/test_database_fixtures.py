"""The Redis and PostgreSQL of the tests run, and suffer what a test asks of them."""

from __future__ import annotations

import socket

import asyncpg
import pytest
import redis
import trio_asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry
from trio_asyncio import aio_as_trio

from tests.fixtures.databases import PostgresServer, RedisServer


def connect_to_redis(server: RedisServer) -> redis.Redis:
    return redis.Redis(port=server.port, socket_timeout=0.3, retry=Retry(NoBackoff(), 0))


async def ask_postgres(server: PostgresServer, question: str, patience: int = 10) -> object:
    async def ask() -> object:
        try:
            connection = await asyncpg.connect(server.url, timeout=patience)
        except TimeoutError:
            return "nothing"
        try:
            return await connection.fetchval(question)
        finally:
            connection.terminate()

    async with trio_asyncio.open_loop() as loop:
        answer = await aio_as_trio(ask)()
        # What was terminated is closed by callbacks, which need the loop.
        await loop.synchronize()
        return answer


def test_redis_answers_and_starts_empty(redis_server: RedisServer) -> None:
    with connect_to_redis(redis_server) as client:
        assert client.dbsize() == 0
        assert client.set("name", "value")


def test_a_frozen_redis_accepts_connections_and_says_nothing(redis_server: RedisServer) -> None:
    redis_server.stop()
    with connect_to_redis(redis_server) as client, pytest.raises(redis.TimeoutError):
        client.ping()
    redis_server.cont()
    with connect_to_redis(redis_server) as client:
        assert client.ping()


def test_a_killed_redis_refuses_until_it_is_restarted(redis_server: RedisServer) -> None:
    redis_server.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((redis_server.host, redis_server.port))
    redis_server.restart()
    with connect_to_redis(redis_server) as client:
        assert client.ping()


async def test_postgres_answers(postgres_server: PostgresServer) -> None:
    assert await ask_postgres(postgres_server, "select 40 + 2") == 42


async def test_a_frozen_postgres_says_nothing(postgres_server: PostgresServer) -> None:
    postgres_server.stop()
    assert await ask_postgres(postgres_server, "select 1", patience=1) == "nothing"
    postgres_server.cont()
    assert await ask_postgres(postgres_server, "select 1") == 1


async def test_a_restarted_postgres_has_its_data(postgres_server: PostgresServer) -> None:
    await ask_postgres(postgres_server, "create table kept as select 7 as number")
    postgres_server.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((postgres_server.host, postgres_server.port))
    postgres_server.restart()
    assert await ask_postgres(postgres_server, "select number from kept") == 7
