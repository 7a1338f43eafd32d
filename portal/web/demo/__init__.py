"""Pages that exist in the demo only."""

from portal.web.demo import messages
from portal.web.demo.blueprint import blueprint

__all__ = ["blueprint", "messages"]
