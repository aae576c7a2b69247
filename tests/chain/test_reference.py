"""METHODS.md is what the tables say, and no published method is passed over in silence."""

from __future__ import annotations

import json
from pathlib import Path

from sessionlab.node.reference import GROUPS, LEFT_OUT, left_out, reference, served
from tests.project.repository import ROOT

PUBLISHED = json.loads((Path(__file__).parent / "execution_apis.json").read_text(encoding="utf-8"))["results"]


def test_the_reference_is_written_from_the_tables() -> None:
    """If it is not: ``python -m sessionlab.node.reference > sessionlab/node/METHODS.md``."""
    assert (ROOT / "sessionlab" / "node" / "METHODS.md").read_text(encoding="utf-8") == reference()


def test_every_published_method_is_served_or_left_out_with_a_reason() -> None:
    assert PUBLISHED.keys() - set(served()) - left_out().keys() == set()
    assert LEFT_OUT.keys() - PUBLISHED.keys() == {"eth_subscribe"}
    assert all(LEFT_OUT.values())


def test_every_served_method_has_a_group() -> None:
    text = reference()
    for name in served():
        assert any(name.startswith(prefix) for prefix in GROUPS) and text.count(f"- `{name}`\n") == 1
