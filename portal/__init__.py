"""Repayment portal: wiring only."""

from collections.abc import Collection, Sequence
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from portal.clock import Clock
from portal.config import Config, from_environment
from portal.failpoints import arm

if TYPE_CHECKING:  # a command that serves no page does not wait for what serves pages
    from flask import Flask
    from sqlalchemy import Engine

FORM_AROUND_A_FILE = 64 * 1024
"""What a form may add to the largest file that it carries, in bytes."""
AUDIENCES: tuple[str, ...] = ("public", "borrower", "review")


def create_app(
    config: Config | None = None,
    *,
    audiences: Collection[str] = AUDIENCES,
    engine: "Engine | None" = None,
    clock: Clock | None = None,
) -> "Flask":
    """The web application with the audiences asked for. Raises ``ConfigError`` or ``UnmarkedViewError`` rather than start unsafe."""
    from flask import Flask
    from jinja2 import StrictUndefined

    from portal.adapters.document_check import LARGEST_MEGABYTES
    from portal.template_words import SpokenTemplates
    from portal.web import (
        access,
        addresses,
        compression,
        context,
        errors,
        logs,
        metrics,
        page_style,
        read_only,
        security,
        sessions,
        signed_in,
        static_files,
        writes,
    )

    config = config or from_environment()
    arm(config.failpoints)
    app = Flask(__name__)
    app.jinja_environment = SpokenTemplates  # type: ignore[assignment]
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        TRUSTED_HOSTS=list(config.trusted_hosts),
        MAX_CONTENT_LENGTH=(LARGEST_MEGABYTES << 20) + FORM_AROUND_A_FILE,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["portal"] = _wire(config, engine, clock)
    app.session_interface = sessions.DatabaseSessions()
    # After-request functions run last registered first: the session is written and the transaction ended at the very end, and then counted.
    metrics.init_metrics(app)
    app.after_request(sessions.finish)
    compression.init_compression(app)
    app.before_request(security.begin_request)
    logs.init_logs(app)
    read_only.init_read_only(app)
    security.init_security(app)
    signed_in.init_signed_in(app)
    _init_locale(app, config)
    errors.init_errors(app)
    static_files.init_static_files(app)
    context.init_context(app)
    addresses.init_addresses(app)
    page_style.init_page_style(app)
    writes.init_writes(app)
    _mount(app, audiences, is_demo=config.demo or config.testing)
    access.refuse_unmarked_views(app)
    return app


def _wire(config: Config, engine: "Engine | None", clock: Clock | None) -> object:
    from portal.adapters.attachments.cleaner import ChildCleaner
    from portal.adapters.business_texts import PackagedTexts
    from portal.adapters.known_rates import know_rates_of
    from portal.adapters.passwords import Argon2Passwords
    from portal.adapters.security_keys import WebAuthnKeys
    from portal.adapters.time_codes import PyotpTimeCodes
    from portal.db import make_engine
    from portal.web.wiring import Portal

    engine = engine or make_engine(
        config.database_url,
        pool_size=config.pool_size,
        overflow=0,
        wait_seconds=config.pool_wait_seconds,
    )
    know_rates_of(engine)
    return Portal(
        config=config,
        clock=clock or Clock(ZoneInfo(config.timezone), config.business_date),
        engine=engine,
        texts=PackagedTexts(),
        passwords=Argon2Passwords(breached=config.breached_passwords),
        time_codes=PyotpTimeCodes(),
        security_keys=WebAuthnKeys(),
        cleaner=ChildCleaner(),
    )


def _init_locale(app: "Flask", config: Config) -> None:
    from portal.i18n import LOCALES, filters_in, init_i18n
    from portal.template_words import speak_ahead
    from portal.web.cookies import kept_choice

    def choose() -> str:
        chosen = kept_choice("language")
        return chosen if chosen in LOCALES else config.locale

    zone = ZoneInfo(config.timezone)
    init_i18n(app, zone=zone, default=config.locale, selector=choose)
    speak_ahead(app, lambda locale: filters_in(locale, zone))


def _mount(app: "Flask", audiences: Collection[str], *, is_demo: bool) -> None:
    # Every process carries the public pages: health, and the language switch that stands on each page.
    names: Sequence[str] = [name for name in AUDIENCES if name in {"public", *audiences}]
    for name in names:
        app.register_blueprint(import_module(f"portal.web.{name}").blueprint)
    if is_demo:
        app.register_blueprint(import_module("portal.web.demo").blueprint)
