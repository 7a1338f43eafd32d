"""The agent's guide as it stands: the newest version of each text, else what the package carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.domain.guide import ANY_STAGE, STAGES, GuideText, Situation
from portal.domain.next_steps import NextStep
from portal.domain.texts import Text
from portal.models import GuideVersion, StaffMember

Texts = Mapping[str, Text]
"""The packaged guide by language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideEntry:
    """The text of a stage (or of any) and a situation; ``number`` 0 with the ``packaged`` version where no supervisor wrote one."""

    stage: str
    situation: Situation
    number: int
    packaged: str
    words: Mapping[str, GuideText]
    """By language."""
    made_by: str
    """Staff number; empty for what the package carries."""
    made_at: datetime | None


def guide_for(session: Session, texts: Texts, *, stage: str | None, situation: Situation) -> GuideEntry:
    """What holds in a call: the stage's own text, else the one for any stage. ``stage`` is None where nothing is late."""
    own = find_guide(session, texts, stage=stage or ANY_STAGE, situation=situation)
    found = own or find_guide(session, texts, stage=ANY_STAGE, situation=situation)
    if found is None:
        raise LookupError(f"no guide for {situation}")
    return found


def find_guide(session: Session, texts: Texts, *, stage: str, situation: Situation) -> GuideEntry | None:
    """The newest of exactly this stage and situation."""
    newest = session.execute(
        _with_author()
        .where(GuideVersion.stage == stage, GuideVersion.situation == situation.value)
        .order_by(GuideVersion.number.desc())
        .limit(1)
    ).first()
    return _packaged(texts, stage, situation) if newest is None else _entry(newest[0], newest[1])


def guide_history(
    session: Session, texts: Texts, *, stage: str, situation: Situation
) -> Sequence[GuideEntry]:
    """All versions, the newest first, with the packaged one at the end."""
    rows = session.execute(
        _with_author()
        .where(GuideVersion.stage == stage, GuideVersion.situation == situation.value)
        .order_by(GuideVersion.number.desc())
    ).all()
    packaged = _packaged(texts, stage, situation)
    return [*(_entry(version, author) for version, author in rows), *([packaged] if packaged else [])]


def whole_guide(session: Session, texts: Texts) -> Sequence[GuideEntry]:
    """Each text as it holds now, by situation and then stage."""
    newest = select(func.max(GuideVersion.id)).group_by(GuideVersion.stage, GuideVersion.situation)
    rows = session.execute(_with_author().where(GuideVersion.id.in_(newest))).all()
    written = {(version.stage, version.situation): _entry(version, author) for version, author in rows}
    keys = [(stage, situation) for situation in Situation for stage in STAGES]
    found = (
        written.get((stage, situation.value)) or _packaged(texts, stage, situation)
        for stage, situation in keys
    )
    return [entry for entry in found if entry is not None]


def newest_number(session: Session, *, stage: str, situation: Situation) -> int:
    """0 where nobody wrote one yet."""
    return (
        session.scalar(
            select(func.coalesce(func.max(GuideVersion.number), 0)).where(
                GuideVersion.stage == stage, GuideVersion.situation == situation.value
            )
        )
        or 0
    )


def _with_author() -> Select[GuideVersion, str]:
    return select(GuideVersion, StaffMember.number).join(StaffMember, StaffMember.id == GuideVersion.made_by)


def _entry(version: GuideVersion, author: str) -> GuideEntry:
    steps = _steps(version.steps)
    return GuideEntry(
        stage=version.stage,
        situation=Situation(version.situation),
        number=version.number,
        packaged="",
        words={
            locale: GuideText(tuple(words["says"]), tuple(words["avoids"]), steps)
            for locale, words in version.words.items()
        },
        made_by=author,
        made_at=version.made_at,
    )


def _packaged(texts: Texts, stage: str, situation: Situation) -> GuideEntry | None:
    code = f"{stage}/{situation.value}"
    sections = {
        locale: section for locale, text in texts.items() for section in text.sections if section.code == code
    }
    if set(sections) != set(texts):
        return None
    return GuideEntry(
        stage=stage,
        situation=situation,
        number=0,
        packaged=next(iter(texts.values())).version,
        words={
            locale: GuideText(
                tuple(section.paragraphs),
                tuple(section.notes["avoids"].split("\n")),
                _steps(section.notes["steps"].split()),
            )
            for locale, section in sections.items()
        },
        made_by="",
        made_at=None,
    )


def _steps(codes: Sequence[str]) -> tuple[NextStep, ...]:
    """What an older version named and is no longer offered is left out."""
    known = set(NextStep)
    return tuple(NextStep(code) for code in codes if code in known)
