"""The blueprint of this audience; its views register on it."""

from flask import Blueprint

blueprint = Blueprint("demo", __name__, url_prefix="/demo")
