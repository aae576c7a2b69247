"""Write the hashes of what the site downloads: ``python -m browser.pin``, after constraints.txt has changed."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from browser.fetch import IN_A_BROWSER, ON_A_MACHINE
from browser.wheels import metadata_of

HERE = Path(__file__).parent
PINS = HERE.parent / "constraints.txt"


def pin(file: Path, tags: tuple[str, ...]) -> None:
    """Write a file anew: the names that it holds, at the versions of constraints.txt, with their wheels' hashes."""
    lines = file.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    names = [line.partition("==")[0] for line in lines if line and not line.startswith("#")]
    versions = {_plain(line.partition("==")[0]): line for line in PINS.read_text().splitlines() if "==" in line}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        wanted = [versions[_plain(name)] for name in names]
        subprocess.run([*command, f"--dest={folder}", "--only-binary=:all:", *tags, *wanted], check=True)
        found = [(*metadata_of(wheel)[:2], wheel.read_bytes()) for wheel in Path(folder).glob("*.whl")]
    pinned = [
        f"{_plain(name)}=={version} --hash=sha256:{hashlib.sha256(content).hexdigest()}"
        for name, version, content in found
    ]
    file.write_text("\n".join([*head, *sorted(pinned)]) + "\n")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    pin(HERE / "wheels.txt", IN_A_BROWSER)
    pin(HERE / "partial_wheels.txt", ON_A_MACHINE)
