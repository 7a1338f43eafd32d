"""`portal seal`: the key of the built-in seal."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from portal.adapters.seal_keys import load_seal_key, make_demo_key
from portal.clock import Clock
from portal.config import from_environment
from portal.domain.errors import DomainError
from portal.i18n import use_locale
from portal.messages import text_of


def _now() -> datetime:
    return Clock(ZoneInfo(from_environment().timezone)).now()


@click.group()
def seal() -> None:
    """The key of the built-in seal (a tamper-evident seal, not a licensed authority's signature)."""


@seal.command("create-key")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--name", default="防篡改封印（自制证书）", help="Name in the certificate, shown by PDF readers."
)
def create_key(path: Path, name: str) -> None:
    """Make an RSA key with a certificate of its own in PATH, mode 0600. Nothing is overwritten."""
    try:
        key = make_demo_key(path, name=name, now=_now())
    except DomainError as error:
        with use_locale("en"):
            raise click.ClickException(text_of(error)) from error
    click.echo(key.fingerprint)


@seal.command("show-key")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def show_key(path: Path) -> None:
    """The fingerprint (SHA-256 of the certificate) and how long the certificate holds."""
    try:
        key = load_seal_key(path)
    except DomainError as error:
        with use_locale("en"):
            raise click.ClickException(text_of(error)) from error
    click.echo(f"{key.fingerprint}  {key.certificate.not_valid_after_utc:%Y-%m-%d}")
