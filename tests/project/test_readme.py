"""The documents tell the truth: their Python runs, their commands and files exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .repository import ROOT, files

DOCUMENTS = ("README.md", "CONTRIBUTING.md")
#: Those, and a page of which the commands are checked alone.
WITH_COMMANDS = (*DOCUMENTS, "docs/install.md")

#: What the installed command does.
COMMAND_LINE = "import sys; from sessionlab.cli import main; sys.argv[0] = 'sessionlab'; sys.exit(main())"


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str, *languages: str) -> list[str]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text(document), re.MULTILINE | re.DOTALL)
    return [block for language, block in found if language in languages]


def commands() -> list[list[str]]:
    """Each command of each block, as words, comments left out."""
    lines = [
        line
        for document in WITH_COMMANDS
        for block in blocks(document, "console", "bash")
        for line in block.splitlines()
    ]
    return [words for line in lines if (words := shlex.split(line.removeprefix("$ "), comments=True))]


def sessionlab_commands() -> set[str]:
    named = {
        match for document in WITH_COMMANDS for match in re.findall(r"`sessionlab ([a-z]+)\b[^`\n]*`", text(document))
    }
    run = {words[1] for words in commands() if Path(words[0]).name == "sessionlab"}
    return named | run


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_runs_from_top_to_bottom(document: str) -> None:
    namespace: dict[str, object] = {"__name__": document}
    assert blocks(document, "python")
    for block in blocks(document, "python"):
        exec(compile(block, document, "exec"), namespace)


def test_make_targets_exist() -> None:
    targets = re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE)
    named = [match for document in WITH_COMMANDS for match in re.findall(r"`make (\w+)`", text(document))]
    for target in named + [words[1] for words in commands() if words[0] == "make"]:
        assert target in targets


@pytest.mark.parametrize("command", sorted(sessionlab_commands()))
def test_sessionlab_commands_exist(command: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", COMMAND_LINE, command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert f"sessionlab {command}" in told.stdout


def test_every_command_is_one_that_is_checked() -> None:
    known = {
        "make",
        "python3",
        ".venv/bin/pip",
        ".venv/bin/python",
        ".venv/bin/sessionlab",
        "conda",
        "sessionlab",
    }
    known |= {"SESSIONLAB_SLOW=1"}
    assert {words[0] for words in commands()} <= known


def test_the_test_command_of_make_is_the_plain_one() -> None:
    how = "-n 3 --dist loadfile --no-loadscope-reorder tests"
    assert f"$(PYTEST) {how}" in text("Makefile")
    assert any(command[1:] == shlex.split(f"-m pytest {how}") for command in commands())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: str) -> None:
    rooms = "sessionlab|notebooks|tests|\\.ci"
    named = re.findall(rf"[`(]((?:{rooms})/[\w./-]*|[\w.-]+\.(?:md|toml|txt|yml))(?=[`)])", text(document))
    assert named
    for name in named:
        assert (ROOT / name).exists(), f"{document} names {name}"


def test_the_map_names_every_room() -> None:
    rooms = {path.relative_to(ROOT).parts[1] for path in files() if path.relative_to(ROOT).parts[0] == "sessionlab"}
    folders = {room for room in rooms if (ROOT / "sessionlab" / room).is_dir()}
    for room in folders:
        assert f"`sessionlab/{room}/`" in text("README.md")


def test_the_picture_has_a_text_for_those_who_do_not_see_it() -> None:
    for alternative, _ in re.findall(r"!\[(.*?)\]\((.*?)\)", text("README.md")):
        assert len(alternative.split()) > 5


def test_the_course_is_listed_notebook_by_notebook() -> None:
    listed = re.findall(r"^\| `(\d\d_\w+)` \|", text("README.md"), re.MULTILINE)
    assert listed == sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


def test_binder_finds_the_environment_and_the_first_notebook() -> None:
    """https://repo2docker.readthedocs.io/en/latest/configuration: what Binder would take before environment.yml."""
    (path,) = re.findall(r"mybinder\.org/v2/gh/OWNER/REPOSITORY/HEAD\?urlpath=lab/tree/([\w/.]+)", text("README.md"))
    assert (ROOT / path).is_file()
    assert (ROOT / "environment.yml").is_file()
    assert not any((ROOT / other).exists() for other in ("binder", ".binder", "Dockerfile"))
