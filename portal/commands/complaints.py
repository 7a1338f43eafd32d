"""``portal complaints``: what people who were not signed in complained about."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.config import from_environment
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.models import VisitorComplaint
from portal.queries.visitor_complaints import open_visitor_complaints
from portal.services.visitor_complaints import close_visitor_complaint


@click.group()
def complaints() -> None:
    """Complaints of people who were not signed in."""


@complaints.command("list")
def list_open() -> None:
    """Those that wait for an answer, the most urgent first."""
    config = from_environment()
    zone = ZoneInfo(config.timezone)
    with opened_engine(config) as engine, transaction(engine, writes=False) as session:
        for complaint in open_visitor_complaints(session):
            click.echo(_line(complaint, zone))


@complaints.command("close")
@click.argument("reference")
def close(reference: str) -> None:
    """Say that the complaint REFERENCE was answered."""
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with opened_engine(config) as engine, transaction(engine) as session:
        is_closed = close_visitor_complaint(session, SYSTEM, reference=reference, now=clock.now())
    if not is_closed:
        raise click.ClickException(f"no open complaint {reference}")


def _line(complaint: VisitorComplaint, zone: ZoneInfo) -> str:
    due: datetime = complaint.answer_by.astimezone(zone)
    told = f"{complaint.reference}  {due:%Y-%m-%d %H:%M}  {complaint.topic}  {complaint.page}  {complaint.reply_to}"
    return f"{told.rstrip()}\n    " + complaint.body.replace("\n", "\n    ")
