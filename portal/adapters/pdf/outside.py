"""What a document may reach: nothing. All of it is in the page itself."""

from typing import NoReturn

from weasyprint.urls import FatalURLFetchingError, URLFetcher


class RefusingFetcher(URLFetcher):
    """Refuses every address, ``data:`` and ``file:`` too, and stops the rendering: text that gets this far was not escaped."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        del headers
        raise FatalURLFetchingError(url[:200])
