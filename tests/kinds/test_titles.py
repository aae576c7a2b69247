"""Whoever reads a view or a file knows which extensions were on; where none is on, nothing says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.experiments import passes_within
from sessionlab.insight import pictures
from sessionlab.permissions import DEPLOYED, DOCUMENTED, EXTENSIONS, extended
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.server.journal import Journal
from sessionlab.server.manifest import furnish, manifest
from sessionlab.server.view import view

RULES = {"without": DOCUMENTED, "with": extended(DOCUMENTED, EXTENSIONS)}
TITLE = RULES["with"].title


def used(rules: Ruleset) -> tuple[sl.Lab, sl.Session]:
    lab = sl.Lab(rules)
    permissions = [sl.NativeTokenTransfer(allowance=100), sl.GasLimit(limit=3_000_000)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(1))
    session.send_calls([sl.Call(lab.merchant, 1)])
    return lab, session


@pytest.fixture(scope="module")
def worlds() -> dict[str, tuple[sl.Lab, sl.Session]]:
    return {name: used(rules) for name, rules in RULES.items()}


def both(shown: Any) -> str:
    return str(shown) + str(shown._repr_html_())


def results(lab: sl.Lab) -> Any:
    return passes_within([100], operations=1, rules=lab.rules)


#: For people.
VIEWS: dict[str, Callable[[sl.Lab, sl.Session], str]] = {
    "lab": lambda lab, session: both(lab),
    "start page": lambda lab, session: view(lab, Journal()),
    "session card": lambda lab, session: pictures.session_card(session).text() + pictures.session_card(session).html(),
    "reach map": lambda lab, session: both(session.plot("reach")),
    "truth table": lambda lab, session: both(pictures.truth_table(lab)),
    "audit": lambda lab, session: both(session.audit()),
    "blast radius": lambda lab, session: both(session.plot("blast")),
    "playground": lambda lab, session: sl.widgets.playground(lab).text() + sl.widgets.playground(lab).html(),
    "recording": lambda lab, session: both(session.record()),
    "comparison": lambda lab, session: both(session.record().under()),
    "proposal": lambda lab, session: both(sl.least_permissions(session.record())),
    "sweep": lambda lab, session: repr(results(lab)),
    "results": lambda lab, session: both(results(lab).run()),
    "table of results": lambda lab, session: results(lab).run().csv(),
}
#: For programs.
OBJECTS: dict[str, Callable[[sl.Lab, sl.Session], dict[str, Any]]] = {
    "manifest": lambda lab, session: manifest(lab, *furnish(lab), "http://127.0.0.1", None),
    "audit": lambda lab, session: session.audit().to_json(),
    "comparison": lambda lab, session: session.record().under().to_json(),
    "proposal": lambda lab, session: sl.least_permissions(session.record()).to_json(),
}


@pytest.mark.parametrize("shown", VIEWS)
def test_a_view_says_which_extensions_are_on(worlds: dict[str, tuple[sl.Lab, sl.Session]], shown: str) -> None:
    assert TITLE in VIEWS[shown](*worlds["with"])
    plain = VIEWS[shown](*worlds["without"])
    assert "documented" in plain and TITLE not in plain


@pytest.mark.parametrize("written", OBJECTS)
def test_an_object_names_the_extensions_only_if_any_are_on(
    worlds: dict[str, tuple[sl.Lab, sl.Session]], written: str
) -> None:
    found = OBJECTS[written](*worlds["with"])
    assert (found["rules"], found["extensions"]) == ("documented", list(RULES["with"].extensions))
    plain = OBJECTS[written](*worlds["without"])
    assert plain["rules"] == "documented" and "extensions" not in plain
    assert list(plain) == [name for name in found if name != "extensions"]


def test_a_row_of_a_sweep_tells_a_mixture_by_its_bits_and_any_rules_by_their_extensions() -> None:
    mixed = replace(DEPLOYED, name="mine", gas_limit_counts_gas=True)
    wanted = {
        DEPLOYED: "deployed",
        extended(DEPLOYED, EXTENSIONS): extended(DEPLOYED, EXTENSIONS).title,
        mixed: "mine (bits 4)",
        extended(mixed, EXTENSIONS): "mine (bits 4)" + TITLE.removeprefix("documented"),
    }
    found = {rules: passes_within([1], operations=1, rules=rules).run().table[0]["rules"] for rules in wanted}
    assert found == wanted
