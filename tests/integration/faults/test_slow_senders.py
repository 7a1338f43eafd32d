"""Whoever sends a request's head slowly, or nothing at all, is hung up on; others are served meanwhile."""

import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.commands.serve import HEAD_SECONDS
from tests.databases import Database
from tests.journeys.servers import served

PATIENCE = HEAD_SECONDS + 10
"""Seconds until which a slow sender is gone, on a busy machine, too."""
MANY = 12


def seconds_until_hung_up_on(port: int, begins: bytes, drip: bytes) -> float:
    """Sends a byte a second, or none, until the server closes."""
    with socket.create_connection(("127.0.0.1", port)) as slow:
        began = time.monotonic()
        slow.settimeout(1)
        slow.sendall(begins)
        while time.monotonic() - began < PATIENCE:
            try:
                slow.sendall(drip)
                if not slow.recv(1000):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        return time.monotonic() - began


@pytest.mark.parametrize(
    ("begins", "drip"),
    [
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", b"a"),
        (b"", b""),
        (b"G", b""),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b""),
    ],
    ids=["a byte a second", "nothing at all", "one byte", "a request and no other"],
)
def test_slow_heads_are_hung_up_on_while_others_are_served(
    sqlite_database: Database, tmp_path: Path, begins: bytes, drip: bytes
) -> None:
    with served(sqlite_database, tmp_path, works=False) as server, ThreadPoolExecutor(MANY) as senders:
        port = int(server.url.rpartition(":")[2])
        slow = [senders.submit(seconds_until_hung_up_on, port, begins, drip) for _ in range(MANY)]
        for _ in range(5):
            began = time.monotonic()
            with urllib.request.urlopen(f"{server.url}/sign-in", timeout=PATIENCE) as answer:
                assert answer.status == 200
            assert time.monotonic() - began < HEAD_SECONDS
        assert all(each.result() < PATIENCE for each in slow)
