"""Entry point of web servers: ``granian --interface wsgi wsgi:app``, or ``portal serve``."""

import os
import threading

import structlog

from portal import create_app
from portal.adapters.logs import configure_logs
from portal.commands.work import HANDLERS, run_for_ever
from portal.config import from_environment

configure_logs()
config = from_environment()
app = create_app(config)


def _work() -> None:
    """A worker beside the pages; what it loads is loaded while these already answer. One that cannot start stops the server."""
    try:
        from portal.commands.worker import build_workshop  # noqa: PLC0415

        shop = build_workshop(config)
    except Exception:  # noqa: BLE001 - whatever it is, documents would never be made, and nobody would know
        structlog.get_logger().exception("worker_cannot_start")
        os._exit(1)
    stop = threading.Event()
    threading.Thread(target=_end_with_the_pages, args=(stop,), name="worker's end", daemon=True).start()
    run_for_ever(shop, HANDLERS, stop=stop)


def _end_with_the_pages(stop: threading.Event) -> None:
    """Once the server has answered its last page, the main thread is over: the worker finishes what it has in hand, and no more."""
    threading.main_thread().join()
    stop.set()


if config.worker_thread:
    # The demo and small installations; elsewhere any number of `portal worker` processes. No daemon: the process waits for it.
    threading.Thread(target=_work, name="worker").start()
