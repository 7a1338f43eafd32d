"""Writing the agent's guide on: a version is added, none is ever changed (rule C13)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.guide import STAGES, GuideFault, GuideFaultsError, GuideText, Situation, checked_guide
from portal.domain.message_lint import WordingRules
from portal.domain.next_steps import NextStep
from portal.domain.permissions import Actor, Permission, require
from portal.models import GuideVersion
from portal.queries.guides import newest_number
from portal.services.record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenGuide:
    """What was typed: by language the lines to say and what is not said, and the codes of the steps. ``after`` is the version that was
    read while writing: 0 for the packaged one.
    """

    stage: str
    situation: Situation
    says: Mapping[str, str]
    avoids: Mapping[str, str]
    steps: Sequence[str]
    after: int


def write_guide(
    session: Session, actor: Actor, *, written: WrittenGuide, rules: WordingRules, now: datetime
) -> GuideVersion:
    """Add the next version; it holds from now on.

    Raises:
        AccessRefused: ``permission_missing``.
        GuideFaultsError: with each forbidden phrase, the field (``says_zh_cn``, …) and the rule.
        DomainError: ``guide_stage_unknown``, ``guide_steps_missing``, ``guide_text_missing`` and ``text_too_long`` with the field.
        Conflict: ``guide_moved`` where somebody else wrote one meanwhile.

    """
    require(actor, Permission.GUIDE_WRITE)
    assert actor.id is not None
    if written.stage not in STAGES:
        raise DomainError("guide_stage_unknown", field="stage")
    words = _checked(written, rules)
    if newest_number(session, stage=written.stage, situation=written.situation) != written.after:
        raise Conflict("guide_moved")
    version = GuideVersion(
        stage=written.stage,
        situation=written.situation.value,
        number=written.after + 1,
        words={
            locale: {"says": list(text.says), "avoids": list(text.avoids)} for locale, text in words.items()
        },
        steps=[step.value for step in next(iter(words.values())).steps],
        made_by=actor.id,
        made_at=now,
    )
    _add(session, version)
    record(
        session,
        actor,
        "guide:written",
        now=now,
        stage=version.stage,
        situation=version.situation,
        number=version.number,
        words_hash=_hash_of(version),
    )
    return version


def _checked(written: WrittenGuide, rules: WordingRules) -> Mapping[str, GuideText]:
    """All faults of both languages at once, so that nobody mends one to meet the next."""
    known = set(NextStep)
    steps = [NextStep(code) for code in written.steps if code in known]
    if not steps:
        raise DomainError("guide_steps_missing", field="steps")
    words: dict[str, GuideText] = {}
    faults: list[GuideFault] = []
    for locale in written.says:
        try:
            words[locale] = checked_guide(
                written.says[locale], written.avoids[locale], steps, rules, locale=locale
            )
        except GuideFaultsError as error:
            faults.extend(error.faults)
    if faults:
        raise GuideFaultsError(faults)
    return words


def _add(session: Session, version: GuideVersion) -> None:
    """Of two who write the same number one is first."""
    try:
        with session.begin_nested():
            session.add(version)
            session.flush()
    except IntegrityError as error:
        raise Conflict("guide_moved") from error


def _hash_of(version: GuideVersion) -> str:
    """Of exactly these words, so that the record vouches for them."""
    body = json.dumps([version.words, version.steps], sort_keys=True, ensure_ascii=False)
    return sha256(body.encode()).hexdigest()
