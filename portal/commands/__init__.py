"""The ``portal`` command line. Each command lives in its own module and is imported only when it is called."""

import importlib
from collections.abc import Mapping

import click

from portal.config import ConfigError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "agreement": ("portal.commands.agreement:agreement", "Sealed agreements: verify a file."),
    "apr": ("portal.commands.apr:apr", "Annualised cost of dated payments, JSON lines in and out."),
    "backup": (
        "portal.commands.backup.command:backup",
        "Copies of everything: create, verify, restore.",
    ),
    "book": ("portal.commands.book:book", "Figures of the loan book."),
    "call-list": (
        "portal.commands.call_list:call_list",
        "Bring the list of whom to call up to date with the book.",
    ),
    "complaints": (
        "portal.commands.complaints:complaints",
        "Complaints of people who were not signed in: list, close.",
    ),
    "config": (
        "portal.commands.config:config",
        "The settings: what there are, what is in force, what is wrong.",
    ),
    "corrections": (
        "portal.commands.corrections:corrections",
        "What the lender was asked to correct in its book: list, answer.",
    ),
    "creditor": (
        "portal.commands.creditor:creditor",
        "Creditors, and the accounts that borrowers may pay into.",
    ),
    "database": (
        "portal.commands.database_accounts:database",
        "Accounts of PostgreSQL: give web processes what they need, and nothing else.",
    ),
    "day": ("portal.commands.day:day", "Run a business date: stages, plans, what runs out."),
    "demo": ("portal.commands.demo:demo", "Demo data: seed, and who can sign in."),
    "doctor": ("portal.commands.doctor.command:doctor", "Say what is wrong with this installation."),
    "erase-attachments": (
        "portal.commands.erase_attachments:erase_attachments",
        "Erase files whose time is over.",
    ),
    "expire": ("portal.commands.expire:expire", "End what stood open past its time."),
    "import": ("portal.commands.import_book:import_book", "Import a loan book from a folder."),
    "keys": ("portal.commands.keys:keys", "The keys of personal data: new, status, rotate."),
    "messages": (
        "portal.commands.messages:messages",
        "Messages: their wording, what was spent, what came back.",
    ),
    "migrate": ("portal.commands.migrate:migrate", "Bring the database to the newest schema."),
    "policy": ("portal.commands.policy:policy", "Versions of the policy: list, show, diff, replay, quote."),
    "quote": ("portal.commands.quote:quote", "Repayment schedules, JSON lines in and out."),
    "rates": ("portal.commands.rates:rates", "The prime rate that caps go by: list, add a month."),
    "readonly": (
        "portal.commands.readonly:readonly",
        "Put acts off while the installation is looked after: on, off, status.",
    ),
    "record": ("portal.commands.record:record", "The record: keep, verify, prove."),
    "report": ("portal.commands.report:report", "Figures of a month or of a year as a PDF."),
    "retention": (
        "portal.commands.retention:retention",
        "What is kept only for so long: preview, run.",
    ),
    "seal": ("portal.commands.seal:seal", "The key of the built-in seal."),
    "serve": ("portal.commands.serve:serve", "Serve the pages."),
    "sessions": ("portal.commands.sessions:sessions", "Who is signed in: end sessions."),
    "stand-in": (
        "portal.commands.stand_in:stand_in",
        "Authorities for trying out time stamps and level L3.",
    ),
    "staff": ("portal.commands.staff:staff", "Staff accounts."),
    "watch-plans": (
        "portal.commands.watch_plans:watch_plans",
        "Move plans in force to where their payments are on a day.",
    ),
    "worker": ("portal.commands.worker:worker", "Do what the outbox asks: documents, messages."),
}

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "To set up": (
        "config",
        "migrate",
        "database",
        "seal",
        "staff",
        "creditor",
        "rates",
        "import",
        "demo",
        "stand-in",
    ),
    "To run": (
        "serve",
        "worker",
        "day",
        "call-list",
        "expire",
        "watch-plans",
        "retention",
        "erase-attachments",
    ),
    "To look after": ("doctor", "readonly", "sessions", "backup", "keys", "record"),
    "To look into": (
        "book",
        "policy",
        "report",
        "messages",
        "complaints",
        "corrections",
        "agreement",
        "quote",
        "apr",
    ),
}
"""Commands as the help lists them; what is named in none stands under "More"."""


class LazyGroup(click.Group):
    """Lists every command, imports one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        for title, names in (*SECTIONS.items(), ("More", _left_out())):
            if names:
                with formatter.section(title):
                    formatter.write_dl([(name, COMMANDS[name][1]) for name in names], col_max=20)


def _left_out() -> tuple[str, ...]:
    listed = {name for names in SECTIONS.values() for name in names}
    return tuple(sorted(COMMANDS.keys() - listed))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The repayment portal.

    Settings come from the environment: `portal config reference` explains each, `portal config check` says what is wrong with them.
    `portal COMMAND --help` says more about a command, docs/operations.md when to use which.
    """


def main() -> None:
    """Entry point of the ``portal`` script."""
    try:
        cli(prog_name="portal")
    except ConfigError as error:
        raise SystemExit(f"portal: {error}") from None
    except Exception as error:
        said = _explained(error)
        if said is None:
            raise
        raise SystemExit(f"portal: {said}") from None


def _explained(error: Exception) -> str | None:
    """A file that cannot be used, a database that is not set up or not reachable, in a sentence; None for anything else."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if type(error).__module__.split(".")[0] != "sqlalchemy":
        return None
    text = str(error)
    if "no such table" in text or "UndefinedTable" in text:
        return "the database has no tables yet: run `portal migrate` first"
    if "OperationalError" in type(error).__name__:
        return f"the database cannot be used: {text.splitlines()[0]}"
    return None
