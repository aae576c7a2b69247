"""The wheels that are made here: the stand-ins, the Python part of others, and sessionlab itself."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
MOMENT = 1_793_491_200  # 1 November 2026: what is made carries this time, so that it is the same in every build
#: Types of packages that nobody has in the browser lab, two thirds of jedi; files of other programs, and tests.
UNUSED = re.compile(
    r"jedi/third_party/(django-stubs|typeshed/stubs)/|[^/]+\.data/data/|anywidget/labextension/|.*/tests/"
)
#: What others in C are made of, and constants of blobs, which the stand-in for ckzg does not read.
UNREAD = re.compile(r".*(\.c|\.h|\.pyx|\.pxd|/kzg_trusted_setup\.txt)")
TAG = "Wheel-Version: 1.0\nGenerator: sessionlab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def standins(target: Path) -> Path:
    """Write the wheel of stand-ins for libraries in C. Returns its path."""
    from sessionlab import __version__

    source = HERE / "standins"
    files = {
        file.relative_to(source).as_posix(): file.read_bytes()
        for file in source.rglob("*")
        if file.suffix in (".py", ".js")
    }
    metadata = f"Metadata-Version: 2.1\nName: sessionlab-standins\nVersion: {__version__}\n"
    info = f"sessionlab_standins-{__version__}.dist-info"
    files |= {f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": TAG.encode()}
    return write(target / f"sessionlab_standins-{__version__}-py3-none-any.whl", files)


def part_of(wheel: Path, target: Path) -> Path:
    """Write a wheel without what is compiled in it. Returns the path of what was written."""
    files = {name: content for name, content in files_of(wheel).items() if not name.endswith(".so")}
    info = _info(files)
    files[f"{info}/WHEEL"] = TAG.encode()
    return write(target / f"{info.removesuffix('.dist-info')}-py3-none-any.whl", files)


def files_of(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel that are of use in the browser, by their names; the list of them is made anew."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", ".dist-info/RECORD"))]
        return {name: archive.read(name) for name in names if not UNUSED.match(name) and not UNREAD.fullmatch(name)}


def sessionlab(target: Path) -> Path:
    """Write the wheel of this checkout. Returns its path."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(MOMENT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    (made,) = target.glob("sessionlab-*.whl")
    return made


def metadata_of(wheel: Path) -> tuple[str, str, list[str]]:
    """Return a wheel's name, version and requirements."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    return metadata["Name"], metadata["Version"], metadata.get_all("Requires-Dist") or []


def imports_of(wheel: Path) -> list[str]:
    """Return the names of what can be imported from a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist() if name.endswith((".py", ".pyc", ".so"))}
    return sorted({top.partition(".")[0] for top in tops if not top.endswith((".dist-info", ".data"))})


def write(path: Path, files: dict[str, bytes]) -> Path:
    """Write a wheel of these files, with the list of them. Returns its path."""
    info, lines = _info(files), []
    for name, content in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    record = "".join([*lines, f"{info}/RECORD,,\n"]).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in [*sorted(files.items()), (f"{info}/RECORD", record)]:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, content)
    return path


def _info(files: dict[str, bytes]) -> str:
    return next(name.partition("/")[0] for name in files if name.endswith(".dist-info/METADATA"))
