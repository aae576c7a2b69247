"""Build the site: ``python -m browser [--to site] [--only 00,03]``; ``make site``."""

from __future__ import annotations

import argparse
from pathlib import Path

from browser.site import build


def main() -> None:
    """Build it, and say how large it is."""
    parser = argparse.ArgumentParser(prog="python -m browser", description="Build the site.")
    parser.add_argument("--to", type=Path, default=Path("site"), help="where to write it (default: site/)")
    parser.add_argument("--only", default="", help="lessons to run for their pages, such as 00,03 (default: all)")
    options = parser.parse_args()
    site = build(options.to, only=[number for number in options.only.split(",") if number])
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    print(f"{site}/index.html: {size / 1e6:.1f} MB. Serve it with any static server: python -m http.server -d {site}")


if __name__ == "__main__":
    main()
