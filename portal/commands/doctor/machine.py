"""Can the machine do what it is asked to?"""

import codecs
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from flask_babel import gettext

from portal.adapters.pdf.trial import refusal_of_trial
from portal.commands.doctor.findings import Finding, fault, note, warning
from portal.commands.doctor.patient import Patient

LEAST_FREE: Final = 1 << 30
FREE_SOON: Final = 5 << 30
"""Bytes where the data lies."""
SAMPLE: Final = "还款协议 Repayment 李娜 ￥1,234.56"


def encoding(patient: Patient) -> Iterator[Finding]:
    """Names of files and what commands print are Chinese."""
    for name in (patient.machine.encoding, patient.machine.file_names):
        if codecs.lookup(name).name != "utf-8":
            yield fault(
                gettext("The machine writes %(encoding)s and not UTF-8: set LANG=C.UTF-8.", encoding=name)
            )
            return


def data_folder(patient: Patient) -> Iterator[Finding]:
    """A file without a name is written there and brought to the disk, as a checkpoint is."""
    folder = patient.config.data_dir
    if not folder.exists():
        yield _of_no_folder(folder)
        return
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(b"whole")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield fault(
            gettext(
                "Nothing can be kept in %(folder)s (PORTAL_DATA_DIR): %(why)s.",
                folder=folder,
                why=error.strerror,
            )
        )
        return
    if folder.stat().st_mode & 0o007:
        yield warning(
            gettext("Everybody on this machine may look into %(folder)s: chmod o-rwx.", folder=folder)
        )


def _of_no_folder(folder: Path) -> Finding:
    above = next(each for each in folder.absolute().parents if each.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return note(gettext("%(folder)s is not there yet: it is made at the first start.", folder=folder))
    return fault(
        gettext("%(folder)s (PORTAL_DATA_DIR) is not there, and the portal may not make it.", folder=folder)
    )


def free_space(patient: Patient) -> Iterator[Finding]:
    free = patient.machine.free
    said = {"size": f"{free / (1 << 30):.1f}", "folder": patient.config.data_dir}
    if free < LEAST_FREE:
        yield fault(gettext("Only %(size)s GB are free where %(folder)s lies.", **said))
    elif free < FREE_SOON:
        yield warning(gettext("%(size)s GB are free where %(folder)s lies: soon too little.", **said))


def documents(patient: Patient) -> Iterator[Finding]:
    """A line of Chinese is drawn as a document, so that no agreement is the first to find out."""
    why = refusal_of_trial(SAMPLE, patient.machine.environ)
    if why is not None:
        yield fault(
            gettext(
                "Documents cannot be drawn (%(why)s): run bin/setup, and set FONTCONFIG_FILE to .fonts/fonts.conf as bin/env does.",
                why=why,
            )
        )
