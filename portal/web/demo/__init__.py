"""Pages that exist in the demo only."""

from portal.web.demo import messages, people
from portal.web.demo.blueprint import blueprint

__all__ = ["blueprint", "messages", "people"]
