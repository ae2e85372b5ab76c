"""A link between a client and a server of this machine that carries any TCP, TLS and HTTP/2 too, and takes its time.

usage: slow_link.py PORT ROUND_TRIP_MS

Listens on a free port of 127.0.0.1, which it prints, and carries all to PORT: each byte arrives half a round trip after it was sent, and a
connection costs a whole one before its first. There is no limit to what is on its way at once, and no slow start.
"""

from __future__ import annotations

import asyncio
import sys


class End(asyncio.Protocol):
    """One end of a connection: what comes in leaves by the other end, later."""

    def __init__(self, delay: float, to_connect: float = 0.0):
        self._delay, self._earliest = delay, asyncio.get_running_loop().time() + delay + to_connect
        self.transport: asyncio.Transport | None = None
        self.other: End | None = None
        self._early: list[tuple] = []  # before there was another end

    def connection_made(self, transport) -> None:
        self.transport = transport

    def join(self, other: End) -> None:
        self.other = other
        for what, *arguments in self._early:
            self._later(what, *arguments)
        self._early = []

    def data_received(self, data: bytes) -> None:
        self._later("write", data)

    def connection_lost(self, _error) -> None:
        self._later("close")

    def _later(self, what: str, *arguments) -> None:
        if self.other is None:
            self._early.append((what, *arguments))
            return
        loop = asyncio.get_running_loop()
        self._earliest = max(loop.time() + self._delay, self._earliest + 1e-6)  # in the order that it came in
        loop.call_at(self._earliest, self._leave, what, *arguments)

    def _leave(self, what: str, *arguments) -> None:
        if not self.other.transport.is_closing():
            getattr(self.other.transport, what)(*arguments)


async def main() -> None:
    port, round_trip = int(sys.argv[1]), int(sys.argv[2]) / 1000
    loop = asyncio.get_running_loop()
    joining = set()

    async def join(near: End) -> None:
        _, far = await loop.create_connection(lambda: End(round_trip / 2), "127.0.0.1", port)
        far.join(near)
        near.join(far)

    def accept() -> End:
        near = End(round_trip / 2, to_connect=round_trip)
        task = loop.create_task(join(near))
        joining.add(task)
        task.add_done_callback(joining.discard)
        return near

    server = await loop.create_server(accept, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
