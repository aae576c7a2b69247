"""Every guide runs from top to bottom, as it stands, and prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.test_public_names import uses_in_document

from .guides import GUIDES, guides, run


@pytest.mark.parametrize("guide", guides(), ids=lambda path: path.stem)
def test_a_guide_runs(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(guide.read_text(encoding="utf-8"), tmp_path) > 1


def test_the_front_page_runs(tmp_path: Path) -> None:
    assert run((GUIDES.parent / "index.md").read_text(encoding="utf-8"), tmp_path) == 1


@pytest.mark.parametrize("guide", guides(), ids=lambda path: path.stem)
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
