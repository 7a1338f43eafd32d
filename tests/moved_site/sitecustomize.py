"""Python reads this as it starts where the folder is named in ``PYTHONPATH``: the web server starts processes of its own, and their clocks
have to be moved, too.
"""

from tests.moved_clocks import move_as_told

move_as_told()
