"""Figures are complete, readable, and survive JSON."""

import json

from tests.bench import Figure, from_json, table, to_json
from tests.bench.figures import at_least, bounded, compared


def test_a_ratio_decides_where_the_target_is_one():
    assert compared("a", 6.0, "ms", 10.0, "peer", at_most=0.75).holds is True
    assert compared("a", 8.0, "ms", 10.0, "peer", at_most=0.75).holds is False
    assert compared("a", 8.0, "ms", 10.0, "peer").holds is None


def test_without_a_peer_there_is_no_ratio_and_no_verdict():
    alone = compared("a", 6.0, "ms", None, "peer", at_most=0.75)
    assert (alone.ratio, alone.holds, alone.target) == (None, None, "≤ 0.75 × peer")


def test_a_bound_decides_by_itself():
    assert bounded("a", 4.0, "ms", at_most=4).holds and not bounded("a", 4.1, "ms", at_most=4).holds


def test_what_must_be_large_is_judged_by_itself_or_by_its_multiple():
    assert at_least("a", 50_000, "/s", at_least=50_000).holds and not at_least("a", 49_999, "/s", at_least=50_000).holds
    assert at_least("a", 200_000, "/s", at_least=1_000, peer=200, peer_name="peer").holds
    few = at_least("a", 199_999, "/s", at_least=1_000, peer=200, peer_name="peer")
    assert (few.holds, few.target) == (False, "≥ 1,000 × peer")


def test_json_keeps_everything():
    figures = [
        compared("a", 6.0, "ms", 10.0, "peer", at_most=0.75, note="é"),
        bounded("b", 1, "ms", at_most=2),
    ]
    assert from_json(to_json(figures)) == figures
    assert set(json.loads(to_json(figures))[0]) == set(Figure.__dataclass_fields__)


def test_the_table_names_all_and_notes_once():
    figures = [compared(name, 6.0, "ms", 10.0, "peer", at_most=0.5, note="why") for name in ("one", "two")]
    text = table([*figures, bounded("three", 0.001, "ms", at_most=4)])
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == [
        "figure",
        lines[1].split()[0],
        "one",
        "two",
        "three",
        "[1]",
    ]
    assert text.count("why") == 1 and "NO" in lines[2] and "0.60" in lines[2] and "yes" in lines[4]
