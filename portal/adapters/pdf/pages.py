"""The HTML that documents are drawn from. Data is escaped here and nowhere trusted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from portal.adapters.pdf.speech import Speech
from portal.adapters.wording import BabelWording
from portal.domain.agreement_parts import DisclosureItem, ScheduleRow, WordsBeside
from portal.domain.agreements import AgreementContent, content_hash
from portal.domain.evidence import EvidenceAct, EvidenceEntry, SigningEvidence
from portal.services.ports import BusinessTexts

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "documents"


@cache
def environment() -> Environment:
    """Of all documents: what is not there is an error, what is put in is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class AgreementPage(Speech):
    """What the templates ask: the language of the agreement, the one beside it where there is one, and rows put into groups."""

    def __init__(self, content: AgreementContent, texts: BusinessTexts, wording: BabelWording) -> None:
        currency = content.loan.currency
        super().__init__(content, fixed_words(content, texts), wording, currency=currency)
        self.content = content
        self.beside: Speech | None = None
        if content.beside:
            words = fixed_words(content.beside, texts)
            self.beside = Speech(content.beside, words, wording, currency=currency)
        self.languages: Sequence[Speech] = (self, self.beside) if self.beside else (self,)
        self.own_rows = [row for row in content.schedule if not row.is_running]
        self.first, self.last = self.own_rows[0], self.own_rows[-1]
        self.arrears_total = sum(content.old_terms.arrears.values())

    def both(self, name: str, **values: object) -> Markup:
        """A label in each language of the document; values stand as they come."""
        return self._in_each(lambda speech: speech.label(name, **values))

    def overdue(self) -> Markup:
        """Since when something was overdue, the day in the words of each language."""
        since = self.content.old_terms.overdue_since
        return (
            self._in_each(lambda speech: speech.label("overdue", day=speech.day(since)))
            if since
            else Markup()
        )

    def told(self, entry: EvidenceEntry) -> Markup:
        """What happened, in each language: a key term by its title there."""
        return self._in_each(lambda speech: speech.act(entry, titles=self._titles(speech)))

    def beside_each(self, name: str) -> Iterator[tuple[Any, Any]]:
        """What the content has of a name (clauses, key_terms, disclosure …), each with the same in the language beside, or None."""
        own = getattr(self.content, name)
        other = getattr(self.content.beside, name) if self.content.beside else [None] * len(own)
        return zip(own, other, strict=True)

    def _in_each(self, said: Callable[[Speech], str]) -> Markup:
        if self.beside is None:
            return escape(said(self))
        return Markup('{} <span class="beside" lang="{}">{}</span>').format(
            said(self), self.beside.lang, said(self.beside)
        )

    def _titles(self, speech: Speech) -> Mapping[str, str]:
        own, theirs = self.content.key_terms, speech.words.key_terms
        return {term.title: other.title for term, other in zip(own, theirs, strict=True)}

    def page_of(self) -> Markup:
        """The label with counters in place of its numbers; WeasyPrint fills them on each page."""
        here, of = (Markup('<span class="{}"></span>').format(name) for name in ("page", "pages"))
        return Markup(escape(self._labels["page_of"])).format(page=here, pages=of)  # nosec B704  # noqa: S704 - escaped just here

    def made_at(self, evidence: SigningEvidence | None) -> str:
        """The instant in the metadata: the approval's, or the start of the day of the preview's figures."""
        at = datetime.fromisoformat(
            evidence.approved_at if evidence else f"{self.content.priced_on}T00:00:00Z"
        )
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"

    def text_versions(self) -> Sequence[str]:
        """A line for each language."""
        return [
            " · ".join(
                f"{each.label(f'text_{name}')} {version}"
                for name, version in sorted(each.words.text_versions.items())
            )
            for each in self.languages
        ]

    def signed_at(self, evidence: SigningEvidence) -> str:
        return next(entry.at for entry in evidence.entries if entry.act is EvidenceAct.SIGNED)

    def stamped(self, evidence: SigningEvidence) -> Markup:
        """When an authority saw the content digest, or that none was asked."""
        stamp = evidence.content_stamp
        if stamp is None:
            return self.both("no_time_stamp")
        return self.both("time_stamp_value", at=self.moment(stamp.at), authority=stamp.authority)

    def has_unchecked_dates(self) -> bool:
        return any(row.date_unchecked for row in self.content.schedule)

    def schedule_totals(self) -> Sequence[tuple[str, ScheduleRow]]:
        """The plan's own sum; beside a running schedule its sum too, and both."""
        running = [row for row in self.content.schedule if row.is_running]
        totals = [("total_plan", _total(self.own_rows))]
        if running:
            totals += [("total_running", _total(running)), ("total", _total(self.content.schedule))]
        return totals

    def disclosure_groups(
        self,
    ) -> Sequence[tuple[str, Sequence[tuple[DisclosureItem, DisclosureItem | None]]]]:
        """Each item with the same in the language beside."""
        items = list(self.beside_each("disclosure"))
        return [
            ("performed", [pair for pair in items if not pair[0].is_contingent]),
            ("contingent", [pair for pair in items if pair[0].is_contingent]),
        ]

    def html(self, evidence: SigningEvidence | None = None, check_code: str = "", check_url: str = "") -> str:
        """The whole page; without evidence it is the preview."""
        return (
            environment()
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
                lang=self.lang,
            )
        )


def fixed_words(words: AgreementContent | WordsBeside, texts: BusinessTexts) -> Mapping[str, str]:
    """The labels of a document in the version that was signed."""
    return texts.load_version("document", words.locale, words.text_versions["document"]).labels


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
    """An SVG inside the page (with its namespace, so that the page is XML), error correction M, with its title as the alternative text."""
    svg = BytesIO()
    segno.make(url, error="m", micro=False).save(
        svg,
        kind="svg",
        xmldecl=False,
        nl=False,
        scale=1,
        border=2,
        dark="#1e2a2b",
        title=title,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return Markup(svg.getvalue().decode())  # nosec B704  # noqa: S704 - drawn by segno from the address, title escaped there
