"""Every incident is run: its loss is read from the chain where the hole is, and is nothing on the wallet as it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sessionlab.attacks.attack import find_attack
from sessionlab.attacks.incidents import INCIDENTS, CaseStudy, Incident, case_studies, find_incident, overview
from sessionlab.attacks.incidents.running import holes, show
from sessionlab.attacks.incidents.sources import SOURCES
from sessionlab.attacks.mutants import Code, Mutant, compiled, killed_by
from sessionlab.cli import main
from sessionlab.core.base.errors import NotFound
from tests.locking import one_at_a_time
from tests.pictures.reading import read
from tests.pictures.test_both_themes import COLOUR, NEUTRAL, OKABE_ITO

EACH = pytest.mark.parametrize("case", INCIDENTS, ids=lambda case: case.name)
#: What must be there.
NAMES = [
    "wrapped-call",
    "drain-by-approve",
    "stale-allowlist",
    "slot-collision",
    "own-bundler",
    "paymaster-swap",
    "abort-skips-counter",
]


@pytest.fixture(scope="session")
def folder(request: pytest.FixtureRequest) -> Path:
    """Where the wallets with holes are kept, from one run of the tests to the next."""
    return Path(request.config.cache.mkdir("contracts"))  # type: ignore[union-attr]


#: The wallet with nothing changed, compiled as those with holes are.
ALIKE = Mutant("alike", "nothing is changed", old="")


@pytest.fixture(scope="session")
def code(folder: Path) -> Code:
    with one_at_a_time("contracts"):
        return compiled([*holes(), ALIKE], folder)


@pytest.fixture(scope="session")
def studies(code: Code, folder: Path) -> dict[str, CaseStudy]:
    return {one.case.name: one for one in case_studies(folder)}


def test_the_seven_incidents_are_there() -> None:
    assert [case.name for case in INCIDENTS] == NAMES


@EACH
def test_the_wallet_with_the_hole_loses_and_the_wallet_as_it_is_does_not(
    case: Incident, studies: dict[str, CaseStudy]
) -> None:
    one = studies[case.name]
    assert one.holed.loss > 0
    assert one.whole.loss == 0
    assert case.stopped in one.whole.stopped
    assert one.refused


@EACH
def test_what_is_lost_is_what_the_steps_moved(case: Incident, studies: dict[str, CaseStudy]) -> None:
    for run in (studies[case.name].holed, studies[case.name].whole):
        assert [step.held for step in run.steps][-1] == run.after[0]
        if len(case.measures) > 1:  # tokens: what left the wallet, the thief has
            assert run.before[0] - run.after[0] == run.after[1] - run.before[1]
    assert studies[case.name].whole.before[:2] == studies[case.name].holed.before[:2]


@EACH
def test_nothing_is_lost_on_the_wallet_compiled_alike_with_nothing_changed(case: Incident, code: Code) -> None:
    """So that what is lost elsewhere is due to the hole."""
    one = show(replace(case, holed=ALIKE), code)
    assert one.holed.loss == 0
    assert one.holed.stopped == one.whole.stopped


def test_a_known_attack_notices_each_hole(code: Code) -> None:
    for hole in holes():
        assert list(killed_by(hole, code(hole), [find_attack(hole.attack)])), hole.name


def test_what_no_rule_refuses_the_exhibit_says_and_an_attack_shows() -> None:
    assert "No rule refuses that here" in find_incident("own-bundler").differs
    assert find_attack("own-bundler").passes == {"documented", "deployed"}


@EACH
def test_a_case_study_has_all_its_words_and_sources(case: Incident, studies: dict[str, CaseStudy]) -> None:
    one = studies[case.name]
    text = str(one)
    assert {*case.sources} <= {*SOURCES}
    assert any(source.read for source in case.sources)
    flat = " ".join(text.split())
    for words in (case.published, case.differs, case.hole, case.lesson, *(source.name for source in case.sources)):
        assert " ".join(words.split()) in flat
    for source in case.sources:
        assert source.url in text
        assert bool(source.url) == source.read
    assert len(case.lesson.split()) > 40
    assert one.loss in text
    assert "<" not in text


@EACH
def test_a_card_says_the_same_and_can_be_read_in_both_themes(case: Incident, studies: dict[str, CaseStudy]) -> None:
    one = studies[case.name]
    html = one._repr_html_()
    seen = read(html)
    assert one.alternative_text in seen.labels
    for words in (case.title, case.lesson, one.loss, *(step.what for step in one.holed.steps)):
        assert words in seen.text
    found = {colour.strip().lower() for colour in COLOUR.findall(html)} - NEUTRAL
    assert all(value.startswith("var(--jp-") or value[:7] in OKABE_ITO for value in found)
    assert all("," in value for value in found if value.startswith("var("))
    assert min(map(float, re.findall(r"font-size:([\d.]+)px", html))) >= 13
    assert html.count("scope='col'") == 3


def test_every_source_is_used_and_says_whether_it_was_read() -> None:
    assert {source for case in INCIDENTS for source in case.sources} == set(SOURCES)
    assert {source.name for source in SOURCES if not source.read} == {
        "ChainLight, audit of SmartSession, CL-003",
        "Audit of Openfort, OF-1, high",
        "Audit of Sequence v3, SEQ-1, high",
    }


def test_all_incidents_are_one_table(studies: dict[str, CaseStudy]) -> None:
    table = overview(list(studies.values()))
    assert table.rows == tuple(NAMES)
    assert table.cells["own-bundler", "lost here"].word == studies["own-bundler"].loss
    assert table.cells["own-bundler", "published"].word == "about 11.76 ETH"


def test_a_case_that_is_not_there_says_which_are() -> None:
    with pytest.raises(NotFound, match="wrapped-call, drain-by-approve"):
        find_incident("wrapped-cal")


def test_the_command_shows_an_exhibit_and_prints_it_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attack", "--incidents", "stale-allowlist"]) == 0
    assert "the wallet under the deployed rules" in capsys.readouterr().out
    assert main(["attack", "--incidents", "stale-allowlist", "--json"]) == 0
    one, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (one["incident"], one["stopped_by"], one["phase"]) == ("stale-allowlist", "AddressNotAllowed", "validation")
    assert int(one["with_the_hole"]["loss"]) > int(one["as_it_is"]["loss"]) == 0
    assert summary == {"incidents": 1, "lost": 1, "wrong": 0}


def test_the_command_shows_a_table_of_all(
    studies: dict[str, CaseStudy], folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessionlab.attacks.mutants.running.cache", lambda: folder)
    assert main(["attack", "--incidents"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in studies)
    assert "7 incidents, 0 otherwise than expected" in shown


def test_the_command_says_which_exhibits_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attack", "--incidents", "nothing-such"]) == 2
    assert "There is no incident" in capsys.readouterr().err
