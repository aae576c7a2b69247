"""Every guide runs from top to bottom, as it stands, and prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.test_public_names import uses_in_document

from .guides import GUIDES, guides, run

#: What these guides show is being made; each test goes green, and its mark away, with that.
NOT_YET: dict[str, str] = {
    "own-contract": "lab.deploy",
    "own-token": "lab.token(…)",
    "hand-over": "sl.connect, sl.Session.connect",
}


def of_each_guide() -> list[object]:
    return [
        pytest.param(path, id=path.stem, marks=[pytest.mark.xfail(strict=True, reason=NOT_YET[path.stem])])
        if path.stem in NOT_YET
        else pytest.param(path, id=path.stem)
        for path in guides()
    ]


@pytest.mark.parametrize("guide", of_each_guide())
def test_a_guide_runs(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(guide.read_text(encoding="utf-8"), tmp_path) > 1


def test_the_front_page_runs(tmp_path: Path) -> None:
    assert run((GUIDES.parent / "index.md").read_text(encoding="utf-8"), tmp_path) == 1


@pytest.mark.parametrize("guide", [path for path in guides() if path.stem not in NOT_YET], ids=lambda path: path.stem)
def test_a_guide_uses_public_names_only(guide: Path) -> None:
    assert uses_in_document(guide) == []


def test_every_guide_is_listed() -> None:
    index = (guides()[0].parent / "index.md").read_text(encoding="utf-8")
    assert [path.stem for path in guides() if f"\n{path.stem}\n" not in index] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", AssertionError),
        ("```python\nundefined\n```\n", NameError),
        ("```console\nexit 3\n```\n", AssertionError),
        ("```ruby\nputs 1\n```\n", AssertionError),
        ("`a.py`:\n\n```python\nprint(1)\n```\n\n```console\npython a.py\n```\n\n```text\n2\n```\n", AssertionError),
    ],
)
def test_a_guide_that_is_wrong_is_found(text: str, fault: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(fault):
        run(text, tmp_path)
