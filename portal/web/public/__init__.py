"""Pages for anybody: language, checking a document, health."""

from portal.web.public import check, health, language
from portal.web.public.blueprint import blueprint

__all__ = ["blueprint", "check", "health", "language"]
