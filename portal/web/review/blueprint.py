"""The blueprint of this audience; its views register on it."""

from flask import Blueprint

blueprint = Blueprint("review", __name__, url_prefix="/desk")
