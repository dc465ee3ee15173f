"""Printed pages for tests: trials with packs, and an independent reader of square codes."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
import zxingcpp

from ekbom.protocol.files import checked
from ekbom.protocol.model import Protocol
from ekbom.report.paper.setting import Document, Paper, pictures_of
from ekbom.trial.folder import Trial
from ekbom.trial.slips import Slip, draw_slips
from trials import FAST, with_dose_fixed

MADE = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
ORDER = ("magnesium", "placebo", "placebo", "magnesium") * 3
OPPOSITE = ("placebo", "magnesium", "magnesium", "placebo") * 3


def blinded(way: str, **changes: object) -> Protocol:
    """Return the fast magnesium protocol with another way of blinding."""
    return checked(replace(FAST, blinding=way, **changes), file="blinded")  # type: ignore[arg-type]  # `way` comes from parameters


def ready(path: Path, way: str = "helper") -> Trial:
    """Return a trial whose dose is fixed at 200 mg in 2 capsules a night."""
    return with_dose_fixed(path, blinded(way))


def slips(protocol: Protocol = FAST) -> tuple[Slip, ...]:
    """Return slips with the same codes every time."""
    turn = count(1)
    return draw_slips(protocol=protocol, secrets=lambda size: _bytes(next(turn), size))


def _bytes(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).bytes(size)


def page_arrays(document: Document, paper: Paper, ppi: float = 150) -> list[np.ndarray]:
    """Return each page as grey levels, 0 black to 255 white."""
    return [gray(data) for data in pictures_of(document, paper=paper, ppi=ppi)]


def codes_on(page: np.ndarray) -> list[str]:
    """Return every square code on a page, as the reader of another project reads it."""
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    return sorted(str(one.text) for one in found)


def gray(png: bytes) -> np.ndarray:
    """Return a PNG picture of 8 bits a channel as grey levels on white (its filters undone)."""
    header, body, at_byte = b"", b"", 8
    while at_byte < len(png):
        length = int.from_bytes(png[at_byte : at_byte + 4], "big")
        kind, data = png[at_byte + 4 : at_byte + 8], png[at_byte + 8 : at_byte + 8 + length]
        header = data if kind == b"IHDR" else header
        body += data if kind == b"IDAT" else b""
        at_byte += 12 + length
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[header[9]]
    raw = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + width * channels)
    rows = _unfiltered(raw[:, 0], raw[:, 1:].reshape(height, width, channels))
    colours = rows[..., : channels - (channels in (2, 4))].mean(axis=-1)
    cover = rows[..., -1] / 255.0 if channels in (2, 4) else np.ones((height, width))
    return np.ascontiguousarray((colours * cover + 255 * (1 - cover)).round().astype(np.uint8))


def _unfiltered(how: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Add to each pixel what its row's filter took away, one diagonal after the other."""
    height, width, channels = left_out.shape
    found = np.zeros((height + 1, width + 1, channels), np.int16)
    for diagonal in range(height + width - 1):
        rows = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        columns = diagonal - rows
        left, above = found[rows + 1, columns], found[rows, columns + 1]
        guesses = (0, left, above, (left + above) // 2, _paeth(left, above, found[rows, columns]))
        guess = np.choose(how[rows, None], guesses)
        found[rows + 1, columns + 1] = (left_out[rows, columns] + guess) % 256
    return found[1:, 1:]


def _paeth(left: np.ndarray, above: np.ndarray, corner: np.ndarray) -> np.ndarray:
    a, b, c = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    return np.where((a <= b) & (a <= c), left, np.where(b <= c, above, corner))
