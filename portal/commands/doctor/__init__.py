"""``portal doctor``: what is wrong with this installation, in sentences. One module a part of it, one function a check."""
