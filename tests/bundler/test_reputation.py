"""ERC-7562's reputation: both sides of each bound, with the numbers of its table of constants."""

from __future__ import annotations

import pytest

from sessionlab.node.bundler.reputation import (
    Counts,
    Status,
    aged,
    status_of,
    to_json,
    with_banned,
    with_included,
    with_not_seen,
    with_seen,
)

ENTITY, OTHER = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.mark.parametrize(
    ("seen", "included", "status"),
    [
        (0, 0, Status.OK),
        (109, 0, Status.OK),
        (110, 0, Status.THROTTLED),
        (119, 1, Status.OK),
        (120, 1, Status.THROTTLED),
        (509, 0, Status.THROTTLED),
        (510, 0, Status.BANNED),
        (10_000, 0, Status.BANNED),
        (10_000, 949, Status.BANNED),
        (10_000, 950, Status.THROTTLED),
        (10_000, 989, Status.THROTTLED),
        (10_000, 990, Status.OK),
    ],
)
def test_one_operation_in_ten_is_to_be_included_with_some_slack(seen: int, included: int, status: Status) -> None:
    assert Counts(seen, included).status is status


@pytest.mark.parametrize(
    ("seen", "included", "allowed"),
    [(0, 0, 10), (10, 1, 10), (10, 3, 10), (10, 4, 11), (10, 10, 20), (20, 10, 15), (40_000, 20_000, 5_010)],
)
def test_an_unstaked_paymaster_earns_room_by_its_inclusion_rate(seen: int, included: int, allowed: int) -> None:
    """UREP-020: 10 + inclusionRate * min(opsIncluded, 10,000)."""
    assert Counts(seen, included).allowed_unstaked == allowed


def test_counts_rise_one_by_one_and_never_below_nothing() -> None:
    reputation = with_included(with_seen(with_seen({}, [ENTITY, OTHER]), [ENTITY]), [ENTITY])
    assert reputation == {ENTITY: Counts(2, 1), OTHER: Counts(1, 0)}
    assert with_not_seen(with_not_seen(reputation, [OTHER]), [OTHER])[OTHER] == Counts(0, 0)


def test_who_lets_a_bundle_fail_is_banned_whatever_was_included() -> None:
    """GREP-040: opsSeen is set to 10,000 and opsIncluded to zero."""
    reputation = with_banned({ENTITY: Counts(50_000, 50_000)}, ENTITY)
    assert reputation == {ENTITY: Counts(10_000, 0)}
    assert status_of(reputation, ENTITY) is Status.BANNED
    assert status_of(reputation, OTHER) is Status.OK


def test_every_hour_a_twenty_fourth_is_forgotten() -> None:
    """ERC-7562: ``value = value * 23 // 24``; "effectively, the value is reduced to 1% after 4 days"."""
    assert aged({ENTITY: Counts(24, 48)}, 1) == {ENTITY: Counts(23, 46)}
    assert aged({ENTITY: Counts(24, 48)}, 0) == {ENTITY: Counts(24, 48)}
    after = aged({ENTITY: Counts(1_000_000, 0)}, 4 * 24)[ENTITY].seen
    assert 0.009 < after / 1_000_000 < 0.018
    assert aged({ENTITY: Counts(10_000, 0)}, 10**9) == {}


def test_nothing_is_changed_in_place() -> None:
    before = {ENTITY: Counts(5, 2)}
    with_seen(before, [ENTITY])
    with_banned(before, ENTITY)
    aged(before, 5)
    assert before == {ENTITY: Counts(5, 2)}


def test_the_dump_has_erc_7769s_words() -> None:
    told = to_json({ENTITY: Counts(20, 19), OTHER: Counts(510, 0)})
    assert told == [
        {"address": ENTITY, "opsSeen": "0x14", "opsIncluded": "0x13", "status": "ok"},
        {"address": OTHER, "opsSeen": "0x1fe", "opsIncluded": "0x0", "status": "banned"},
    ]
