"""The HTML that documents are drawn from. Data is escaped here and nowhere trusted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from portal.adapters.wording import BabelWording
from portal.domain.agreement_parts import DisclosureItem, ScheduleRow
from portal.domain.agreements import AgreementContent, content_hash
from portal.domain.evidence import EvidenceAct, EvidenceEntry, SigningEvidence
from portal.domain.texts import Text

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "documents"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class AgreementPage:
    """What the templates ask: labels, sums and dates in the language of the agreement, and rows put into groups."""

    def __init__(self, content: AgreementContent, labels: Text, wording: BabelWording) -> None:
        self.content = content
        self.own_rows = [row for row in content.schedule if not row.is_running]
        self.first, self.last = self.own_rows[0], self.own_rows[-1]
        self.arrears_total = sum(content.old_terms.arrears.values())
        self._labels = labels.labels
        self._wording = wording

    def label(self, name: str, **values: object) -> str:
        return self._labels[name].format_map({key: str(value) for key, value in values.items()})

    def number(self, minor: int) -> str:
        return self._wording.number(minor, self.content.loan.currency, self.content.locale)

    def money(self, minor: int) -> str:
        return self._wording.money(minor, self.content.loan.currency, self.content.locale)

    def currency(self) -> str:
        return self._wording.currency(self.content.loan.currency, self.content.locale)

    def day(self, iso: str) -> str:
        return self._wording.day(iso, self.content.locale)

    def short_day(self, iso: str) -> str:
        return self._wording.short_day(iso, self.content.locale)

    def moment(self, iso: str) -> str:
        return self._wording.moment(iso)

    def numeral(self, number: int) -> str:
        return self._wording.numeral(number, self.content.locale)

    def page_of(self) -> Markup:
        """The label with counters in place of its numbers; WeasyPrint fills them on each page."""
        here, of = (Markup('<span class="{}"></span>').format(name) for name in ("page", "pages"))
        return Markup(escape(self._labels["page_of"])).format(page=here, pages=of)  # noqa: S704 - escaped just here

    def made_at(self, evidence: SigningEvidence | None) -> str:
        """The instant in the metadata: the approval's, or the start of the day of the preview's figures."""
        at = datetime.fromisoformat(
            evidence.approved_at if evidence else f"{self.content.priced_on}T00:00:00Z"
        )
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"

    def act(self, entry: EvidenceEntry) -> str:
        return self.label(f"act_{entry.act}", **entry.details)

    def text_versions(self) -> str:
        versions = sorted(self.content.text_versions.items())
        return " · ".join(f"{self.label(f'text_{name}')} {version}" for name, version in versions)

    def signed_at(self, evidence: SigningEvidence) -> str:
        return next(entry.at for entry in evidence.entries if entry.act is EvidenceAct.SIGNED)

    def stamped(self, evidence: SigningEvidence) -> str:
        """When an authority saw the content digest, or that none was asked."""
        stamp = evidence.content_stamp
        if stamp is None:
            return self.label("no_time_stamp")
        return self.label("time_stamp_value", at=self.moment(stamp.at), authority=stamp.authority)

    def has_unchecked_dates(self) -> bool:
        return any(row.date_unchecked for row in self.content.schedule)

    def schedule_totals(self) -> Sequence[tuple[str, ScheduleRow]]:
        """The plan's own sum; beside a running schedule its sum too, and both."""
        running = [row for row in self.content.schedule if row.is_running]
        totals = [("total_plan", _total(self.own_rows))]
        if running:
            totals += [("total_running", _total(running)), ("total", _total(self.content.schedule))]
        return totals

    def disclosure_groups(self) -> Sequence[tuple[str, Sequence[DisclosureItem]]]:
        items = self.content.disclosure
        return [
            ("performed", [item for item in items if not item.is_contingent]),
            ("contingent", [item for item in items if item.is_contingent]),
        ]

    def html(self, evidence: SigningEvidence | None = None, check_code: str = "", check_url: str = "") -> str:
        """The whole page; without evidence it is the preview."""
        return (
            _environment()
            .get_template("agreement.html")
            .render(
                page=self,
                content=self.content,
                content_hash=content_hash(self.content),
                t=self.label,
                evidence=evidence,
                check_code=check_code,
                check_url=check_url,
                qr=qr_code(check_url, self.label("qr")) if check_url else "",
                lang="en" if self.content.locale == "en" else "zh-CN",
            )
        )


def _total(rows: Sequence[ScheduleRow]) -> ScheduleRow:
    return ScheduleRow(
        number=len(rows),
        due_on="",
        principal=sum(row.principal for row in rows),
        interest=sum(row.interest for row in rows),
        fee=sum(row.fee for row in rows),
        penalty=sum(row.penalty for row in rows),
        due=sum(row.due for row in rows),
    )


def qr_code(url: str, title: str) -> Markup:
    """An SVG inside the page, error correction M, with its title as the alternative text."""
    svg = segno.make(url, error="m", micro=False).svg_inline(
        scale=1, border=2, dark="#1e2a2b", title=title, omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 - drawn by segno from the address, title escaped there
