"""Cookies, as safe as the deployment allows."""

from flask import Response, request

from portal.web import writes

A_YEAR = 365 * 24 * 3600


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """For this site alone and out of reach of scripts; ``max_age`` in seconds, None until the browser is closed."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        secure=writes.portal().config.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def keep_choice(response: Response, name: str, value: str) -> None:
    """What somebody chose, for a year."""
    set_cookie(response, _choice_name(name), value, max_age=A_YEAR)
    if name in request.cookies and name != _choice_name(name):
        drop_cookie(response, name)


def kept_choice(name: str) -> str:
    """The name alone is that of choices from before there was a prefix; a year after the last of them nobody has one."""
    return request.cookies.get(_choice_name(name)) or request.cookies.get(name, "")


def _choice_name(name: str) -> str:
    return f"__Host-{name}" if writes.portal().config.secure_cookies else name


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=writes.portal().config.secure_cookies)
