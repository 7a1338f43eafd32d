"""W5: the agreement's document, drawn, stamped and sealed, beside WeasyPrint alone on the same HTML; and typst with the same words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import Final

from pypdf import PdfReader
from sqlalchemy import select
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.borrowers import add_borrowers_of_one_loan
from benchmarks.references.typst_agreement import Typst, typst_of
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn
from benchmarks.worlds import World
from portal.adapters.business_texts import PackagedTexts
from portal.adapters.pdf.pages import AgreementPage
from portal.adapters.pdf.renderer import STYLE, VARIANT
from portal.adapters.wording import BabelWording
from portal.commands.sealing import evidence_for, seal_document
from portal.commands.work import Workshop
from portal.commands.worker import build_workshop
from portal.db import transaction
from portal.models import Agreement
from portal.services.documents import SealWork, find_seal_work
from tests.journeys.servers import ROOT
from tests.people import add_cast
from tests.stories import ZONE, Story

DOCUMENT: Final = Promise(1.1, 1.5)
DOCUMENTS, LEAST_A_SECOND = 3, 6
"""Documents a round; sealed ones a second a core."""
FONTS: Final = ROOT / ".fonts"
_FIRST: Final = 1_000_000
"""The number of the first person: far from those who sign and are approved."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One agreement: ours, the HTML that it is drawn from, and that page in typst's language."""

    work: SealWork
    html: str
    source: str


def drawn_alone(made: World, at_once: int, rounds: int = ROUNDS) -> list[Result]:
    """The same where nobody is there yet."""
    with transaction(made.database.engine) as session:
        add_cast(session)
    return beside_weasyprint(made, at_once, rounds)


def beside_weasyprint(made: World, at_once: int, rounds: int = ROUNDS) -> list[Result]:
    """Each round draws other people's agreements, the same ones by each of the three. The cast is there."""
    shop = build_workshop(made.app.extensions["portal"].config, engine=made.database.engine, clock=made.clock)
    sheets = _sheets(made, shop, at_once * (rounds + 1) + 1)
    bare, by_typst = bare_weasyprint(), Typst(FONTS)
    meter = replace(made.meter, roots=frozenset())  # no database has a part in it
    first, rest = sheets[0], sheets[1:]
    cold = cpu_micros(meter, _block(iter([first]), 1, lambda sheet: by_typst.pdf_of(sheet.source)))(0)
    subjects: Sequence[Callable[[Sheet], bytes]] = (
        lambda sheet: seal_document(shop, sheet.work),
        lambda sheet: bare(sheet.html),
        lambda sheet: by_typst.pdf_of(sheet.source),
    )
    took = in_turn([cpu_micros(meter, _block(iter(rest), at_once, draw)) for draw in subjects], rounds)
    said = f"{cold / 1000:.0f} ms the first of a process; {_pages(by_typst.pdf_of(first.source))} pages beside {_pages(bare(first.html))}"
    return [
        _sealed(took),
        compared(
            "W5 document by typst beside WeasyPrint",
            [(typst, drawn) for _, drawn, typst in took],
            unit="µs",
            more=said,
        ),
    ]


def _sealed(took: Iterable[tuple[float, ...]]) -> Result:
    result = compared(
        "W5 sealed document beside WeasyPrint",
        [(sealed, drawn) for sealed, drawn, _ in took],
        unit="µs",
        promise=DOCUMENT,
    )
    a_second = 1e6 / result.ours
    kept = "kept" if a_second >= LEAST_A_SECOND else "NOT KEPT"
    return replace(
        result, more=f"{result.more}; {a_second:.1f} a second a core (>= {LEAST_A_SECOND}): {kept}"
    )


def _block(sheets: Iterator[Sheet], at_once: int, draw: Callable[[Sheet], bytes]) -> Callable[[int], int]:
    def block(_round: int) -> int:
        for sheet in islice(sheets, at_once):
            draw(sheet)
        return at_once

    return block


def _sheets(made: World, shop: Workshop, count: int) -> Sequence[Sheet]:
    return [_sheet(shop, work) for work in _approved_by_policy(made, shop, count)]


def _sheet(shop: Workshop, work: SealWork) -> Sheet:
    page = AgreementPage(work.content, PackagedTexts(), BabelWording())
    url = f"{shop.config.base_url}/check?code={work.check_code}"
    html = page.html(evidence_for(shop, work), work.check_code, url)
    return Sheet(work, html, typst_of(html))


def _approved_by_policy(made: World, shop: Workshop, count: int) -> Iterator[SealWork]:
    """Each another person's, with sums of their own."""
    with transaction(made.database.engine) as session:
        for borrower, loan in add_borrowers_of_one_loan(session, count, first=_FIRST):
            Story(session, borrower, loan).submit()
            newest = session.scalars(select(Agreement.id).order_by(Agreement.id.desc()).limit(1)).one()
            work = find_seal_work(session, newest, seal=shop.sealer.description, zone=ZONE)
            assert work is not None
            yield work


def bare_weasyprint() -> Callable[[str], bytes]:
    """HTML with our style, fonts and variant; nothing attached, checked, stamped or sealed."""
    fonts = FontConfiguration()
    style = CSS(string=STYLE.read_text(), font_config=fonts)

    def pdf_of(html: str) -> bytes:
        pdf: bytes = HTML(string=html).write_pdf(stylesheets=[style], font_config=fonts, pdf_variant=VARIANT)
        return pdf

    return pdf_of


def _pages(pdf: bytes) -> int:
    return len(PdfReader(BytesIO(pdf)).pages)
