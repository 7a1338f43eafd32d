"""The style that every page stands in, told by a header as well: a phone begins to fetch it before it has read the page (decision 0269)."""

from flask import Flask, Response, g

from portal.web.addresses import address_of


def init_page_style(app: Flask) -> None:
    """Templates ask for its address by ``page_style()``, and an answer that they make says it beforehand."""
    app.jinja_env.globals["page_style"] = _page_style
    app.after_request(_announce)


def _page_style() -> str:
    g.page_style = address_of("static", filename="css/portal.css")
    return str(g.page_style)


def _announce(response: Response) -> Response:
    if "page_style" in g:
        response.headers.add("Link", f"<{g.page_style}>; rel=preload; as=style")
    return response
