"""Configuration: one frozen value read from the environment; impossible combinations are refused at start."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from tempfile import mkstemp
from typing import overload
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.domain.message_budgets import MessageBudget
from portal.failpoints import read_faults

DEMO_PASSWORD = "a calm day at the desk"  # noqa: S105 - of the demo's staff, printed by the demo itself
_HERE = frozenset({"", "127.0.0.1", "::1", "localhost"})
_PREFIX = re.compile(r"\+[1-9]\d{0,9}", re.ASCII)
IN_A_FILE = "_FILE"
"""Ends the name of the variable that names the file with a secret."""
ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """Settings that cannot be; each fault names the variable and what would do."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class UnreadableSettingError(ConfigError):
    """One variable that is not of its kind: a flag, a number, a date."""

    def __init__(self, variable: str, fault: str) -> None:
        super().__init__(fault)
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; ``portal/settings.py`` says what each means and which variable it is read from."""

    database_url: str
    secret_key: str = field(repr=False)
    """Keys what does not last: codes, signed tokens and cookies, form tokens; at least 32 characters."""
    hash_key: str = field(default="", repr=False)
    """Keys the hashes that stand in the database, of numbers, addresses and relations; ``secret_key`` where none is given."""
    data_keys: Path | None = None
    """File with the keys of personal data (``adapters/data_keys``); made of the secret where none is named."""
    data_dir: Path = ROOT / "var"
    demo: bool = False
    """Demo data, the messages page, cookies that work over plain HTTP on this machine."""
    testing: bool = False
    live: bool = False
    """Real messages to real people may leave this deployment."""
    business_date: date | None = None
    """``BUSINESS_DATE``: fixes the clock's date; demo and test only."""
    timezone: str = "Asia/Shanghai"
    locale: str = "zh_CN"
    base_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of our own proxies, whose word of who asks (``X-Forwarded-For``) is believed."""
    secure_cookies: bool = True
    breached_passwords: Path | None = None
    """File of SHA-1 hashes of passwords known from breaches, ordered by hash (``adapters/password_hashes``)."""
    worker_thread: bool = False
    seal_key: Path | None = None
    """PEM file with the seal's key and certificate; demo and test make one in ``data_dir``."""
    signing_authority_url: str = ""
    """Address of a licensed authority that signs for borrowers (level L3); none means L1."""
    signing_authority_trust: Path | None = None
    """PEM file with the certificates that borrowers' signatures must lead to, past authorities' included."""
    signing_authority_token: str = field(default="", repr=False)
    """What this deployment shows the signing authority, as a bearer token."""
    time_stamp_url: str = ""
    """Address of a time-stamping authority (RFC 3161); demo and test have a stand-in of their own."""
    time_stamp_trust: Path | None = None
    """PEM file with the certificates that time stamps must lead to, past authorities' included."""
    sms_url: str = ""
    """Address of the vendor of text messages; used where ``live`` is set, and nowhere else."""
    sms_key_id: str = ""
    sms_secret: str = field(default="", repr=False)
    sms_sign_name: str = ""
    """The sender's name as registered with the vendor; stands before each message."""
    sms_number: str = ""
    """The number that telephones show."""
    sms_templates: Path | None = None
    """JSON file with the vendor's template codes: by locale, and by the names in ``portal/texts/messages``."""
    new_number_prefixes: tuple[str, ...] = ("+86",)
    """``PORTAL_NEW_NUMBER_PREFIXES``: what a number begins with that somebody may ask to be reached at from now on."""
    receipts_key: str = field(default="", repr=False)
    """What the vendor's receipts carry in their address (``/receipts/sms/<key>``); at least 32 characters."""
    smtp_host: str = ""
    """The mail server that e-mails go out by; used where ``live`` is set. Without one nobody is offered e-mail there."""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    """``starttls``, ``tls`` (from the first byte) or ``none``, which only a server on this machine may have."""
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_trust: Path | None = None
    """PEM file with the certificates that the server's must lead to; the system's where none is named."""
    mail_from: str = ""
    """The address that e-mails come from, and that what cannot be delivered returns to."""
    message_part_cost: int = 0
    """What one part of a text message costs, in minor units."""
    messages_a_day: int | None = None
    messages_a_month: int | None = None
    message_cost_a_day: int | None = None
    """Minor units."""
    message_cost_a_month: int | None = None
    """Minor units. At 80 % of any of the four people are warned, at 100 % no collection message goes out any more."""
    id_hash_key: str = field(default="", repr=False)
    """What the lender hashes ID numbers with (HMAC-SHA-256) for the book's ``id_hash``; "" where it is SHA-256 alone."""
    support_phone: str = "400-000-0000"
    support_hours: str = "08:30-20:30"
    pool_size: int = 8
    """Connections to PostgreSQL that a web process has at most; each of its threads may need two at once."""
    pool_wait_seconds: int = 5
    """How long a request waits for one before it is told to come again."""
    drain_seconds: int = 0
    """For how long ``/readyz`` says that the server is about to end, while it goes on answering."""
    metrics_token: str = field(default="", repr=False)
    """What monitoring shows (``Authorization: Bearer``) to read ``/metrics``; at least 32 characters. Without one there is no such page."""
    checkpoint_seconds: int = 60
    """How long after one checkpoint the next is signed, where something new was recorded."""
    record_lag_seconds: int = 600
    """For how long an event may be without a checkpoint before it is an alarm."""
    checkpoint_copies: tuple[Path, ...] = ()
    """``PORTAL_CHECKPOINT_COPIES``: further folders for the checkpoints, with colons between them."""
    checkpoint_bucket: str = ""
    """``s3://bucket/prefix`` in an object store that gets them too; keys and address as every S3 client reads them."""
    failpoints: str = ""
    """Where the process is to die, fail or wait (``portal/failpoints.py``); demo and test only."""

    def __post_init__(self) -> None:
        _refuse(self)
        if not self.hash_key:
            object.__setattr__(self, "hash_key", self.secret_key)

    @property
    def sends_mail(self) -> bool:
        """Whether e-mail goes anywhere: to a server where the deployment is live, else onto the demo's page."""
        return not self.live or bool(self.smtp_host)

    @property
    def message_budget(self) -> MessageBudget:
        return MessageBudget(
            part_cost_minor=self.message_part_cost,
            messages_a_day=self.messages_a_day,
            messages_a_month=self.messages_a_month,
            cost_a_day=self.message_cost_a_day,
            cost_a_month=self.message_cost_a_month,
        )

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def _refuse(config: Config) -> None:
    faults = [
        (len(config.secret_key) < 32, _wanted_secret(config)),
        (0 < len(config.hash_key) < 32, "PORTAL_HASH_KEY must have at least 32 characters"),
        (
            config.business_date is not None and not (config.demo or config.testing),
            "BUSINESS_DATE fixes the clock and is refused outside demo and test",
        ),
        (
            config.live and (config.demo or config.testing),
            "PORTAL_LIVE cannot be set together with PORTAL_DEMO",
        ),
        (
            not config.secure_cookies and not (config.demo or config.testing),
            "PORTAL_SECURE_COOKIES may be off in demo and test only",
        ),
        (not config.trusted_hosts, "PORTAL_TRUSTED_HOSTS must name at least one host"),
        (
            any(network.prefixlen == 0 for network in config.trusted_proxies),
            "PORTAL_TRUSTED_PROXIES must not name everybody",
        ),
        (not _is_zone(config.timezone), "PORTAL_TIMEZONE must name a time zone, like Asia/Shanghai"),
        (config.locale not in {"zh_CN", "en"}, "PORTAL_LOCALE must be zh_CN or en"),
        (
            config.live and config.seal_key is None,
            "PORTAL_SEAL_KEY must name the seal's key file where PORTAL_LIVE is set",
        ),
        (
            bool(config.sms_url)
            and not (
                config.sms_key_id and config.sms_secret and config.sms_sign_name and config.sms_templates
            ),
            "PORTAL_SMS_URL needs PORTAL_SMS_KEY_ID, PORTAL_SMS_SECRET, PORTAL_SMS_SIGN_NAME and PORTAL_SMS_TEMPLATES",
        ),
        (
            not config.new_number_prefixes or not all(map(_PREFIX.fullmatch, config.new_number_prefixes)),
            "PORTAL_NEW_NUMBER_PREFIXES must be like +86,+852",
        ),
        (
            bool(config.sms_url) and len(config.receipts_key) < 32,
            "PORTAL_RECEIPTS_KEY must have at least 32 characters where PORTAL_SMS_URL is set",
        ),
        (
            config.live and any(map(_is_plain, (config.sms_url, config.signing_authority_url))),
            "PORTAL_SMS_URL and PORTAL_SIGNING_AUTHORITY_URL must begin with https:// where PORTAL_LIVE is set",
        ),
        (
            config.smtp_security not in {"starttls", "tls", "none"},
            "PORTAL_SMTP_SECURITY must be starttls, tls or none",
        ),
        (
            config.smtp_security == "none" and config.smtp_host not in _HERE,
            "PORTAL_SMTP_SECURITY may be none for a server on this machine only",
        ),
        (
            bool(config.smtp_host) and "@" not in config.mail_from,
            "PORTAL_MAIL_FROM must be an address where PORTAL_SMTP_HOST is set",
        ),
        (
            any(limit is not None and limit < 1 for limit in _limits(config)),
            "the limits PORTAL_MESSAGES_A_… and PORTAL_MESSAGE_COST_A_… must be 1 or more; leave out what has none",
        ),
        (
            bool(config.signing_authority_url) and config.signing_authority_trust is None,
            "PORTAL_SIGNING_AUTHORITY_TRUST must name the authority's certificates where PORTAL_SIGNING_AUTHORITY_URL is set",
        ),
        (
            bool(config.time_stamp_url) and config.time_stamp_trust is None,
            "PORTAL_TIME_STAMP_TRUST must name the authority's certificates where PORTAL_TIME_STAMP_URL is set",
        ),
        (
            bool(config.metrics_token) and len(config.metrics_token) < 32,
            "PORTAL_METRICS_TOKEN must have at least 32 characters",
        ),
        (
            not 1 <= config.checkpoint_seconds < config.record_lag_seconds,
            "PORTAL_CHECKPOINT_SECONDS must be at least 1 and less than PORTAL_RECORD_LAG_SECONDS",
        ),
        (not 2 <= config.pool_size <= 100, "PORTAL_POOL_SIZE must be between 2 and 100"),
        (not 0 <= config.drain_seconds <= 300, "PORTAL_DRAIN_SECONDS must be between 0 and 300"),
        (not 1 <= config.pool_wait_seconds <= 60, "PORTAL_POOL_WAIT_SECONDS must be between 1 and 60"),
        (
            bool(config.checkpoint_bucket) and not config.checkpoint_bucket.startswith("s3://"),
            "PORTAL_CHECKPOINT_BUCKET must be an address like s3://bucket/prefix",
        ),
        (
            bool(config.failpoints) and not (config.demo or config.testing),
            "PORTAL_FAILPOINTS makes processes fail on purpose and is refused outside demo and test",
        ),
        (
            not _are_faults(config.failpoints),
            "PORTAL_FAILPOINTS must be like decision.recorded=kill@3,message.sending=sleep:0.5",
        ),
    ]
    said = [text for is_fault, text in faults if is_fault]
    if said:
        raise ConfigError(*said)


def _wanted_secret(config: Config) -> str:
    """Where a trial goes live, what it kept stands under the secret that it made: another one would shut it."""
    kept = config.data_dir / "secret.key"
    if not config.secret_key and os.access(kept, os.F_OK):
        return f"PORTAL_SECRET_KEY must be set where PORTAL_LIVE is: put the content of {kept} into it, for data stands under that key"
    return "PORTAL_SECRET_KEY must have at least 32 characters"


def _are_faults(text: str) -> bool:
    try:
        read_faults(text)
    except ValueError:
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_plain(url: str) -> bool:
    """Whether what goes there could be read on the way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in _HERE


def _limits(config: Config) -> tuple[int | None, ...]:
    return (
        config.messages_a_day,
        config.messages_a_month,
        config.message_cost_a_day,
        config.message_cost_a_month,
    )


def from_environment(environ: Mapping[str, str] = os.environ, *, makes_secret: bool = True) -> Config:
    """Read the settings; raises ``ConfigError`` naming the variable that cannot be used.

    Where no secret was given and none is kept yet, one is made and kept; without ``makes_secret`` it is for this once.
    """
    demo = _flag(environ, "PORTAL_DEMO")
    data_dir = Path(environ.get("PORTAL_DATA_DIR", str(ROOT / "var" / ("demo" if demo else "data"))))
    port = environ.get("PORT", "8000")
    return Config(
        database_url=environ.get("PORTAL_DATABASE_URL", f"sqlite:///{data_dir / 'portal.sqlite3'}"),
        secret_key=_secret(environ, "PORTAL_SECRET_KEY")
        or _kept_secret(data_dir, is_live=_flag(environ, "PORTAL_LIVE"), is_kept=makes_secret),
        hash_key=_secret(environ, "PORTAL_HASH_KEY"),
        data_keys=_path(environ, "PORTAL_DATA_KEYS"),
        data_dir=data_dir,
        demo=demo,
        live=_flag(environ, "PORTAL_LIVE"),
        business_date=_date(environ, "BUSINESS_DATE"),
        timezone=environ.get("PORTAL_TIMEZONE", "Asia/Shanghai"),
        locale=environ.get("PORTAL_LOCALE", "zh_CN"),
        base_url=environ.get("PORTAL_BASE_URL", f"http://127.0.0.1:{port}"),
        trusted_hosts=_list(environ, "PORTAL_TRUSTED_HOSTS", "127.0.0.1,localhost"),
        trusted_proxies=_networks(environ, "PORTAL_TRUSTED_PROXIES"),
        secure_cookies=_flag(environ, "PORTAL_SECURE_COOKIES", default=not demo),
        breached_passwords=_path(environ, "PORTAL_BREACHED_PASSWORDS"),
        worker_thread=_flag(environ, "PORTAL_WORKER_THREAD"),
        seal_key=_path(environ, "PORTAL_SEAL_KEY"),
        signing_authority_url=environ.get("PORTAL_SIGNING_AUTHORITY_URL", "").strip(),
        signing_authority_trust=_path(environ, "PORTAL_SIGNING_AUTHORITY_TRUST"),
        signing_authority_token=_secret(environ, "PORTAL_SIGNING_AUTHORITY_TOKEN"),
        time_stamp_url=environ.get("PORTAL_TIME_STAMP_URL", "").strip(),
        time_stamp_trust=_path(environ, "PORTAL_TIME_STAMP_TRUST"),
        sms_url=environ.get("PORTAL_SMS_URL", "").strip(),
        sms_key_id=environ.get("PORTAL_SMS_KEY_ID", "").strip(),
        sms_secret=_secret(environ, "PORTAL_SMS_SECRET").strip(),
        sms_sign_name=environ.get("PORTAL_SMS_SIGN_NAME", "").strip(),
        sms_number=environ.get("PORTAL_SMS_NUMBER", "").strip(),
        sms_templates=_path(environ, "PORTAL_SMS_TEMPLATES"),
        new_number_prefixes=_list(environ, "PORTAL_NEW_NUMBER_PREFIXES", "+86"),
        receipts_key=_secret(environ, "PORTAL_RECEIPTS_KEY").strip(),
        smtp_host=environ.get("PORTAL_SMTP_HOST", "").strip(),
        smtp_port=_number(environ, "PORTAL_SMTP_PORT") or 587,
        smtp_security=environ.get("PORTAL_SMTP_SECURITY", "starttls").strip(),
        smtp_user=environ.get("PORTAL_SMTP_USER", "").strip(),
        smtp_password=_secret(environ, "PORTAL_SMTP_PASSWORD"),
        smtp_trust=_path(environ, "PORTAL_SMTP_TRUST"),
        mail_from=environ.get("PORTAL_MAIL_FROM", "").strip(),
        message_part_cost=_number(environ, "PORTAL_MESSAGE_PART_COST") or 0,
        messages_a_day=_number(environ, "PORTAL_MESSAGES_A_DAY"),
        messages_a_month=_number(environ, "PORTAL_MESSAGES_A_MONTH"),
        message_cost_a_day=_number(environ, "PORTAL_MESSAGE_COST_A_DAY"),
        message_cost_a_month=_number(environ, "PORTAL_MESSAGE_COST_A_MONTH"),
        id_hash_key=_secret(environ, "PORTAL_ID_HASH_KEY"),
        support_phone=environ.get("PORTAL_SUPPORT_PHONE", "400-000-0000"),
        support_hours=environ.get("PORTAL_SUPPORT_HOURS", "08:30-20:30"),
        pool_size=_number(environ, "PORTAL_POOL_SIZE", 8),
        pool_wait_seconds=_number(environ, "PORTAL_POOL_WAIT_SECONDS", 5),
        drain_seconds=_number(environ, "PORTAL_DRAIN_SECONDS", 0),
        metrics_token=_secret(environ, "PORTAL_METRICS_TOKEN").strip(),
        checkpoint_seconds=_number(environ, "PORTAL_CHECKPOINT_SECONDS", 60),
        record_lag_seconds=_number(environ, "PORTAL_RECORD_LAG_SECONDS", 600),
        checkpoint_copies=tuple(
            Path(folder) for folder in environ.get("PORTAL_CHECKPOINT_COPIES", "").split(":") if folder
        ),
        checkpoint_bucket=environ.get("PORTAL_CHECKPOINT_BUCKET", "").strip(),
        failpoints=environ.get("PORTAL_FAILPOINTS", "").strip(),
    )


def faults(environ: Mapping[str, str]) -> tuple[str, ...]:
    """All that is wrong with these settings, a sentence each. Nothing is made or changed."""
    said: list[str] = []
    left = dict(environ)
    while True:
        try:
            from_environment(left, makes_secret=False)
        except UnreadableSettingError as error:
            said.append(str(error))
            del left[error.variable]
        except ConfigError as error:
            return (*said, *error.faults)
        except OSError as error:
            return (*said, f"PORTAL_DATA_DIR cannot be read: {error}")
        else:
            return tuple(said)


def _kept_secret(data_dir: Path, *, is_live: bool, is_kept: bool) -> str:
    """A secret of this installation's own, made once beside its data; a live deployment must be given one."""
    if is_live:
        return ""
    path = data_dir / "secret.key"
    if not path.exists():
        if not is_kept:
            return secrets.token_urlsafe(48)
        data_dir.mkdir(parents=True, exist_ok=True)
        handle, name = mkstemp(dir=data_dir, prefix=".secret-")  # mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(name, path)  # whole or not at all, and the first of two processes wins
        Path(name).unlink()
    return path.read_text().strip()


def _secret(environ: Mapping[str, str], name: str) -> str:
    """The variable, or what stands in the file that ``…_FILE`` names, as agents of vaults, systemd and containers hand secrets out."""
    file = f"{name}{IN_A_FILE}"
    given, path = environ.get(name, ""), environ.get(file, "").strip()
    if not path:
        return given
    if given:
        raise UnreadableSettingError(file, f"{name} and {file} are both set: take one of them away")
    try:
        said = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSettingError(file, f"{file} names {path}, which cannot be read") from error
    if not said.strip():
        raise UnreadableSettingError(file, f"{file} names {path}, which is empty")
    return said


def _flag(environ: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    match environ.get(name, "").strip().lower():
        case "":
            return default
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
        case other:
            raise UnreadableSettingError(name, f"{name} must be 1 or 0, not {other!r}")


def _list(environ: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    """Texts with commas between them."""
    return tuple(each.strip() for each in environ.get(name, default).split(",") if each.strip())


def _networks(environ: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(each) for each in _list(environ, name, ""))
    except ValueError as error:
        raise UnreadableSettingError(
            name, f"{name} must be addresses or networks like 127.0.0.1,10.0.3.0/24: {error}"
        ) from error


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    text = environ.get(name, "").strip()
    return Path(text) if text else None


@overload
def _number(environ: Mapping[str, str], name: str) -> int | None: ...
@overload
def _number(environ: Mapping[str, str], name: str, default: int) -> int: ...
def _number(environ: Mapping[str, str], name: str, default: int | None = None) -> int | None:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise UnreadableSettingError(name, f"{name} must be a whole number, not {text!r}")
    return int(text)


def _date(environ: Mapping[str, str], name: str) -> date | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnreadableSettingError(name, f"{name} must be a date like 2026-11-01, not {text!r}") from error
