"""Whether a seal holds: signature, coverage of the whole file, no change allowed or made, one of our certificates."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import ValidationContext

from portal.adapters.seal import LENDER_FIELD


def is_seal_valid(body: bytes, certificates: Sequence[bytes]) -> bool:
    """For bytes that are on record, or from a source that is trusted not to be hostile: a PDF is parsed here.

    ``certificates`` are ours, DER, past ones included. Whatever cannot be read is not valid.
    """
    try:
        return _holds(body, certificates)
    except Exception:  # noqa: BLE001 - a validator's complaint of any kind is one answer: no
        return False


def _holds(body: bytes, certificates: Sequence[bytes]) -> bool:
    signatures = PdfFileReader(BytesIO(body)).embedded_signatures
    if len(signatures) != 1 or signatures[0].field_name != LENDER_FIELD:
        return False
    (signature,) = signatures
    known = {sha256(certificate).digest() for certificate in certificates}
    if sha256(signature.signer_cert.dump()).digest() not in known:
        return False
    roots = [x509.Certificate.load(certificate) for certificate in certificates]
    context = ValidationContext(
        trust_roots=roots,
        allow_fetching=False,
        moment=signature.self_reported_timestamp,
        best_signature_time=None,
    )
    status = validate_pdf_signature(signature, context)
    return bool(
        status.bottom_line
        and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and signature.docmdp_level is MDPPerm.NO_CHANGES
    )
