"""On what basis a loan is handled as it is, in words for everybody."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, lazy_gettext

from portal.domain.stages import Basis

STAGE_BASES: Final[Mapping[Basis, LazyString]] = {
    Basis.BOOK: lazy_gettext("the lender's book says so"),
    Basis.DAYS: lazy_gettext("by the number of days late"),
    Basis.NOTICE: lazy_gettext("by the number of days late, after a notice that arrived in time"),
    Basis.DEMANDS: lazy_gettext(
        "by the number of days late, after two demands that arrived far enough apart"
    ),
    Basis.PLAN: lazy_gettext("a plan is in force"),
    Basis.PAID_DOWN: lazy_gettext("part was paid, and fewer days are late"),
    Basis.CURED: lazy_gettext("nothing is overdue any more"),
}
