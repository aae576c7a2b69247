"""Docstrings are plain text with indented examples; the pages show them as such."""

from __future__ import annotations

from runpy import run_path

import pytest
from docutils.core import publish_doctree

from tests.project.repository import ROOT

as_rst = run_path(str(ROOT / "docs" / "docstrings.py"))["as_rst"]
LINKS = {"Lab": "sessionlab.Lab"}


#: What reStructuredText makes of markup that is not meant, or is wrong.
NOT_MEANT = (
    "emphasis",
    "strong",
    "block_quote",
    "problematic",
    "substitution_reference",
    "reference",
    "definition_list",
)


@pytest.mark.parametrize(
    ("docstring", "paragraphs", "kinds"),
    [
        ("Times 2**10, or *args and name_ | x.", ["Times 2**10, or *args and name_ | x."], {"paragraph"}),
        ("Is ``a_`` or `b*c`.", ["Is a_ or b*c."], {"paragraph", "literal"}),
        ("So:\n\n    x = 1\n\n    y = 2\n\nAfter.", ["So:", "x = 1\n\ny = 2", "After."], {"literal_block"}),
        ("As here:\n    not code, {\nAfter.", ["As here:", "not code, {", "After."], {"literal_block"}),
        (">>> 1 + 1\n2\n\nAfter.", [">>> 1 + 1\n2", "After."], {"doctest_block"}),
        ("Three:\n- a, which\n  goes on\n- b\nAfter.", ["Three:", "a, which\ngoes on", "b", "After."], {"bullet_list"}),
    ],
)
def test_a_docstring_is_shown_as_it_stands(docstring: str, paragraphs: list[str], kinds: set[str]) -> None:
    text = "\n".join(as_rst(docstring.splitlines(), {}))
    tree = publish_doctree(text, settings_overrides={"halt_level": 2, "report_level": 2})
    assert tree.astext() == "\n\n".join(paragraphs)
    there = {type(node).__name__ for node in tree.findall()}
    assert kinds <= there and not there & set(NOT_MEANT)


def test_a_public_name_is_a_link() -> None:
    assert as_rst(["See ``sl.Lab``, ``Lab`` or ``lab``."], LINKS)[0] == (
        "See :py:obj:`sl.Lab <sessionlab.Lab>`, :py:obj:`Lab <sessionlab.Lab>` or ``lab``."
    )
