"""Cookies, as safe as the deployment allows."""

from flask import Response

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


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=writes.portal().config.secure_cookies)
