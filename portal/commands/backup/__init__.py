"""``portal backup``: a copy of everything that a database and a data folder hold, checked, and put back elsewhere."""
