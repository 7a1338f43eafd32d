"""PDF/A-3b by pikepdf's rules (veraPDF's), and what of a sealed document they do not judge."""

from io import BytesIO

import pikepdf
from pikepdf import pdfa

CLAIM_A = "ISO_19005_3:6.6.4-3"
"""The document claims level A, and the validator checks level B: the one finding that every document of ours has."""


def pdf_a_faults(body: bytes) -> list[str]:
    """What breaks PDF/A-3b in a document, sealed or not; empty where nothing does.

    The validator does not judge forms, permissions and extensions, and stops at the embedded files where it meets them: so it sees
    the document as it is for what breaks a rule, and once more without them for everything else.
    """
    with pikepdf.open(BytesIO(body)) as pdf:
        faults = [f for f in pdfa.check(pdf, "3b").findings if f.kind == "violation" and f.rule != CLAIM_A]
    with pikepdf.open(BytesIO(_without_signatures(body))) as pdf:
        faults += [f for f in pdfa.check(pdf, "3b").findings if f.rule != CLAIM_A]
    return [str(fault) for fault in faults]


def _without_signatures(body: bytes) -> bytes:
    """The same document, written anew without what only signatures bring."""
    saved = BytesIO()
    with pikepdf.open(BytesIO(body)) as pdf:
        for key in ("/AcroForm", "/Perms", "/Extensions"):
            if key in pdf.Root:
                del pdf.Root[key]
        for page in pdf.pages:
            if "/Annots" in page:
                del page["/Annots"]
        pdf.save(saved)
    return saved.getvalue()
