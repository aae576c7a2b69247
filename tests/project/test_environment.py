"""conda's environment installs what pip would."""

from __future__ import annotations

import re
import tomllib

from .repository import ROOT


def test_conda_installs_the_package_with_its_extras_at_the_pinned_versions() -> None:
    text = (ROOT / "environment.yml").read_text()
    extras = re.search(r"^ +- -e \.\[([\w,]+)\]$", text, re.MULTILINE)
    assert extras
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.group(1).split(",")) == set(project["optional-dependencies"]) - {"dev", "docs", "site"}
    assert re.search(r"^ +- -c constraints\.txt$", text, re.MULTILINE)


def test_conda_installs_a_python_that_will_do() -> None:
    version = re.search(r"^  - python=3\.(\d+)$", (ROOT / "environment.yml").read_text(), re.MULTILINE)
    assert version
    assert int(version.group(1)) >= 11


def test_it_says_what_was_tried_and_what_was_not() -> None:
    text = (ROOT / "environment.yml").read_text()
    tried = text.partition("# Tried: ")[2].partition("# Not tried: ")
    (extras,) = re.findall(r"-e \.\[([\w,]+)\]$", text, re.MULTILINE)
    assert f"[{extras}]" in tried[0]
    assert tried[2].startswith("conda itself")
