"""What holds of every picture: words for who does not see it, colours of its own and the theme's, and no matplotlib.

That its words can be read in light and in dark, a browser measures: ``tests/rendered/test_pictures.py``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

import sessionlab as sl
from sessionlab.study.pictures import Picture, Plot, svg
from tests.pictures import gallery
from tests.pictures.gallery import GALLERY
from tests.pictures.reading import read

#: Okabe and Ito's eight.
OKABE_ITO = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
#: Colours that take after what is around them.
NEUTRAL = {"none", "inherit", "transparent"}
#: Libraries that draw or show things, and that no picture needs.
OTHERS = ("matplotlib", "numpy", "pandas", "ipywidgets", "anywidget", "IPython")
POINT = 4 / 3  # CSS pixels
COLOUR = re.compile(r"(?<![-\w])(?:color|fill|stroke|background(?:-color)?):\s*([^;'\"]+)")
MIXED = re.compile(r"color-mix\(in srgb, (#\w{6}) \d+%, (var\(--jp-[\w-]+, #\w+\))\)")

Made = tuple[Callable[[sl.Lab], Picture], Picture]


@pytest.fixture(scope="module", params=GALLERY, ids=lambda make: make.__name__)
def made(request: pytest.FixtureRequest) -> Made:
    return request.param, gallery.made(request.param)


def test_it_has_words_and_a_text_and_sound_html(made: Made) -> None:
    _, picture = made
    words = picture.alternative_text
    assert words.endswith(".")
    assert len(repr(picture).splitlines()) > 1
    assert "<" not in repr(picture)
    labels = read(picture._repr_html_()).labels
    assert words in labels


def test_every_colour_is_the_themes_own_or_okabe_ito(made: Made) -> None:
    _, picture = made
    found = {colour.strip() for colour in COLOUR.findall(picture._repr_html_())}
    mixed = {value: MIXED.fullmatch(value) for value in found}
    found = {part for value, parts in mixed.items() for part in (parts.groups() if parts else (value,))}
    gradients = {colour for value in found for colour in re.findall(r"#\w+", value) if "gradient" in value}
    plain = {value for value in found if not value.startswith("repeating-linear-gradient(")} | gradients
    odd = {v for v in plain - NEUTRAL if not v.startswith("var(--jp-") and v[:7].lower() not in OKABE_ITO}
    assert odd == set()
    assert all("," in value for value in plain if value.startswith("var("))  # a page without a theme reads it too


def test_no_text_is_under_ten_points(made: Made) -> None:
    _, picture = made
    sizes = re.findall(r"font-size:([\d.]+)px", picture._repr_html_())
    assert sizes and min(map(float, sizes)) >= 10 * POINT


def test_it_has_a_form_for_a_wide_page_and_one_for_a_narrow_one(made: Made) -> None:
    _, picture = made
    if isinstance(picture, Plot):
        for width in (svg.WIDE, svg.NARROW):
            assert f'viewBox="0 0 {width} ' in picture._repr_html_()
        assert "<details" in picture._repr_html_()  # all of it as text, for who reads instead of looking


def test_it_is_the_same_bytes_every_time_and_needs_no_library(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    make, picture = made
    for name in [name for name in sys.modules if name.startswith(tuple(f"{other}." for other in OTHERS))]:
        monkeypatch.delitem(sys.modules, name)
    for name in OTHERS:
        monkeypatch.setitem(sys.modules, name, None)
    assert make(sl.Lab())._repr_html_() == picture._repr_html_()


def test_no_module_of_the_pictures_needs_matplotlib_or_any_other_library() -> None:
    """In a process of its own, in which none of them can be imported."""
    code = f"""
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys({OTHERS}))
import sessionlab as sl
from sessionlab.study import pictures
for module in pkgutil.walk_packages(pictures.__path__, "sessionlab.study.pictures."):
    importlib.import_module(module.name)
from tests.pictures.gallery import burn_down_of_one
assert burn_down_of_one(sl.Lab())._repr_html_()
assert not [name for name in {OTHERS} if sys.modules[name] is not None]
"""
    subprocess.run([sys.executable, "-c", code], check=True)
