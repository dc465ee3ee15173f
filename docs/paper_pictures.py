"""Pictures of the papers for docs/images, from a trial that exists for that alone.

    PYTHONPATH=tests python docs/paper_pictures.py
    PYTHONPATH=tests python docs/paper_pictures.py --all /tmp/papers

With ``--all`` every page for both sizes of paper is written, to be looked at before a release.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ekbom.report.paper.instructions import instruction_sheet
from ekbom.report.paper.labels import label_sheet
from ekbom.report.paper.packing_list import emergency_papers, packing_list
from ekbom.report.paper.setting import PAPERS, Document, pictures_of
from ekbom.report.paper.shopping import shopping_list
from ekbom.report.paper.slips import slip_sheets
from ekbom.safety.preparation import needs_of
from papers import ORDER, ready, slips
from trials import FAST

IMAGES = Path(__file__).with_name("images")


def documents(folder: Path) -> Iterator[tuple[str, Document]]:
    """Yield every paper by its name; ``folder`` is where the trials are made."""
    trial, alone = ready(folder / "helper"), ready(folder / "alone", "alone")
    needs = needs_of(trial=trial, size="000", salt="trimagnesium_dicitrate_anhydrous", a_night=None)
    yield "labels", label_sheet(trial=trial, name="Ana")
    yield "slips", slip_sheets(protocol=FAST, slips=slips())
    yield "packing-list", packing_list(trial=trial, treatments=ORDER)
    yield "emergency-papers", emergency_papers(trial=trial, treatments=ORDER)
    yield "instructions-helper", instruction_sheet(trial=trial)
    yield "instructions-alone", instruction_sheet(trial=alone)
    yield (
        "shopping",
        shopping_list(fill=needs.fill, a_night=needs.a_night, shopping=needs.shopping),
    )


def main() -> None:
    """Write the first page of each paper, or every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, into FOLDER")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        for name, document in documents(Path(folder)):
            if asked.all is None:
                first = pictures_of(document, paper="a4", ppi=45)[0]
                (IMAGES / f"paper-{name}.png").write_bytes(first)
                continue
            asked.all.mkdir(parents=True, exist_ok=True)
            for paper in PAPERS:
                for number, page in enumerate(pictures_of(document, paper=paper, ppi=80), start=1):
                    (asked.all / f"{name}-{paper}-{number}.png").write_bytes(page)


if __name__ == "__main__":
    main()
