"""What holds of every picture: words for who does not see it, and colours that can be read in light and in dark."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

import sessionlab as sl
from sessionlab.study.pictures import Picture, Plot
from sessionlab.study.pictures.figures import INK, PAPER, RED, SOFT
from tests.pictures.gallery import GALLERY
from tests.pictures.reading import read

#: Okabe and Ito's eight.
OKABE_ITO = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
#: Colours that take after what is around them.
NEUTRAL = {"none", "inherit", "transparent"}
LIGHT, DARK = "#ffffff", "#111111"
POINT = 4 / 3  # CSS pixels
COLOUR = re.compile(r"(?<![-\w])(?:color|fill|stroke|background(?:-color)?):\s*([^;'\"]+)")

Made = tuple[Callable[[sl.Lab], Picture], Picture]


@pytest.fixture(scope="module", params=GALLERY, ids=lambda make: make.__name__)
def made(request: pytest.FixtureRequest) -> Made:
    return request.param, request.param(sl.Lab())


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
    found = {colour.strip().lower() for colour in COLOUR.findall(picture._repr_html_())}
    gradients = {colour for value in found for colour in re.findall(r"#\w+", value) if "gradient" in value}
    plain = {value for value in found if not value.startswith(("url(", "repeating-linear-gradient("))} | gradients
    odd = {value for value in plain - NEUTRAL if not value.startswith("var(--jp-") and value[:7] not in OKABE_ITO}
    assert odd == set()
    assert all("," in value for value in plain if value.startswith("var("))  # a page without a theme reads it too


def test_no_text_is_under_ten_points(made: Made) -> None:
    _, picture = made
    if isinstance(picture, Plot):
        texts = [text for text in picture.figure.findobj(Text) if text.get_text()]
        assert min(text.get_fontsize() for text in texts) >= 10
    else:
        sizes = re.findall(r"font-size:([\d.]+)px", picture._repr_html_())
        assert sizes and min(map(float, sizes)) >= 10 * POINT


def test_figures_are_transparent_and_their_words_have_the_ink_of_the_page(made: Made) -> None:
    _, picture = made
    if not isinstance(picture, Plot):
        assert "<img" not in picture._repr_html_()
        return
    figure = picture.figure
    assert [face.get_facecolor()[3] for face in (figure, *figure.axes)] == [0] * (1 + len(figure.axes))
    inks = {to_hex(text.get_color()) for text in figure.findobj(Text) if text.get_text()}
    assert inks <= {INK.lower(), RED.lower()}
    html = picture._repr_html_()
    assert f"var(--jp-ui-font-color1, {INK})" in html
    assert not re.search(rf"(?<!, )({INK}|{SOFT}|{PAPER})", html, re.IGNORECASE)


def test_it_is_the_same_bytes_every_time(made: Made) -> None:
    make, picture = made
    assert make(sl.Lab())._repr_html_() == picture._repr_html_()


@pytest.mark.parametrize("paper", [LIGHT, DARK])
@pytest.mark.parametrize(("ink", "least"), [(INK, 4.0), (RED, 3.5)])
def test_the_ink_of_files_is_legible_on_both_papers(ink: str, least: float, paper: str) -> None:
    lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least


def _luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, "relative luminance"."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
