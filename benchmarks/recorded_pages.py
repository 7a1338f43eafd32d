"""What some people see on some of our pages, taken apart: what a bare page beside each needs to say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from benchmarks.recorded_statements import Said, recorded
from benchmarks.references.bare_pages import Known, split_page, template_of
from benchmarks.worlds import token_of
from benchmarks.wsgi_calls import Browser


@dataclass(frozen=True, slots=True)
class Visit:
    """One request; ``form`` is sent by POST."""

    path: str
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """As ``bare_pages`` takes them; ``round_trips`` are those of the last person's visits together."""

    templates: Sequence[str]
    known: Mapping[str, Mapping[str, Known]]
    round_trips: int


def record_visits(engine: Engine, people: Sequence[tuple[Browser, Sequence[Visit]]]) -> Recorded:
    """Everybody makes their visits twice: the first time compiles what there is to compile, the second is kept."""
    templates: dict[str, int] = {}
    known, trips = {}, 0
    with recorded(engine) as said:
        for browser, visits in people:
            for visit in visits:
                visited(browser, visit)
            said.taken()
            pages, trips = {}, 0
            for visit in visits:
                pages[visit.path], more = _known(browser, visit, said, templates)
                trips += more
            known[token_of(browser.cookie)] = pages
    return Recorded(list(templates), known, trips)


def visited(browser: Browser, visit: Visit) -> bytes:
    """The answer's body. Raises ``RuntimeError`` for any answer but a page or a way on."""
    answer = browser.get(visit.path) if visit.form is None else browser.post(visit.path, visit.form)
    if answer.status not in {200, 303}:
        raise RuntimeError(f"{visit.path} answered {answer.status}")
    return answer.body


def _known(browser: Browser, visit: Visit, said: Said, templates: dict[str, int]) -> tuple[Known, int]:
    page = visited(browser, visit).decode()
    trips = said.round_trips
    skeleton, values = split_page(page)
    number = templates.setdefault(template_of(skeleton), len(templates))
    return Known(said.taken(), values, number, writes=visit.form is not None), trips


def tokenless(page: bytes) -> bytes:
    """A page without the token of its forms, which is another at each showing."""
    skeleton, values = split_page(page.decode())
    return "\0".join([skeleton, *(value for value in values if "." not in value or len(value) < 40)]).encode()
