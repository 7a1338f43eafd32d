"""``portal corrections``: what the lender was asked to correct in its book, and what it answered."""

from zoneinfo import ZoneInfo

import click

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.config import from_environment
from portal.db import transaction
from portal.domain.case_handling import CorrectionAnswer
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.safe_csv import safe_rows
from portal.models import CorrectionRequest
from portal.queries.service_cases import find_request, request_lines
from portal.services.corrections import answer_request

COLUMNS = (
    "reference",
    "loan_ref",
    "what",
    "is_wrong",
    "should_be",
    "asked_at",
    "book_changed_since",
    "answer",
    "answer_words",
)
_MOST = 100_000


@click.group()
def corrections() -> None:
    """What the lender was asked to correct in its book."""


@corrections.command("list")
@click.option("--all", "all_of_them", is_flag=True, help="Those that were answered, too.")
def list_requests(*, all_of_them: bool) -> None:
    """CSV for the lender, the newest first: by loan reference, without names and numbers of people."""
    config = from_environment()
    zone = ZoneInfo(config.timezone)
    condition = CorrectionRequest.id.is_not(None) if all_of_them else CorrectionRequest.answer.is_(None)
    with opened_engine(config) as engine, transaction(engine, writes=False) as session:
        rows: list[tuple[str, ...]] = [COLUMNS]
        for line in request_lines(session, condition, limit=_MOST):
            asked = line.request
            rows.append(
                (
                    asked.reference,
                    line.loan_ref,
                    asked.what,
                    _plain(asked.is_wrong),
                    _plain(asked.should_be),
                    asked.asked_at.astimezone(zone).isoformat(timespec="seconds"),
                    "yes" if line.loan_moved else "no",
                    asked.answer or "",
                    _plain(asked.answer_words),
                )
            )
        click.echo(safe_rows(rows), nl=False)


@corrections.command("answer")
@click.argument("reference")
@click.argument("answer", type=click.Choice([answer.value for answer in CorrectionAnswer]))
@click.option("--words", default="", help="What the lender says about it.")
def answer(reference: str, answer: str, words: str) -> None:
    """Note the lender's ANSWER to the request REFERENCE on its case."""
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with opened_engine(config) as engine, transaction(engine) as session:
        found = find_request(session, reference)
        if found is None:
            raise click.ClickException(f"no request {reference}")
        try:
            answer_request(
                session,
                SYSTEM,
                request=found,
                answer=CorrectionAnswer(answer),
                words=words,
                now=clock.now(),
            )
        except DomainError:
            raise click.ClickException(f"{reference} was answered already: {found.answer}") from None


def _plain(text: str) -> str:
    """One line."""
    return " ".join(text.split())
