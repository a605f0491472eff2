"""A TCP proxy that treats connections badly, for clients that have to cope."""

import contextlib
import random
import socket
import threading
from collections.abc import Iterator


class BadLine:
    """Between a client and a server on this machine. `cut` is the share of connections that break in the middle."""

    def __init__(self, host: str, port: int) -> None:
        self.cut = 0.0
        self.silent = False
        self._target = (host, port)
        self._random = random.Random(0)
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self.break_all()

    def break_all(self) -> None:
        """Connections end here and now; new ones are taken."""
        for connection in list(self._open):
            _shut(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        breaks = self._random.random() < self.cut
        allowance = self._random.randrange(2_000) if breaks else None
        with contextlib.suppress(OSError), socket.create_connection(self._target) as server:
            back = threading.Thread(target=_pump, args=(server, client, None, lambda: self.silent), daemon=True)
            back.start()
            _pump(client, server, allowance, lambda: self.silent)
            if not breaks:
                back.join()
        _shut(client)
        self._open.discard(client)


def _pump(source: socket.socket, target: socket.socket, allowance: int | None, silent: object) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            if allowance is not None and (allowance := allowance - len(piece)) < 0:
                return
            if not (callable(silent) and silent()):
                target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextlib.contextmanager
def bad_line(port: int) -> Iterator[BadLine]:
    line = BadLine("127.0.0.1", port)
    try:
        yield line
    finally:
        line.close()
