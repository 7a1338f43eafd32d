"""A new version of a text of the guide, whole in both languages."""

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, TextAreaField

from portal.domain.guide import GuideFault, GuideFaultsError, Situation
from portal.i18n import LOCALES
from portal.queries.guides import GuideEntry
from portal.services.guides import WrittenGuide
from portal.web.review.guide.words import STEPS
from portal.web.typed import shown_again


class GuideForm(FlaskForm):
    """A line each; ``after`` is the version that was read while writing."""

    says_zh_cn = TextAreaField(lazy_gettext("What to say, in Chinese"), filters=[shown_again])
    avoids_zh_cn = TextAreaField(lazy_gettext("What not to say, in Chinese"), filters=[shown_again])
    says_en = TextAreaField(lazy_gettext("What to say, in English"), filters=[shown_again])
    avoids_en = TextAreaField(lazy_gettext("What not to say, in English"), filters=[shown_again])
    steps = SelectMultipleField(
        lazy_gettext("Next steps"),
        choices=[(step.value, text) for step, text in STEPS.items()],
        validate_choice=False,
    )
    after = HiddenField()

    def written(self, stage: str, situation: Situation) -> WrittenGuide:
        return WrittenGuide(
            stage=stage,
            situation=situation,
            says={locale: self[f"says_{locale.lower()}"].data or "" for locale in LOCALES},
            avoids={locale: self[f"avoids_{locale.lower()}"].data or "" for locale in LOCALES},
            steps=self.steps.data or [],
            after=self._read_version(),
        )

    def put_faults(self, error: GuideFaultsError) -> None:
        """Each forbidden phrase at its field, with the rule."""
        for fault in error.faults:
            field = self[fault.field]
            field.errors = [*field.errors, _words_of(fault)]

    def _read_version(self) -> int:
        """-1 is nobody's: somebody else's form."""
        text = self.after.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def with_choices(form: GuideForm, entry: GuideEntry | None) -> GuideForm:
    """The steps of the version in force come first, in their order: that is how the next keeps it."""
    first = [] if entry is None else next(iter(entry.words.values())).steps
    ordered = [*first, *(step for step in STEPS if step not in first)]
    form.steps.choices = [(step.value, STEPS[step]) for step in ordered]
    return form


def filled_form(entry: GuideEntry | None) -> GuideForm:
    """With the words that hold, to be written on."""
    if entry is None:
        return GuideForm(formdata=None, data={"after": "0"})
    data = {
        "after": str(entry.number),
        "steps": [step.value for step in next(iter(entry.words.values())).steps],
    }
    for locale, text in entry.words.items():
        data |= {
            f"says_{locale.lower()}": "\n".join(text.says),
            f"avoids_{locale.lower()}": "\n".join(text.avoids),
        }
    return GuideForm(formdata=None, data=data)


def _words_of(fault: GuideFault) -> str:
    return str(
        gettext(
            "“%(phrase)s” may not be said to a borrower (rule %(rule)s). Say it in other words.",
            phrase=fault.phrase,
            rule=fault.rule,
        )
    )
