"""Rules of the product. Standard library only: no I/O, no clock, no text for people."""
