"""One version everywhere: what is built, what installs name, and what the changelog describes."""

from __future__ import annotations

import re
import tomllib

import sessionlab as sl
from sessionlab.server import snippets

from .repository import ROOT, files

#: A file that pip installs, or a tag in git, with the version that it names.
NAMED = re.compile(r"sessionlab-(\d[\w.]*)-py3-none-any\.whl|OWNER/REPOSITORY@v(\d+\.\d+\.\d+)")


def test_the_package_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == sl.__version__


def test_installs_name_this_version() -> None:
    texts = [path for path in files() if path.suffix in (".md", ".yml", ".toml", ".html", ".ipynb")]
    named = [
        (path.name, tag or file) for path in texts for file, tag in NAMED.findall(path.read_text(encoding="utf-8"))
    ]
    assert {name for name, _ in named} >= {"README.md", "install.md", "ci.md", "ci.yml"}
    assert [(name, version) for name, version in named if version != sl.__version__] == []


def test_installs_from_git_name_a_version() -> None:
    for path in (path for path in files() if path.suffix in (".md", ".yml")):
        for line in re.findall(r"pip install .*git\+.*", path.read_text(encoding="utf-8")):
            assert re.search(r"@v\d", line), f"{path.name}: {line}"


def test_the_start_page_names_the_file_that_make_wheel_builds() -> None:
    snippet = snippets.python(sl.Lab(), "http://127.0.0.1:1")
    assert f"# pip install sessionlab-{sl.__version__}-py3-none-any.whl" in snippet


def test_extras_that_installs_name_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for path in (path for path in files() if path.suffix in (".md", ".yml")):
        for named in re.findall(r"sessionlab\[([\w,]+)\] @", path.read_text(encoding="utf-8")):
            assert set(named.split(",")) <= set(extras), path.name


def test_the_newest_part_of_the_changelog_is_this_version_or_what_comes_next() -> None:
    parts = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sl.__version__ in parts[:2]
    assert parts[0] in (sl.__version__, "Unreleased")
