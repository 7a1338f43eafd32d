"""Pages for anybody: language, checking a document, health."""

from portal.web.public import health, language
from portal.web.public.blueprint import blueprint

__all__ = ["blueprint", "health", "language"]
