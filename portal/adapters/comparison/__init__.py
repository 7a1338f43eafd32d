"""What of a document changed: pages, attached files, signatures. Strangers' files are read in a process of their own."""
