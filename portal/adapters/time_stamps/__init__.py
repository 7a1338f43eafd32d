"""Time stamps of an authority (RFC 3161): asked for, read, checked; and a stand-in that gives real ones for tests and the demo."""
