"""A network that misbehaves, between a real browser and its server."""

from __future__ import annotations

import threading

import trio

from tests.faults.proxy import FaultProxy, open_fault_proxy


class ProxyThread:
    """A fault proxy in a thread of its own, since a journey does not await."""

    def __init__(self, target_port: int) -> None:
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=trio.run, args=(self._run, target_port))
        self._thread.start()
        self._is_ready.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}/"

    def cut_all(self) -> None:
        """Do as a proxy that has seen nothing on its sockets for a while."""
        trio.from_thread.run_sync(self.proxy.cut_all, trio_token=self._token)

    def stop(self) -> None:
        trio.from_thread.run_sync(self._stopped.set, trio_token=self._token)
        self._thread.join()

    async def _run(self, target_port: int) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._stopped = trio.Event()
        self.proxy: FaultProxy
        async with open_fault_proxy(target_port) as self.proxy:
            self._is_ready.set()
            await self._stopped.wait()
