"""What a stranger gets to check an agreement with: the bundle of a case, and the program that goes through it."""
