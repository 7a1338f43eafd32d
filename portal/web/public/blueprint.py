"""The blueprint of this audience; its views register on it."""

from flask import Blueprint

blueprint = Blueprint("public", __name__)
