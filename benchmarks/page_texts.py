"""What a page says, its markup left out."""

import html5lib


def main_text(page: bytes) -> str:
    """The words of its main part, blanks evened out; what stands side by side in markup stands apart."""
    main = html5lib.parse(page.decode(), namespaceHTMLElements=False).find(".//main")
    if main is None:
        raise RuntimeError("a page without a main part")
    return " ".join(" ".join(main.itertext()).split())
