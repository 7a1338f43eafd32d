"""The guide's pages: all of its texts, and one with its versions and the form for the next."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.adapters.message_wording import wording_rules
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.guide import STAGES, GuideFaultsError, Situation
from portal.domain.permissions import Permission
from portal.i18n import current_locale
from portal.messages import text_of
from portal.queries.guides import guide_history, newest_number, whole_guide
from portal.services.guides import write_guide
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.guide.forms import GuideForm, filled_form, with_choices
from portal.web.review.guide.texts import packaged_guides
from portal.web.review.guide.words import GUIDE_STAGES, SITUATIONS, STEPS

Page = str | Response | tuple[str, int]


@blueprint.get("/guide")
@staff_page(Permission.GUIDE_READ)
def guide(_person: StaffPerson) -> str:
    entries = whole_guide(writes.database(), packaged_guides())
    by_situation = {
        situation: [entry for entry in entries if entry.situation is situation] for situation in Situation
    }
    return render_template(
        "review/guide/list.html",
        by_situation=by_situation,
        situations=SITUATIONS,
        stages=GUIDE_STAGES,
        locale=current_locale(),
    )


@blueprint.get("/guide/<code>")
@staff_page(Permission.GUIDE_READ)
def guide_text(_person: StaffPerson, code: str) -> str:
    """``code`` is stage and situation: ``any-upset``."""
    return _page(*_named(code))


@blueprint.post("/guide/<code>")
@staff_page(Permission.GUIDE_WRITE)
def write_guide_text(person: StaffPerson, code: str) -> Page:
    """Add a version; what may not be said is named, and nothing typed is lost."""
    form, (stage, situation) = GuideForm(), _named(code)
    rules = wording_rules(writes.portal().texts, writes.today())
    try:
        with writes.attempt():
            version = write_guide(
                writes.database(),
                person.actor,
                written=form.written(stage, situation),
                rules=rules,
                now=writes.now(),
            )
    except GuideFaultsError as error:
        form.put_faults(error)
        return _page(stage, situation, form), 422
    except Conflict as error:
        form.after.data = str(newest_number(writes.database(), stage=stage, situation=situation))
        form.form_errors.append(text_of(error))
        return _page(stage, situation, form), 409
    except DomainError as error:
        put_on_form(form, error)
        return _page(stage, situation, form), 422
    flash(gettext("Version %(number)s holds from now on.", number=version.number), "success")
    return redirect(url_for("review.guide_text", code=code), 303)


def _page(stage: str, situation: Situation, form: GuideForm | None = None) -> str:
    history = guide_history(writes.database(), packaged_guides(), stage=stage, situation=situation)
    newest = history[0] if history else None
    return render_template(
        "review/guide/text.html",
        stage=stage,
        situation=situation,
        stages=GUIDE_STAGES,
        situations=SITUATIONS,
        steps=STEPS,
        history=history,
        locale=current_locale(),
        written=with_choices(form or filled_form(newest), newest),
        **({"form": form} if form is not None else {}),
    )


def _named(code: str) -> tuple[str, Situation]:
    """Raises ``NotFound`` for a stage or situation that there is not."""
    stage, _, situation = code.partition("-")
    found = next((each for each in Situation if each.value == situation), None)
    if found is None or stage not in STAGES:
        raise NotFound("not_found")
    return stage, found
