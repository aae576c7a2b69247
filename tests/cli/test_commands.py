"""The doors of the command line: what is there, exit codes, and errors that a person can act on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sessionlab import __version__
from sessionlab.cli import COMMANDS, lab, main, parser
from sessionlab.core.base.errors import SessionlabError

VECTORS = Path(__file__).parents[1] / "vectors"


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        with pytest.raises(SystemExit) as stopped:
            parser().parse_args([name, "--help"])
        assert stopped.value.code == 0
        assert f"sessionlab {name}" in capsys.readouterr().out


def test_without_a_command_all_of_them_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr()
    assert not said.out and all(f"    {name}" in said.err for name in ("tour", "lab", "serve", "grade"))
    with pytest.raises(SystemExit):
        main(["--nope"])
    assert "unrecognized arguments: --nope" in capsys.readouterr().err


def test_a_folder_without_notebooks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("student,") and said.err == f"There are no notebooks of the course in {tmp_path}.\n"


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"sessionlab {__version__}\n"


def test_help_needs_none_of_the_heavy_imports() -> None:
    check = "import sys, sessionlab.cli as c; c.parser(); print(sorted({'web3','eth','rich'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"


def test_replay_prints_its_summary_and_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join((VECTORS / "deployed.jsonl").read_text().splitlines(keepends=True)[:5]))
    operations = sum(len(json.loads(line)["ops"]) for line in few.read_text().splitlines())
    assert main(["replay", str(few)]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary == {"lines": 5, "operations": operations, "mismatches": 0}


def test_replay_of_a_wrong_expectation_names_it_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = json.loads((VECTORS / "deployed.jsonl").read_text().splitlines()[0])
    line["ops"][0]["expect"]["phase"] = "validation"
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(json.dumps(line) + "\n")
    assert main(["replay", "--json", str(wrong)]) == 1
    *mismatches, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert summary["mismatches"] == 1
    assert "phase" in json.dumps(mismatches[0])


def test_replay_under_the_other_ruleset_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join((VECTORS / "deployed.jsonl").read_text().splitlines(keepends=True)[:30]))
    assert main(["replay", "--rules", "documented", str(few)]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["mismatches"] > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "There is no file"), ("", "has no lines"), ("{}\n", "Line 1"), ("nonsense\n", "Line 1")],
)
def test_replay_of_what_is_no_vectors_file_says_so_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    file = tmp_path / "vectors.jsonl"
    if text is not None:
        file.write_text(text)
    assert main(["replay", str(file)]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_lab_without_jupyterlab_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert main(["lab", "--no-browser"]) == 2
    assert "'jupyterlab>=" in capsys.readouterr().err


def test_a_typed_error_ends_with_2_and_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(options: object) -> int:
        raise SessionlabError("It does not work.", field="FILE", fix="use another.")

    monkeypatch.setattr("sessionlab.cli.lab.run", fail)
    assert main(["lab"]) == 2
    assert capsys.readouterr().err == "sessionlab lab: It does not work. (field: FILE) Next step: use another.\n"


def test_lab_runs_as_root_too_as_in_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    for user, wanted in ((0, True), (1000, False)):
        monkeypatch.setattr("os.geteuid", lambda user=user: user)
        assert ("--allow-root" in lab.command_line(Path("notebooks"), 1, no_browser=True, watched=0)) is wanted
