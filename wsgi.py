"""Entry point of web servers: ``granian --interface wsgi wsgi:app``."""

from portal import create_app

app = create_app()
