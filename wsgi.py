"""Entry point of web servers: ``granian --interface wsgi wsgi:app``, or ``portal serve``."""

from portal import create_app
from portal.adapters.logs import configure_logs
from portal.commands.work import HANDLERS, start_thread
from portal.config import from_environment

configure_logs()
config = from_environment()
app = create_app(config)
if config.worker_thread:
    # The demo and small installations; elsewhere any number of `portal worker` processes.
    from portal.commands.worker import build_workshop

    start_thread(build_workshop(config), HANDLERS)
