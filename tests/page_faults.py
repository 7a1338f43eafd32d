"""What is wrong with a page: the rules that every HTML answer keeps, each told as a sentence."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parent.parent / "portal/translations/zh_CN/LC_MESSAGES/messages.po"
_ENGLISH_RUN = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[ ,;:]+[A-Za-z][A-Za-z'’-]*){2,}")
_REFERRING = ("aria-describedby", "aria-labelledby", "aria-controls", "for", "form", "data-count")
_READ_ALOUD = ("alt", "aria-label", "placeholder", "title", "data-text", "data-done", "data-label")
_NOT_TYPED = frozenset({"hidden", "submit", "button", "reset", "image"})


@dataclass(frozen=True, slots=True)
class Node:
    """An element with what it inherits."""

    element: Element
    ancestors: tuple[Element, ...]

    @property
    def tag(self) -> str:
        return _local(self.element)

    def has(self, name: str) -> bool:
        return name in self.element.attrib

    def get(self, name: str) -> str:
        return self.element.get(name, "")

    @property
    def text(self) -> str:
        return " ".join("".join(self.element.itertext()).split())

    @property
    def name(self) -> str:
        """What a screen reader would say, near enough."""
        pictures = [e.get("alt", "") for e in self.element.iter("img")]
        return self.get("aria-label") or self.text or " ".join(pictures).strip()

    @property
    def is_for_translation(self) -> bool:
        """False under translate="no" or in a part marked as English."""
        for e in (self.element, *reversed(self.ancestors)):
            if e.get("translate") == "no" or e.get("lang") == "en" or e.tag in {"script", "style"}:
                return False
            if e.get("lang"):
                return True
        return True

    def __str__(self) -> str:
        marks = "".join(
            f' {k}="{v}"' for k, v in self.element.attrib.items() if k in {"id", "name", "href", "class"}
        )
        return f"<{self.tag}{marks}>"


def _local(element: Element) -> str:
    """The tag without the namespace that drawings carry."""
    return str(element.tag).rpartition("}")[2]


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page as a browser would read it, and what it would have to put right."""

    root: Element
    errors: Sequence[str]


def parsed(html: str) -> ParsedPage:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    return ParsedPage(
        root, [f"line {at[0]}: {code} {values or ''}".strip() for at, code, values in parser.errors]
    )


def page_faults(html: str) -> list[str]:
    """Every fault of the page, none for a page that keeps the rules."""
    page = parsed(html)
    nodes = list(_walk(page.root, ()))
    rules = (_document, _ids, _references, _controls, _forms, _links, _pictures, _inline, _language)
    return [*page.errors, *(fault for rule in rules for fault in rule(nodes))]


def _walk(element: Element, ancestors: tuple[Element, ...]) -> Iterator[Node]:
    if isinstance(element.tag, str):
        yield Node(element, ancestors)
        for child in element:
            yield from _walk(child, (*ancestors, element))


def _of(nodes: list[Node], *tags: str) -> list[Node]:
    return [node for node in nodes if node.tag in tags]


def _document(nodes: list[Node]) -> Iterator[str]:
    headings = _of(nodes, "h1")
    if len(headings) != 1:
        yield f"one h1 wanted, found {len(headings)}: {[h.text for h in headings]}"
    yield from (f"empty heading {h}" for h in _of(nodes, "h1", "h2", "h3") if not h.name)
    titles = [t for t in _of(nodes, "title") if all(_local(a) != "svg" for a in t.ancestors)]
    if len(titles) != 1 or not titles[0].text.split("–")[0].strip():
        yield f"one title that names the page wanted, found {[t.text for t in titles]}"
    if nodes[0].get("lang") not in {"zh-CN", "en"}:
        yield f'html lang must be "zh-CN" or "en", is {nodes[0].get("lang")!r}'
    if len(_of(nodes, "main")) != 1:
        yield "one main wanted"


def _ids(nodes: list[Node]) -> Iterator[str]:
    counts = Counter(node.get("id") for node in nodes if node.has("id"))
    yield from (
        f"id {name!r} stands {count} times" for name, count in counts.items() if count > 1 or not name
    )


def _references(nodes: list[Node]) -> Iterator[str]:
    ids = {node.get("id") for node in nodes}
    for node in nodes:
        for attribute in _REFERRING:
            for target in node.get(attribute).split():
                if target not in ids:
                    yield f"{node} {attribute} points at {target!r}, which is not on the page"
        if node.get("href").startswith("#") and node.get("href")[1:] not in ids:
            yield f"{node} leads to a place that is not on the page"


def _controls(nodes: list[Node]) -> Iterator[str]:
    labelled = {node.get("for") for node in _of(nodes, "label") if node.name}
    for node in _of(nodes, "input", "select", "textarea"):
        wrapped = any(a.tag == "label" and "".join(a.itertext()).strip() for a in node.ancestors)
        named = node.get("aria-label") or node.get("aria-labelledby") or node.get("id") in labelled
        if node.get("type") not in _NOT_TYPED and not wrapped and not named:
            yield f"{node} has no label"
    yield from (f"{node} has no text" for node in _of(nodes, "button") if not node.name)
    yield from (
        f"{node} has no legend" for node in _of(nodes, "fieldset") if node.element.find("legend") is None
    )


def _forms(nodes: list[Node]) -> Iterator[str]:
    for form in _of(nodes, "form"):
        tokens = [i for i in form.element.iter("input") if i.get("name") == "csrf_token" and i.get("value")]
        if form.get("method").lower() == "post" and len(tokens) != 1:
            yield f"form to {form.get('action') or 'this page'!r} has {len(tokens)} csrf tokens, one is wanted"
        files = [i for i in form.element.iter("input") if i.get("type") == "file"]
        if files and form.get("enctype") != "multipart/form-data":
            yield f"form to {form.get('action') or 'this page'!r} sends a file without enctype"


def _links(nodes: list[Node]) -> Iterator[str]:
    for link in _of(nodes, "a"):
        if not link.get("href").strip("#") or link.get("href").lower().startswith("javascript:"):
            yield f"{link} leads nowhere"
        if not link.name:
            yield f"{link} has no text"


def _pictures(nodes: list[Node]) -> Iterator[str]:
    yield from (f"{node} has no alt" for node in _of(nodes, "img") if not node.has("alt"))
    for node in _of(nodes, "svg"):
        if (
            not node.get("aria-label")
            and node.get("aria-hidden") != "true"
            and "title" not in map(_local, node.element)
        ):
            yield f"{node} is neither named nor hidden from readers"


def _inline(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        names = [name for name in node.element.attrib if name == "style" or str(name).startswith("on")]
        if names or node.tag == "style" or (node.tag == "script" and not node.get("src")):
            yield f"{node} carries inline style or script ({', '.join(map(str, names)) or node.tag})"


def _language(nodes: list[Node]) -> Iterator[str]:
    if nodes[0].get("lang") != "zh-CN":
        return
    for node in nodes:
        for text in _shown(node):
            found = _ENGLISH_RUN.search(text)
            if found or text in _translations():
                yield f"untranslated in {node}: {found.group() if found else text!r}"


def _shown(node: Node) -> Iterator[str]:
    if node.is_for_translation:
        yield from (text for name in _READ_ALOUD if (text := node.get(name)))
        yield " ".join((node.element.text or "").split())
    parent = Node(node.ancestors[-1], node.ancestors[:-1]) if node.ancestors else node
    if parent.is_for_translation:
        yield " ".join((node.element.tail or "").split())


@cache
def _translations() -> Mapping[str, str]:
    """English text to Chinese, where they differ: a page in Chinese shows none of the former."""
    if not CATALOGUE.exists():
        return {}
    with CATALOGUE.open("rb") as file:
        pairs = {m.id: m.string for m in read_po(file) if isinstance(m.id, str) and m.id}
    return {english: str(chinese) for english, chinese in pairs.items() if chinese and chinese != english}
