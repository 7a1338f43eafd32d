"""The agreement by typst: the very page that WeasyPrint draws, block by block in typst's language, so that no word is kept twice."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, fromstring, tostring

import typst

TEMPLATE: Final = Path(__file__).parent / "templates" / "agreement.typ"
STANDARD: Final = "a-3a"
"""The variant that WeasyPrint is asked for."""
_SVG: Final = "{http://www.w3.org/2000/svg}"
_HEADINGS: Final = {"h1": 1, "h2": 2, "h3": 3}
_UNSEEN: Final = "off"
"""Words for screen readers alone, in letters of no size."""
_COUNTERS: Final = {"page": "page-number", "pages": "page-count"}


class Typst:
    """Fonts are read once, as the renderer reads them once."""

    def __init__(self, fonts: Path) -> None:
        found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts)])
        self._compiler = typst.Compiler(font_paths=found, ignore_system_fonts=True)

    def pdf_of(self, source: str) -> bytes:
        pdf = self._compiler.compile(source.encode(), format="pdf", pdf_standards=[STANDARD])
        assert isinstance(pdf, bytes)
        return pdf


def typst_of(page: str) -> str:
    """An agreement's HTML (which is XML) as a whole typst document."""
    root = fromstring(page)
    body = _found(root, "body")
    named = {each.get("name"): each.get("content", "") for each in root.iter("meta")}
    running = {each.get("class"): each for each in body if each.tag != "main"}
    given = [
        _quoted(_found(root, "head/title").text or ""),
        _quoted(named["author"]),
        _quoted(named["keywords"]),
        _quoted(named["description"]),
        _quoted(root.get("lang", "").partition("-")[0]),
        _content(_blocks(running["running-head"])),
        _content(_block(running["foot-left"])),
        _content(_block(running["foot-right"])),
        _content(_blocks(_found(body, "main"))),
    ]
    return f"{TEMPLATE.read_text()}\n#agreement({', '.join(given)})\n"


def _found(element: Element, path: str) -> Element:
    found = element.find(path)
    assert found is not None, path
    return found


def _blocks(element: Element) -> Iterator[str]:
    for child in element:
        yield from _block(child)


def _block(element: Element) -> Iterator[str]:
    match element.tag:
        case "h1" | "h2" | "h3" as tag:
            yield f"#title({_HEADINGS[tag]}){_line(element)};"
        case "p":
            yield f"#p({_classes(element)}){_line(element)};"
        case "ol":
            yield f"#enum({', '.join(_line(each) for each in element)});"
        case "table":
            yield _table(element)
        case "header":
            yield f"#head-of({', '.join(_content(_blocks(each)) for each in element)});"
        case "div" | "section":
            yield _part(element)
        case tag if tag == f"{_SVG}svg":
            yield _picture(element)
        case tag:
            raise ValueError(f"no block of an agreement: {tag}")


def _part(element: Element) -> str:
    names = _names(element)
    if "columns" in names:
        return f"#columns-of({_classes(element)}, {', '.join(_content(_block(each)) for each in element)});"
    if "tiles" in names:
        wide = _list(str(place) for place, each in enumerate(element) if "wide" in _names(each))
        return f"#tiles-of({wide}, {', '.join(_line(each) for each in element)});"
    return f"#part({_classes(element)}){_content(_blocks(element))};"


def _table(element: Element) -> str:
    rows = list(element.iter("tr"))
    widest = max(rows, key=len)
    head = [cell for row in element.iterfind("thead/tr") for cell in _cells(element, row, is_head=True)]
    body = [cell for row in element.iterfind("tbody/tr") for cell in _cells(element, row, is_head=False)]
    columns = _list(_classes(cell) for cell in widest)
    return f"#rows-of({', '.join([_classes(element), columns, _list(head), *body])});"


def _cells(table: Element, row: Element, *, is_head: bool) -> Iterator[str]:
    for each in row:
        given = [
            _classes(table),
            _classes(row),
            _classes(each),
            each.get("colspan", "1"),
            str(is_head).lower(),
        ]
        inside = _content(_blocks(each)) if any(child.tag in _HEADINGS for child in each) else _line(each)
        yield f"cell({', '.join(given)}){inside}"


def _picture(element: Element) -> str:
    drawn = tostring(element, encoding="unicode")
    return f"#qr({_quoted(drawn)}, {_quoted(_found(element, f'{_SVG}title').text or '')});"


def _line(element: Element) -> str:
    """What runs on in lines; space is one space, and none at either end."""
    return _content(_runs(element)).replace('[#" ";', "[").replace('#" ";]', "]")


def _runs(element: Element) -> Iterator[str]:
    yield from _text(element.text)
    for child in element:
        yield from _run(child)
        yield from _text(child.tail)


def _run(element: Element) -> Iterator[str]:
    names = _names(element)
    match element.tag:
        case "br":
            yield "#linebreak();"
        case "strong":
            yield f"#important({_classes(element)}){_line(element)};"
        case "span" if _UNSEEN in names:
            return
        case "span" if counter := next((_COUNTERS[name] for name in names if name in _COUNTERS), None):
            yield f"#{counter};"
        case "span":
            yield f"#span({_classes(element)}){_line(element)};"
        case tag:
            raise ValueError(f"nothing that stands in a line of an agreement: {tag}")


def _text(text: str | None) -> Iterator[str]:
    if text:
        before, words, after = text[:1].isspace(), " ".join(text.split()), text[-1:].isspace()
        yield f"#{_quoted(' ' * before + words + ' ' * (after and bool(words)))};"


def _content(parts: Iterator[str]) -> str:
    return f"[{''.join(parts)}]"


def _names(element: Element) -> Sequence[str]:
    return element.get("class", "").split()


def _classes(element: Element) -> str:
    return _list(_quoted(name) for name in _names(element))


def _list(items: Iterator[str] | Sequence[str]) -> str:
    """An array, of one as of none."""
    return f"({''.join(f'{item}, ' for item in items)})"


def _quoted(text: str) -> str:
    """A string of typst, whose escapes are those of JSON as far as quotes, backslashes and breaks go."""
    return json.dumps(text, ensure_ascii=False)
