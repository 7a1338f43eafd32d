"""``portal policy``: the versions, what they say and differ in, what a draft would change, and what plans a book would get."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.commands.policy_replays import Replay
from portal.commands.shown_progress import shown_progress
from portal.commands.whole_files import written_whole
from portal.config import from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.policy import Policy
from portal.domain.policy_limits import LIMITS, differences, values_of
from portal.domain.policy_replay import LeftOut, Outcome
from portal.domain.policy_versions import PolicyState
from portal.domain.pricing_rules import PricingRules
from portal.i18n import format_count, format_date, format_money, use_locale
from portal.messages import text_of
from portal.policy_words import LEFT_OUT, OUTCOMES, POLICY_STATES, change_words, limit_name, value_words
from portal.queries.policies import business_calendar, policy_named, policy_on
from portal.queries.policy_replays import count_late_loans, count_signed_offers
from portal.queries.policy_versions import (
    VersionLine,
    get_policy_version,
    in_force_on,
    newest_approved,
    policy_versions,
)
from portal.services.policy_replays import begin_replay, keep_replay

OFFERS: Final = 1_000
LOANS: Final = 100


@dataclass(frozen=True, slots=True)
class _Desk:
    engine: Engine
    clock: Clock


@contextmanager
def _opened() -> Iterator[_Desk]:
    """A refusal of a rule is told in words."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        try:
            yield _Desk(engine, Clock(ZoneInfo(config.timezone), config.business_date))
        except DomainError as error:
            said = (
                gettext("There is no such version: %(command)s names all.", command="portal policy list")
                if error.code == "not_found"
                else text_of(error)
            )
            raise click.ClickException(said) from error


@click.group(help="Versions of the policy: what they say, what they differ in, what a draft would change.")
def policy() -> None:
    pass


@policy.command(name="list", help="All versions, the newest first.")
def list_versions() -> None:
    with _opened() as desk, transaction(desk.engine, writes=False) as session:
        in_force = in_force_on(session, desk.clock.today())
        for line in policy_versions(session):
            click.echo(_told(line, in_force))


def _told(line: VersionLine, in_force: str | None) -> str:
    row = line.row
    parts = [
        row.version,
        gettext("in force") if row.version == in_force else str(POLICY_STATES[PolicyState(row.state)]),
        gettext("from %(date)s", date=format_date(row.effective_on)),
    ]
    if row.share_pct is not None:
        parts.append(gettext("%(share)s%% of the loans", share=row.share_pct))
    if line.drafter:
        parts.append(gettext("drafted by %(staff)s", staff=line.drafter))
    if line.decider:
        parts.append(gettext("decided by %(staff)s", staff=line.decider))
    return "  ".join(parts)


@policy.command(help="Every limit of a version.")
@click.argument("version")
@click.option("--json", "as_json", is_flag=True, help="The body as it is kept.")
def show(version: str, *, as_json: bool) -> None:
    with _opened() as desk, transaction(desk.engine, writes=False) as session:
        body = get_policy_version(session, version).row.body
        if as_json:
            _echo_json(body)
            return
        values = values_of(body)
        for limit in LIMITS:
            click.echo(f"{limit_name(limit)}: {value_words(limit, values[limit.name])}")


@policy.command(help="What two versions differ in, in words.")
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    with _opened() as desk, transaction(desk.engine, writes=False) as session:
        bodies = [get_policy_version(session, version).row.body for version in (before, after)]
        found = differences(*bodies)
        for change in found:
            click.echo(change_words(change))
        if not found:
            click.echo(gettext("They say the same."))


@policy.command(
    help="""\
Run a draft over the last signed offers and over late loans of the open book, beside the newest approved version.

Nothing is decided and nothing changes but that the result is kept with the draft, for whoever approves it. --version compares any
version with --against and keeps nothing.
"""
)
@click.option("--draft", help="A draft or proposed version; the result is kept with it.")
@click.option("--version", "version", help="Any version; nothing is kept.")
@click.option("--against", help="With --version: what it is compared with; the newest approved by default.")
@click.option("--last", type=click.IntRange(min=0), default=OFFERS, show_default=True, help="Signed offers.")
@click.option("--loans", type=click.IntRange(min=0), default=LOANS, show_default=True, help="Late loans.")
@click.option("--json", "as_json", is_flag=True, help="The whole result.")
def replay(
    draft: str | None, version: str | None, against: str | None, last: int, loans: int, *, as_json: bool
) -> None:
    if (draft is None) == (version is None):
        raise click.UsageError("give either --draft or --version")
    if against is not None and version is None:
        raise click.UsageError("--against goes with --version")
    with _opened() as desk:
        name = draft or version or ""
        replay_id, run = _prepared(desk, name, against, last, loans, keeps=draft is not None)
        result = _run(desk, run)
        if replay_id is not None:
            with transaction(desk.engine) as session:
                keep_replay(session, SYSTEM, replay_id=replay_id, result=result, now=desk.clock.now())
        if as_json:
            _echo_json(result)
            return
        for line in _result_lines(result):
            click.echo(line)


def _prepared(
    desk: _Desk, name: str, against: str | None, last: int, loans: int, *, keeps: bool
) -> tuple[int | None, Replay]:
    with transaction(desk.engine, writes=keeps) as session:
        row = get_policy_version(session, name).row
        if keeps and row.state not in {PolicyState.DRAFT.value, PolicyState.PROPOSED.value}:
            raise click.UsageError(gettext("%(version)s is no draft: use --version.", version=name))
        other = policy_named(session, _named(session, against))
        replay_id = None
        if keeps:
            replay_id = begin_replay(
                session, SYSTEM, policy=row, offers=last, loans=loans, now=desk.clock.now()
            ).id
        return replay_id, Replay(
            desk.engine, desk.clock, Policy.from_data(name, row.body), other, last, loans
        )


def _named(session: Session, against: str | None) -> str:
    return (
        newest_approved(session).version
        if against is None
        else get_policy_version(session, against).row.version
    )


def _run(desk: _Desk, run: Replay) -> dict[str, Any]:
    with transaction(desk.engine, writes=False) as session:
        length = min(run.offers, count_signed_offers(session))
        length += min(run.loans, count_late_loans(session, on=desk.clock.today()))
    with shown_progress(length, label=gettext("Replay"), line=_line) as advance:
        return run.run(advance)


def _line(done: int, length: int) -> str:
    return str(
        gettext("Replayed: %(done)s of %(length)s", done=format_count(done), length=format_count(length))
    )


@policy.command(
    help="""\
Quote plans to every late loan of the open book under a version of the policy, as CSV.

A line a loan and plan: how many payments, the first, the largest and the last, from when until when, what is paid in all and beyond
principal, what is waived, the cost a year. "outcome" is "possible", or the code of what stands against it: a limit of law, or that
there is no such plan for this loan. Nothing is decided and nothing changes: the policy's smallest payment, pauses of contact and who
would decide are not asked, `portal policy replay` asks them.

Loans that are closed or charged off, or have a plan that is open or in force, are left out. The book is read in parts: what an import
changes meanwhile may be in some and not in others. Without --plan: catching up and new installments, half of the policy's most
and its most; the longest deferral; everything late by one day.
"""
)
@click.option("--version", "version", help="Any version; the one in force by default.")
@click.option(
    "--plan",
    "plans",
    multiple=True,
    metavar="KIND[:COUNT]",
    help="A plan to quote, for example catch_up:12, defer:2, pay_by_date; may be given again.",
)
@click.option("--loans", type=click.IntRange(min=1), help="So many loans at most, a fair share of all.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    required=True,
    help="The file to write, replaced once all of it is there; - for standard output.",
)
def quote(version: str | None, plans: Sequence[str], loans: int | None, out: Path) -> None:
    # Brings numpy with it, which the other commands have no use for.
    from portal.commands.book_quotes import BookQuotes, requests_of  # noqa: PLC0415

    with _opened() as desk:
        today = desk.clock.today()
        with transaction(desk.engine, writes=False) as session:
            tried = _quoted_policy(session, version, today)
            rules = PricingRules(tried, business_calendar(session), today)
            there = count_late_loans(session, on=today)
        try:
            requests = requests_of(plans, rules)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        length = there if loans is None else min(there, loans)
        quotes = BookQuotes(desk.engine, rules, requests, length)
        with (
            written_whole(out) as file,
            shown_progress(length, label=gettext("Quotes"), line=_quoted_line) as advance,
        ):
            done = quotes.write(file, advance)
        click.echo(
            gettext(
                "Quoted under %(policy)s: %(loans)s loans, %(plans)s plans, %(possible)s of them possible.",
                policy=tried.version,
                loans=format_count(done.loans),
                plans=format_count(done.plans),
                possible=format_count(done.possible),
            ),
            err=True,
        )


def _quoted_policy(session: Session, version: str | None, on: date) -> Policy:
    if version is None:
        return policy_on(session, on)
    return Policy.from_data(version, get_policy_version(session, version).row.body)


def _quoted_line(done: int, length: int) -> str:
    return str(
        gettext("Quoted: %(done)s of %(length)s", done=format_count(done), length=format_count(length))
    )


def _result_lines(result: Mapping[str, Any]) -> Iterator[str]:
    yield gettext("%(draft)s beside %(against)s", draft=result["draft"], against=result["against"])
    for name, title in (
        ("offers", gettext("Signed offers")),
        ("book", gettext("Standard plans of late loans")),
    ):
        part = result[name]
        yield ""
        yield gettext(
            "%(title)s: %(read)s of %(there)s read, %(replayed)s replayed",
            title=title,
            read=format_count(part["read"]),
            there=format_count(part["there"]),
            replayed=format_count(part["replayed"]),
        )
        yield from _part_lines(part)


def _part_lines(part: Mapping[str, Any]) -> Iterator[str]:
    for because, count in part["left_out"].items():
        yield "  " + gettext(
            "Not replayed: %(count)s, %(why)s", count=format_count(count), why=LEFT_OUT[LeftOut(because)]
        )
    for outcome in Outcome:
        before, after = (part["outcomes"][side][outcome.value] for side in ("before", "after"))
        yield f"  {OUTCOMES[outcome]}: {format_count(before)} → {format_count(after)}"
    for move in part["moves"]:
        if move["before"] != move["after"]:
            yield "  " + gettext(
                "%(before)s → %(after)s: %(count)s, %(sum)s",
                before=OUTCOMES[Outcome(move["before"])],
                after=OUTCOMES[Outcome(move["after"])],
                count=format_count(move["count"]),
                sum=format_money(move["amount"], move["currency"]),
            )
    for currency, money in part["money"].items():
        yield "  " + gettext(
            "Cost to borrowers: %(before)s → %(after)s (dearer for %(dearer)s, cheaper for %(cheaper)s)",
            before=format_money(money.get("cost_before", 0), currency),
            after=format_money(money.get("cost_after", 0), currency),
            dearer=format_count(money.get("dearer", 0)),
            cheaper=format_count(money.get("cheaper", 0)),
        )


def _echo_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))
