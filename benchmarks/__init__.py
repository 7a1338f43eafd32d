"""What ``bin/bench`` measures: each figure beside a reference in the same run."""
