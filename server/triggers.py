"""Triggers that tell a channel of every change of a table, whoever makes it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from typing import Any

import asyncpg

from .outside import WatchedTable

log = logging.getLogger("limelight.database")

#: One worker at a time installs: any number that nobody else is likely to lock.
LOCK = 5_104_657_332

# A payload that does not fit would fail the write that it tells of, so its key is left out.
FUNCTION = """
DECLARE
    key jsonb;
    former jsonb;
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        PERFORM pg_notify(TG_ARGV[0], json_build_object(
            'event', 'delete', 'table', TG_TABLE_NAME, 'pk', NULL)::text);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('SELECT to_jsonb(($1).%I)', TG_ARGV[1]) INTO former USING OLD;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('SELECT to_jsonb(($1).%I)', TG_ARGV[1]) INTO key USING NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND former IS DISTINCT FROM key THEN
        PERFORM pg_notify(TG_ARGV[0], json_build_object('event', 'delete', 'table', TG_TABLE_NAME,
            'pk', CASE WHEN octet_length(former::text) < 7000 THEN former END)::text);
    END IF;
    key := coalesce(key, former);
    PERFORM pg_notify(TG_ARGV[0], json_build_object('event', lower(TG_OP), 'table', TG_TABLE_NAME,
        'pk', CASE WHEN octet_length(key::text) < 7000 THEN key END)::text);
    RETURN NULL;
END
"""


class CannotWatch(Exception):
    """A table or its key is not there, or may not be given a trigger."""


async def install_triggers(
    connection: Any, tables: Iterable[WatchedTable]
) -> dict[WatchedTable, str]:
    """Give tables their triggers, where they lack them; return what could not be, and why.

    Run this in asyncio. What is in place is only looked at, so every start may do it.
    """
    failed = {}
    for table in tables:
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
                await _install(connection, table)
        except (CannotWatch, asyncpg.InsufficientPrivilegeError) as error:
            failed[table] = str(error)
    return failed


async def _install(connection: Any, table: WatchedTable) -> None:
    found = await connection.fetchval("SELECT to_regclass($1)::oid", table.table)
    if found is None:
        raise CannotWatch("there is no such table")
    await _require_key(connection, found, table)
    await _install_function(connection)
    arguments = f"{table.channel}\0{table.pk}\0".encode()
    for name, when in _triggers(table.channel):
        known = await connection.fetchval(
            "SELECT tgargs FROM pg_trigger WHERE tgrelid = $1 AND tgname = $2", found, name
        )
        if known != arguments:
            await connection.execute(
                f"DROP TRIGGER IF EXISTS {name} ON {table.table};"
                f"CREATE TRIGGER {name} AFTER {when} ON {table.table} "
                f"{'FOR EACH STATEMENT' if when == 'TRUNCATE' else 'FOR EACH ROW'} "
                f"EXECUTE FUNCTION limelight_notify('{table.channel}', '{table.pk}')"
            )
            log.info("changes of %s are told to the channel %s", table.table, table.channel)


async def _require_key(connection: Any, found: int, table: WatchedTable) -> None:
    has_key = await connection.fetchval(
        "SELECT 1 FROM pg_attribute WHERE attrelid = $1 AND attname = $2 AND NOT attisdropped",
        found,
        table.pk,
    )
    if not has_key:
        raise CannotWatch(f'it has no column "{table.pk}": name its key with pk="..."')


async def _install_function(connection: Any) -> None:
    known = await connection.fetchval(
        "SELECT prosrc FROM pg_proc WHERE oid = to_regproc('limelight_notify')"
    )
    if known != FUNCTION:
        await connection.execute(
            "CREATE OR REPLACE FUNCTION limelight_notify() RETURNS trigger "
            f"LANGUAGE plpgsql AS $limelight${FUNCTION}$limelight$"
        )


def _triggers(channel: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return names and occasions. PostgreSQL cuts longer names off."""
    if len(channel) > 40:
        channel = hashlib.blake2b(channel.encode(), digest_size=16).hexdigest()
    return (
        (f"limelight_notify_{channel}", "INSERT OR UPDATE OR DELETE"),
        (f"limelight_truncate_{channel}", "TRUNCATE"),
    )
