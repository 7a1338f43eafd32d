"""What a rule says when it refuses."""

from collections.abc import Mapping


class DomainError(Exception):
    """A rule refuses.

    ``code`` names the refusal (snake_case; its text for people stands in ``portal.messages``), ``field`` the input it belongs to where
    there is one, ``details`` the values that the text needs (JSON-safe, no personal data). ``rule`` is the id in the rule pack.
    """

    status = 422

    def __init__(
        self, code: str, *, field: str | None = None, rule: str | None = None, **details: object
    ) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.rule = rule
        self.details: Mapping[str, object] = details


class AccessRefused(DomainError):
    """The person may not do this; the refusal itself is recorded."""

    status = 403


class NotFound(DomainError):
    """Nothing there for this person: nobody's and somebody else's look alike."""

    status = 404


class Damaged(DomainError):
    """What is kept is not what was kept once, or does not open: no mistake of whoever asks, and a fault for those who run the portal."""

    status = 500


class Conflict(DomainError):
    """Somebody was first, or the facts moved; ``details`` says who and when."""

    status = 409
