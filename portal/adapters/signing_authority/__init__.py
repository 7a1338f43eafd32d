"""A licensed authority that signs for borrowers (level L3): asked over HTTP; and a stand-in that keeps the same contract."""
