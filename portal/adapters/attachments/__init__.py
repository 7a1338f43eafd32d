"""Files that strangers send: read by their content, written anew, kept encrypted."""
