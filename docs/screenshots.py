"""Pictures of the pages: the main way for docs/images, and on request every page at every stage.

    PYTHONPATH=tests python docs/screenshots.py
    PYTHONPATH=tests python docs/screenshots.py --all /tmp/pages

It runs the real application with people at every stage of a trial (tests/browser/peopled.py), in
Debian's chromium, at one fixed evening, so that a picture changes only when its page does.
"""

from __future__ import annotations

import argparse
import base64
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from browser.peopled import Peopled, peopled
from browser.served import CHROMIUM, FLAGS

IMAGES = Path(__file__).with_name("images")
WIDTHS = (360, 1280)
HEIGHT = 740
LARGEST = 60_000
"""Most bytes of a picture in docs/images."""

MAIN_WAY = (
    ("welcome", "new", "welcome"),
    ("safety", "new", "begin_questions_1"),
    ("chances", "planned", "begin_chances"),
    ("tonight", "treated", "tonight"),
    ("evening", "treated", "evening"),
    ("morning", "treated", "morning"),
    ("signs", "treated", "signs"),
    ("changed", "treated", "changed"),
    ("progress", "treated", "progress"),
    ("verdict", "opened", "verdict"),
)
"""Each picture's name, and the stage and page that it shows."""


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, whole, into FOLDER")
    parser.add_argument("--stages", nargs="*", help="with --all: these stages alone")
    asked = parser.parse_args()
    with (
        TemporaryDirectory(prefix="ekbom-pictures-") as folder,
        peopled(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if asked.all is None:
            take_main_way(browser, site)
        else:
            take_all(browser, site, folder=asked.all, stages=asked.stages or list(site.pages))
        browser.close()


def take_main_way(browser: Browser, site: Peopled) -> None:
    """Write the pictures of docs/images: a phone in the evening."""
    IMAGES.mkdir(exist_ok=True)
    for name, stage, page_name in MAIN_WAY:
        with opened(browser, site, stage=stage, width=WIDTHS[0], theme="dark") as page:
            page.goto(site.address(stage, page_name))
            picture = in_few_colours(browser, page.screenshot())
        if len(picture) > LARGEST:
            raise SystemExit(f"{name} has {len(picture):,} bytes; the most is {LARGEST:,}")
        (IMAGES / f"{name}.png").write_bytes(picture)


def in_few_colours(browser: Browser, png: bytes) -> bytes:
    """Return a picture in its 256 most frequent colours, a third as large."""
    page = browser.new_page()
    width, height, encoded = page.evaluate(PIXELS, base64.b64encode(png).decode())
    page.close()
    rgba = np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)
    colours, numbers, counts = np.unique(
        rgba[:, :, :3].reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    palette = colours[np.argsort(-counts)[:256]]
    apart = np.abs(colours[:, None].astype(int) - palette[None].astype(int)).sum(axis=2)
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = apart.argmin(axis=1)[numbers].reshape(height, width)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0),
        b"PLTE": palette.tobytes(),
        b"IDAT": zlib.compress(rows.tobytes(), 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts.items()
    )


PIXELS = """async (png) => {
  const answer = await fetch("data:image/png;base64," + png);
  const picture = await createImageBitmap(await answer.blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const drawing = canvas.getContext("2d");
  drawing.drawImage(picture, 0, 0);
  const { data } = drawing.getImageData(0, 0, picture.width, picture.height);
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return [picture.width, picture.height, btoa(text)];
}"""


def take_all(browser: Browser, site: Peopled, *, folder: Path, stages: list[str]) -> None:
    """Write every page of some stages, whole, at both widths, dark and light."""
    folder.mkdir(parents=True, exist_ok=True)
    for stage in stages:
        for width in WIDTHS:
            for theme in ("dark", "light"):
                with opened(browser, site, stage=stage, width=width, theme=theme) as page:
                    for name in walked(page, site, stage):
                        page.evaluate("t => document.documentElement.dataset.theme = t", theme)
                        file = folder / f"{stage}-{name}-{width}-{theme}.png"
                        page.screenshot(path=file, full_page=True)


def walked(page: Page, site: Peopled, stage: str) -> Iterator[str]:
    """Open every page of a stage that is shown there and leads nowhere else, by name."""
    for name in site.pages[stage]:
        answer = page.request.get(site.address(stage, name), max_redirects=0)
        if answer.ok and answer.headers["content-type"].startswith("text/html"):
            page.goto(site.address(stage, name))
            yield name


@contextmanager
def opened(
    browser: Browser, site: Peopled, *, stage: str, width: int, theme: str
) -> Iterator[Page]:
    """Open a page in the browser of the person at a stage."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
        service_workers="block",
        locale="en-GB",
    )
    context.add_cookies([site.cookies[stage]])
    yield context.new_page()
    context.close()


if __name__ == "__main__":
    main()
