"""QR codes as pictures."""

from io import BytesIO

import segno


def qr_svg(address: str) -> bytes:
    """A picture of its own, dark on white whatever stands around it."""
    target = BytesIO()
    segno.make(address, error="m", micro=False).save(
        target, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, nl=False
    )
    return target.getvalue()
