"""What the server loads."""

from benchmarks.references.served import make

app = make()
