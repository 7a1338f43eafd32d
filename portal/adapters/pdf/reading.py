"""The page that WeasyPrint lays out, read as XML: our templates are well-formed, and Python's own parser for it is quick."""

from typing import Final

# nosemgrep: use-defused-xml - what our own templates wrote
from xml.etree.ElementTree import Element, ParseError, fromstring

from cssselect2 import ElementWrapper
from weasyprint import HTML
from weasyprint.urls import URLFetcher

HOLDING_NO_TEXT: Final = frozenset(
    ("html", "head", "body", "main", "section", "header", "div", "table", "thead", "tbody", "tr", "ol")
)
"""Elements of our templates in which the space between others is that of the source alone."""


def read_page(page: str, fetcher: URLFetcher) -> HTML:
    """What is no XML (a character that XML has no place for, a page that is none of ours) is read as HTML."""
    try:
        root = fromstring(page)  # nosec B314  # noqa: S314 - made from our templates, data escaped: it declares no entities
    except ParseError:
        return HTML(string=page, url_fetcher=fetcher)
    _drop_source_spaces(root)
    return _ReadPage(root, fetcher)


class _ReadPage(HTML):
    """A page whose tree is there; it has no address."""

    def __init__(self, root: Element, fetcher: URLFetcher) -> None:
        self.base_url, self.url_fetcher, self.media_type = None, fetcher, "print"
        self.wrapper_element = ElementWrapper.from_html_root(root)
        self.etree_element = root


def _drop_source_spaces(root: Element) -> None:
    for element in root.iter():
        if element.tag in HOLDING_NO_TEXT:
            if not (element.text or "").strip():
                element.text = None
            for child in element:
                if not (child.tail or "").strip():
                    child.tail = None
