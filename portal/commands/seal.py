"""`portal seal`: the key of the built-in seal."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from portal.adapters.seal_keys import (
    SealCertificate,
    change_seal_key,
    load_certificates,
    load_seal_key,
    make_demo_key,
    mark_compromised,
)
from portal.clock import Clock
from portal.config import from_environment
from portal.domain.errors import DomainError
from portal.i18n import use_locale
from portal.messages import text_of


def _now() -> datetime:
    return Clock(ZoneInfo(from_environment().timezone)).now()


_INSTANTS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]
"""In the business time zone."""


def _aware(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=ZoneInfo(from_environment().timezone))


def _state(certificate: SealCertificate, *, present: str) -> str:
    if certificate.compromised_at:
        return f"compromised since {certificate.compromised_at.isoformat()}"
    return "present" if certificate.fingerprint == present else "past"


def _told(act: Callable[[], str]) -> None:
    """Prints what the act says; a refusal in words."""
    try:
        said = act()
    except DomainError as error:
        with use_locale("en"):
            raise click.ClickException(text_of(error)) from error
    click.echo(said)


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
    _told(lambda: make_demo_key(path, name=name, now=_now()).fingerprint)


@seal.command("change-key")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--why",
    type=click.Choice(["planned", "compromised"]),
    required=True,
    help="Whether others may have the key so far.",
)
@click.option(
    "--since", type=click.DateTime(_INSTANTS), help="For a compromised key: since when, at the latest."
)
@click.option(
    "--name", default="防篡改封印（自制证书）", help="Name in the certificate, shown by PDF readers."
)
def change(path: Path, why: str, since: datetime | None, name: str) -> None:
    """Put a new key in place of the one in PATH and print its fingerprint. The old certificate stays beside it; restart the workers."""
    if (why == "compromised") != (since is not None):
        raise click.UsageError("--since goes with --why compromised, and has to be given there")
    _told(lambda: change_seal_key(path, name=name, now=_now(), compromised_since=_aware(since)).fingerprint)


@seal.command("mark-compromised")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("fingerprint")
@click.option("--since", type=click.DateTime(_INSTANTS), required=True, help="Since when, at the latest.")
def mark(path: Path, fingerprint: str, since: datetime) -> None:
    """Say of a past key of PATH that others may have it: its seals count then only where a time stamp is older."""

    def marked() -> str:
        moment = _aware(since)
        assert moment is not None
        mark_compromised(path, fingerprint, moment)
        return f"{fingerprint}  {moment.isoformat()}"

    _told(marked)


@seal.command("list")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def list_certificates(path: Path) -> None:
    """Every certificate that seals of PATH are checked against, and since when a key is in other hands."""

    def listed() -> str:
        present = load_seal_key(path).fingerprint if path.exists() else ""
        known = load_certificates(path)
        if not known:
            raise DomainError("seal_key_unusable", reason="neither a key nor certificates are there")
        return "\n".join(f"{each.fingerprint}  {_state(each, present=present)}" for each in known)

    _told(listed)


@seal.command("show-key")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def show_key(path: Path) -> None:
    """The fingerprint (SHA-256 of the certificate) and how long the certificate holds."""

    def shown() -> str:
        key = load_seal_key(path)
        return f"{key.fingerprint}  {key.certificate.not_valid_after_utc:%Y-%m-%d}"

    _told(shown)
