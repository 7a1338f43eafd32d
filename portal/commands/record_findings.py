"""What going through the record found, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext

from portal.domain.checkpoints import Unusable
from portal.domain.record_checks import Fault, Verdict
from portal.i18n import format_count


@dataclass(frozen=True, slots=True)
class Examined:
    """``waiting`` events have no place yet; the oldest that no checkpoint covers has waited ``seconds``, and may wait ``most``."""

    verdict: Verdict
    checkpoints: int
    unusable: tuple[Unusable, ...]
    waiting: int
    seconds: int
    most: int

    @property
    def is_whole(self) -> bool:
        return self.verdict.finding is None and not self.unusable

    @property
    def is_late(self) -> bool:
        return self.seconds > self.most


def lines_of(found: Examined) -> Iterator[str]:
    """The first bad place where there is one, and what no checkpoint covers yet."""
    verdict = found.verdict
    for each in found.unusable:
        yield gettext("Checkpoint %(name)s cannot be used: %(reason)s.", name=each.name, reason=each.reason)
    yield gettext(
        "%(size)s events, root %(root)s, %(checkpoints)s checkpoints.",
        size=format_count(verdict.size),
        root=verdict.root.hex(),
        checkpoints=format_count(found.checkpoints),
    )
    if verdict.finding is not None:
        place, why = verdict.finding.place, _why(verdict.finding.fault)
        yield gettext("First bad place: %(place)s. %(why)s", place=place, why=why)
    else:
        yield gettext("Every event is as it was recorded.")
    if verdict.erased:
        yield gettext("Erased as recorded: %(count)s.", count=format_count(verdict.erased))
    yield gettext(
        "Covered by no checkpoint yet: the newest %(count)s.",
        count=format_count(verdict.size - verdict.covered + found.waiting),
    )
    if found.is_late:
        yield gettext(
            "ALARM: the oldest of them has waited %(seconds)s seconds; at most %(most)s are allowed.",
            seconds=format_count(found.seconds),
            most=format_count(found.most),
        )


def _why(fault: Fault) -> str:
    said = {
        Fault.GAP: gettext("A place is missing, or stands twice."),
        Fault.EVENT_MISSING: gettext("Its event is gone."),
        Fault.EVENT_CHANGED: gettext("Its event is not the one that was recorded."),
        Fault.ERASED_UNTOLD: gettext("It was erased, and no later event tells of that."),
        Fault.REWRITTEN: gettext(
            "From here on, before the next checkpoint, the record is not the one that was signed for."
        ),
        Fault.SHORTENED: gettext("A checkpoint signs for more events than there are."),
    }
    return str(said[fault])
