"""Every setting of an installation: what it means, what it may be, and when it has to be given."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FLAG: Final = "`1`, `true`, `yes` or `on`; `0`, `false`, `no` or `off`"
_SUM: Final = "a whole number from 1 on, in minor units"
_NUMBER: Final = "a whole number from 1 on"
_ADDRESS: Final = "an address; `https://` where `PORTAL_LIVE` is set"
_LONG_KEY: Final = "at least 32 characters"
_WITH_SMS: Final = "with `PORTAL_SMS_URL`"
_WITH_BUCKET: Final = "with `PORTAL_CHECKPOINT_BUCKET`, where the machine itself is not allowed in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One environment variable. ``field`` is its name in ``Config``; None where other programs read the variable.

    ``default`` says what holds where nothing is given, "none" for nothing, with more after ": " or "; "; ``is_worked_out``: it depends
    on other settings, and is told in words alone. ``is_path``: names a file that has to be there.
    """

    variable: str
    field: str | None
    meaning: str
    may_be: str
    default: str = "none"
    needed: str = "no"
    is_worked_out: bool = False
    is_secret: bool = False
    is_path: bool = False

    @property
    def file_variable(self) -> str:
        """What may name a file with the value instead, "" where nothing may."""
        return f"{self.variable}_FILE" if self.is_secret and self.field else ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    about: str
    settings: tuple[Setting, ...]


SECTIONS: Final = (
    Section(
        "What kind of installation",
        "One that people rely on is neither demo nor fixed to a date. It is live as soon as messages may really go out.",
        (
            Setting(
                variable="PORTAL_DEMO",
                field="demo",
                default="0",
                may_be=_FLAG,
                meaning="Demo data, the page of messages that would have gone out, cookies that work over plain HTTP on this machine. "
                "Refused together with `PORTAL_LIVE`.",
            ),
            Setting(
                variable="PORTAL_LIVE",
                field="live",
                default="0",
                may_be=_FLAG,
                needed="where messages are really to go out",
                meaning="Real messages to real people may leave. Refused with the demo, and without `PORTAL_SEAL_KEY`; workers do not "
                "start without `PORTAL_SMS_URL`.",
            ),
            Setting(
                variable="BUSINESS_DATE",
                field="business_date",
                may_be="a date like `2026-11-01`; demo and test only",
                meaning="Fixes the date of the clock. Without it the date is today's in `PORTAL_TIMEZONE`.",
            ),
            Setting(
                variable="PORTAL_FAILPOINTS",
                field="failpoints",
                may_be="`POINT=kill`, `raise` or `sleep:SECONDS`, with `@N` the N-th time alone, with commas; demo and test only",
                meaning="Where processes are to die, fail or wait on purpose: the points of `portal/failpoints.py` (decision 0249).",
            ),
            Setting(
                variable="PORTAL_TIMEZONE",
                field="timezone",
                default="Asia/Shanghai",
                may_be="the name of a time zone",
                meaning="The zone of business dates, and of all times on pages and documents.",
            ),
            Setting(
                variable="PORTAL_LOCALE",
                field="locale",
                default="zh_CN",
                may_be="`zh_CN` or `en`",
                meaning="The language where nobody has chosen one.",
            ),
            Setting(
                variable="PORTAL_SUPPORT_PHONE",
                field="support_phone",
                default="400-000-0000",
                may_be="any text",
                needed="before people see the pages",
                meaning="The number for help, on every page.",
            ),
            Setting(
                variable="PORTAL_SUPPORT_HOURS",
                field="support_hours",
                default="08:30-20:30",
                may_be="any text",
                needed="before people see the pages",
                meaning="When that number is answered, on every page.",
            ),
        ),
    ),
    Section(
        "Data and secrets",
        "Keep the secrets apart from the data. What is kept under a secret cannot be read without it.",
        (
            Setting(
                variable="PORTAL_DATABASE_URL",
                field="database_url",
                default="`portal.sqlite3` in the data folder",
                is_worked_out=True,
                may_be="`sqlite:///PATH` or `postgresql://user@host/name`",
                needed="for more than one process",
                meaning="Where the database is. SQLite is served by one process.",
            ),
            Setting(
                variable="PORTAL_DATA_DIR",
                field="data_dir",
                default="`var/data` beside the program, `var/demo` in the demo",
                is_worked_out=True,
                may_be="a folder that only the service can read",
                meaning="Holds the embedded database, the record's key and checkpoints, the demo's seal, lists of rejected rows.",
            ),
            Setting(
                variable="PORTAL_SECRET_KEY",
                field="secret_key",
                default="`secret.key` in the data folder, made once",
                is_worked_out=True,
                is_secret=True,
                may_be=_LONG_KEY,
                needed="where `PORTAL_LIVE` is set, and where several machines serve one database",
                meaning="Keys codes, signed tokens and cookies, form tokens and, where no others are named, what `PORTAL_HASH_KEY` and "
                "`PORTAL_DATA_KEYS` are for. It may be changed once both are named (operations.md, Changing the secret); before that "
                "nobody's name and number could be read under another one. Where `secret.key` was made before it is set here, put the "
                "content of that file into it.",
            ),
            Setting(
                variable="PORTAL_HASH_KEY",
                field="hash_key",
                default="the value of `PORTAL_SECRET_KEY`",
                is_worked_out=True,
                is_secret=True,
                may_be=_LONG_KEY,
                needed="where `PORTAL_SECRET_KEY` was changed: its value before the first change",
                meaning="Keys the hashes that stand in the database: of numbers where contact was stopped or tried, of addresses, of whom "
                "staff are close to. Do not change it: under another one none of them is found again, and stopped numbers are written to.",
            ),
            Setting(
                variable="PORTAL_DATA_KEYS",
                field="data_keys",
                is_path=True,
                default="none: they are made of `PORTAL_SECRET_KEY`",
                may_be="a file of mode 0600 with lines of `portal keys new`, the same on every machine",
                needed="for a key that can be changed (`portal keys rotate`)",
                meaning="The keys of personal data. Without them nobody's name or number can be read. The service must be able to "
                "read the file.",
            ),
            Setting(
                variable="PORTAL_ID_HASH_KEY",
                field="id_hash_key",
                may_be="any text",
                is_secret=True,
                needed="where the lender hashes ID numbers with a key",
                meaning="What the lender hashes ID numbers with (HMAC-SHA-256) for the book's `id_hash`. Without one the hash is "
                "SHA-256 alone.",
            ),
        ),
    ),
    Section(
        "Pages",
        "A proxy that ends TLS stands before the web processes.",
        (
            Setting(
                variable="PORTAL_BASE_URL",
                field="base_url",
                default="`http://127.0.0.1:` and the port",
                is_worked_out=True,
                may_be="an address; `https://` on anything but this machine",
                needed="where anybody but you opens the pages",
                meaning="What links in messages and documents begin with.",
            ),
            Setting(
                variable="PORTAL_TRUSTED_HOSTS",
                field="trusted_hosts",
                default="127.0.0.1,localhost",
                may_be="host names with commas between them, at least one",
                needed="where anybody but you opens the pages",
                meaning="The host names that requests may carry; others are refused.",
            ),
            Setting(
                variable="PORTAL_TRUSTED_PROXIES",
                field="trusted_proxies",
                default="none: nobody's `X-Forwarded-For` is believed",
                may_be="addresses or networks with commas between them, like `127.0.0.1,10.0.3.0/24`",
                needed="where a proxy stands before the web processes",
                meaning="The addresses of your own proxies, as the web processes see them. Who asks is then the last address in "
                "`X-Forwarded-For` that is none of these; without it all visitors behind a proxy are one, and share the limits of one.",
            ),
            Setting(
                variable="PORTAL_SECURE_COOKIES",
                field="secure_cookies",
                default="1; 0 in the demo",
                may_be=_FLAG + "; off in demo and test only",
                meaning="Cookies travel over TLS alone, with the prefix `__Host-`.",
            ),
            Setting(
                variable="PORTAL_BREACHED_PASSWORDS",
                field="breached_passwords",
                is_path=True,
                default="none: passwords are held against the list of common ones alone",
                may_be="a text file of SHA-1 hashes ordered by hash, `HASH` or `HASH:COUNT` a line, as Pwned Passwords is published",
                meaning="Passwords known from breaches, which staff cannot choose. It is looked up where it lies; nobody is asked. The "
                "service must be able to read the file.",
            ),
            Setting(
                variable="PORT",
                field=None,
                default="8000",
                may_be="a port",
                meaning="The port of `bin/demo` and `portal serve`.",
            ),
            Setting(
                variable="PORTAL_WORKER_THREAD",
                field="worker_thread",
                default="0",
                may_be=_FLAG,
                meaning="The worker runs inside the web process. Otherwise run `portal worker` beside it.",
            ),
            Setting(
                variable="PORTAL_POOL_SIZE",
                field="pool_size",
                default="8",
                may_be="2 to 100",
                meaning="Connections to PostgreSQL that a web process has at most. It has half as many threads, four at most.",
            ),
            Setting(
                variable="PORTAL_DRAIN_SECONDS",
                field="drain_seconds",
                default="0",
                may_be="a whole number from 0 to 300",
                meaning="For how long a server that was asked to end says so at `/readyz` and goes on answering.",
            ),
            Setting(
                variable="PORTAL_POOL_WAIT_SECONDS",
                field="pool_wait_seconds",
                default="5",
                may_be="1 to 60",
                meaning="How long a request waits for a connection before its reader is told to come again (status 503).",
            ),
            Setting(
                variable="PORTAL_METRICS_TOKEN",
                field="metrics_token",
                default="none: there is no `/metrics`",
                is_secret=True,
                may_be=_LONG_KEY,
                needed="where monitoring reads `/metrics`",
                meaning="What monitoring shows as `Authorization: Bearer`.",
            ),
            Setting(
                variable="PROMETHEUS_MULTIPROC_DIR",
                field=None,
                default="`metrics` in the data folder, for `portal serve`",
                may_be="a folder",
                needed="for a worker whose work is to stand in the same figures",
                meaning="Where processes of one machine count together.",
            ),
        ),
    ),
    Section(
        "Text messages",
        "The vendor is Alibaba Cloud's short message service (`SendSms`, version 2017-05-25). Used where `PORTAL_LIVE` is set, and "
        "nowhere else.",
        (
            Setting(
                variable="PORTAL_SMS_URL",
                field="sms_url",
                may_be=_ADDRESS,
                needed="where `PORTAL_LIVE` is set",
                meaning="The vendor's address.",
            ),
            Setting(
                variable="PORTAL_SMS_KEY_ID",
                field="sms_key_id",
                may_be="as the vendor gave it",
                needed=_WITH_SMS,
                meaning="The name of our access key.",
            ),
            Setting(
                variable="PORTAL_SMS_SECRET",
                field="sms_secret",
                is_secret=True,
                may_be="as the vendor gave it",
                needed=_WITH_SMS,
                meaning="Our access key's secret.",
            ),
            Setting(
                variable="PORTAL_SMS_SIGN_NAME",
                field="sms_sign_name",
                may_be="as registered with the vendor",
                needed=_WITH_SMS,
                meaning="The sender's name; stands before each message.",
            ),
            Setting(
                variable="PORTAL_SMS_NUMBER",
                field="sms_number",
                may_be="a number",
                meaning="The number that telephones show, told to borrowers beforehand.",
            ),
            Setting(
                variable="PORTAL_SMS_TEMPLATES",
                field="sms_templates",
                is_path=True,
                may_be='a JSON file: `{"zh_CN": {"sign_in": "SMS_1", …}, "en": {…}}`',
                needed=_WITH_SMS,
                meaning="The vendor's template codes, by locale and by the names in `portal/texts/messages`. The words registered with "
                "the vendor must be those of that folder; a name that is missing is told at the start.",
            ),
            Setting(
                variable="PORTAL_NEW_NUMBER_PREFIXES",
                field="new_number_prefixes",
                default="+86",
                may_be="what numbers begin with, from + on, with commas between them, like `+86,+852`; at least one",
                needed="where borrowers have numbers of other countries",
                meaning="Who has a new number can have a code sent to one that begins so; to no other, for anybody may ask. Codes for "
                "signing in go to whatever numbers the book has.",
            ),
            Setting(
                variable="PORTAL_RECEIPTS_KEY",
                field="receipts_key",
                is_secret=True,
                may_be=_LONG_KEY,
                needed=_WITH_SMS,
                meaning="What the vendor's reports of delivery carry in their address, `BASE_URL/receipts/sms/KEY`.",
            ),
        ),
    ),
    Section(
        "E-mail",
        "Used where `PORTAL_LIVE` is set. Without a server nobody is offered e-mail there.",
        (
            Setting(
                variable="PORTAL_SMTP_HOST",
                field="smtp_host",
                default="none: no e-mail",
                may_be="a host",
                meaning="The mail server that e-mails go out by.",
            ),
            Setting(
                variable="PORTAL_SMTP_PORT",
                field="smtp_port",
                default="587",
                may_be="a port",
                meaning="Its port.",
            ),
            Setting(
                variable="PORTAL_SMTP_SECURITY",
                field="smtp_security",
                default="starttls",
                may_be="`starttls`, `tls` (from the first byte), or `none` for a server on this machine",
                meaning="How what goes there is kept from being read on the way.",
            ),
            Setting(
                variable="PORTAL_SMTP_USER",
                field="smtp_user",
                may_be="any text",
                needed="where the server asks who is there",
                meaning="The name that the server knows us by.",
            ),
            Setting(
                variable="PORTAL_SMTP_PASSWORD",
                field="smtp_password",
                is_secret=True,
                may_be="any text",
                needed="with `PORTAL_SMTP_USER`",
                meaning="The password that goes with it.",
            ),
            Setting(
                variable="PORTAL_SMTP_TRUST",
                field="smtp_trust",
                default="none: the system's certificates",
                is_path=True,
                may_be="a PEM file",
                needed="where the server's certificate leads to an authority of your own",
                meaning="The certificates that the server's must lead to.",
            ),
            Setting(
                variable="PORTAL_MAIL_FROM",
                field="mail_from",
                may_be="an address with `@`",
                needed="with `PORTAL_SMTP_HOST`",
                meaning="The address that e-mails come from, and that what cannot be delivered returns to.",
            ),
        ),
    ),
    Section(
        "What messages may cost",
        "At 80 % of any of the four limits people are warned; at 100 % no message that asks for money goes out any more.",
        (
            Setting(
                variable="PORTAL_MESSAGES_A_DAY",
                field="messages_a_day",
                default="none: no limit",
                may_be=_NUMBER,
                needed="one of the four, where `PORTAL_LIVE` is set",
                meaning="Messages on one day at most.",
            ),
            Setting(
                variable="PORTAL_MESSAGES_A_MONTH",
                field="messages_a_month",
                default="none: no limit",
                may_be=_NUMBER,
                meaning="Messages in one calendar month at most.",
            ),
            Setting(
                variable="PORTAL_MESSAGE_COST_A_DAY",
                field="message_cost_a_day",
                default="none: no limit",
                may_be=_SUM,
                meaning="What messages may cost on one day.",
            ),
            Setting(
                variable="PORTAL_MESSAGE_COST_A_MONTH",
                field="message_cost_a_month",
                default="none: no limit",
                may_be=_SUM,
                meaning="What messages may cost in one calendar month.",
            ),
            Setting(
                variable="PORTAL_MESSAGE_PART_COST",
                field="message_part_cost",
                default="0",
                may_be="a whole number, in minor units",
                needed="with a limit on cost",
                meaning="What one part of a text message costs: 70 characters are one part, longer ones go in parts of 67.",
            ),
        ),
    ),
    Section(
        "Seals, signatures and time stamps",
        "Files of certificates keep past authorities' too: without them what they stamped and signed cannot be judged later.",
        (
            Setting(
                variable="PORTAL_SEAL_KEY",
                field="seal_key",
                is_path=True,
                may_be="a PEM file, made by `portal seal create-key`",
                needed="where `PORTAL_LIVE` is set; demo and test make one",
                meaning="The seal's key and certificate. Web processes need the `.crt` beside it only.",
            ),
            Setting(
                variable="PORTAL_SIGNING_AUTHORITY_URL",
                field="signing_authority_url",
                default="none: agreements are of level L1",
                may_be=_ADDRESS,
                meaning="A licensed authority that signs borrowers' fields (level L3).",
            ),
            Setting(
                variable="PORTAL_SIGNING_AUTHORITY_TRUST",
                field="signing_authority_trust",
                is_path=True,
                may_be="a PEM file",
                needed="with `PORTAL_SIGNING_AUTHORITY_URL`",
                meaning="The certificates that borrowers' signatures must lead to.",
            ),
            Setting(
                variable="PORTAL_SIGNING_AUTHORITY_TOKEN",
                field="signing_authority_token",
                is_secret=True,
                may_be="as the authority gave it",
                needed="where the authority asks for one",
                meaning="What this installation shows the authority, as a bearer token.",
            ),
            Setting(
                variable="PORTAL_TIME_STAMP_URL",
                field="time_stamp_url",
                default="none; demo and test have a stand-in",
                may_be="an address",
                meaning="A time-stamping authority (RFC 3161).",
            ),
            Setting(
                variable="PORTAL_TIME_STAMP_TRUST",
                field="time_stamp_trust",
                is_path=True,
                may_be="a PEM file",
                needed="with `PORTAL_TIME_STAMP_URL`",
                meaning="The certificates that time stamps must lead to.",
            ),
        ),
    ),
    Section(
        "The record",
        "Without a copy of its checkpoints elsewhere the record proves nothing.",
        (
            Setting(
                variable="PORTAL_CHECKPOINT_SECONDS",
                field="checkpoint_seconds",
                default="60",
                may_be="from 1 on, less than `PORTAL_RECORD_LAG_SECONDS`",
                meaning="At most one checkpoint of the record in so many seconds.",
            ),
            Setting(
                variable="PORTAL_RECORD_LAG_SECONDS",
                field="record_lag_seconds",
                default="600",
                may_be="more than `PORTAL_CHECKPOINT_SECONDS`",
                meaning="For how long an event may be without a checkpoint before it is an alarm.",
            ),
            Setting(
                variable="PORTAL_CHECKPOINT_COPIES",
                field="checkpoint_copies",
                may_be="folders with colons between them",
                needed="this or the next, where the record is to prove anything",
                meaning="Further folders that get each checkpoint at once, another machine's for instance.",
            ),
            Setting(
                variable="PORTAL_CHECKPOINT_BUCKET",
                field="checkpoint_bucket",
                may_be="`s3://bucket/prefix`",
                needed="this or the one before, where the record is to prove anything",
                meaning="An object store that gets each checkpoint, with the four settings below as every S3 client reads them.",
            ),
            Setting(
                variable="AWS_ACCESS_KEY_ID",
                field=None,
                may_be="as the store gave it",
                needed=_WITH_BUCKET,
                meaning="The name of our key to the object store.",
            ),
            Setting(
                variable="AWS_SECRET_ACCESS_KEY",
                field=None,
                is_secret=True,
                may_be="as the store gave it",
                needed=_WITH_BUCKET,
                meaning="The key itself. It may put, list and read; it need not delete.",
            ),
            Setting(
                variable="AWS_DEFAULT_REGION",
                field=None,
                may_be="a region's name",
                needed="where the store has regions",
                meaning="Where the bucket lies.",
            ),
            Setting(
                variable="AWS_ENDPOINT_URL_S3",
                field=None,
                default="none: Amazon's",
                may_be="an address",
                needed="for any store but Amazon's",
                meaning="The store's address.",
            ),
        ),
    ),
)


def settings() -> Iterator[Setting]:
    """Each of them once, in the order of the reference."""
    for section in SECTIONS:
        yield from section.settings


def at_default(setting: Setting) -> str:
    """The default alone, without what is said about it."""
    return setting.default.partition(": ")[0].partition("; ")[0]
