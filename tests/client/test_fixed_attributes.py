"""The attributes of what people hold are fixed: setting one would change what is shown and not what is there."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from tests.client.test_handles import _everything, granted, public


def handles(lab: sl.Lab) -> dict[str, object]:
    """One of everything that people hold, under the name of its class."""
    wallet = lab.wallet()
    session = granted(wallet, lab.recipient)
    outcome = session.send_calls([sl.Call(lab.recipient, value=1)])
    refused = session.send_calls([sl.Call(lab.recipient, value=100)])
    held = [lab, wallet, session, session.granted, session.key, session.permissions[0], outcome, refused.denial]
    held += [session.allowances[0], session.history[0], lab.rules, lab.names, sl.Call(lab.recipient, value=1)]
    held += [session.check([sl.Call(lab.recipient, value=1)]), session.audit(), session.record()]
    return {type(one).__name__: one for one in held}


KINDS = [
    "Lab", "SmartWalletClient", "Session", "SessionGrant", "Key", "NativeTokenTransfer", "Outcome", "Denial",
    "Allowance", "HistoryEntry", "Ruleset", "AddressBook", "Call", "Check", "Audit", "Recording",
]  # fmt: skip
FROZEN = {"Lab", "SmartWalletClient", "Session", "Key", "NativeTokenTransfer"}


@pytest.fixture(scope="module")
def held() -> tuple[sl.Lab, dict[str, Any]]:
    lab = sl.Lab(seed=1)
    return lab, handles(lab)


@pytest.mark.parametrize("kind", KINDS)
def test_no_public_attribute_can_be_set_or_deleted(held: tuple[sl.Lab, dict[str, Any]], kind: str) -> None:
    lab, things = held
    thing = things[kind]
    before, shown = _everything(lab), _shown(things)
    names = public(thing) | {"a_new_one"}
    assert len(names) > 2
    for name in sorted(names):
        for act in (lambda name=name: setattr(thing, name, "deployed"), lambda name=name: delattr(thing, name)):
            with pytest.raises((AttributeError, TypeError)) as error:  # a frozen class with slots has TypeError for new
                act()
            if kind in FROZEN:
                assert isinstance(error.value, sl.ReadOnly) and error.value.field == name and error.value.fix
    assert (_everything(lab), _shown(things)) == (before, shown)


def test_every_kind_of_thing_is_tried(held: tuple[sl.Lab, dict[str, Any]]) -> None:
    assert list(held[1]) == KINDS


def test_the_addresses_of_a_lab_cannot_be_changed(held: tuple[sl.Lab, dict[str, Any]]) -> None:
    lab = held[0]
    with pytest.raises(TypeError):
        lab.addresses["token"] = lab.recipient  # type: ignore[index]
    with pytest.raises((AttributeError, TypeError)):
        lab.addresses.clear()  # type: ignore[attr-defined]
    assert dict(lab.addresses) == dict(sl.Lab(seed=1).addresses)


def test_what_refuses_says_what_changes_it(held: tuple[sl.Lab, dict[str, Any]]) -> None:
    for kind, verb in (("Lab", "Lab(rules="), ("SmartWalletClient", "lab.wallet()"), ("Session", "grant_permissions")):
        with pytest.raises(sl.ReadOnly, match=f"A {kind}'s rules cannot be set") as error:
            held[1][kind].rules = "deployed"
        assert verb in str(error.value.fix)


def _shown(things: dict[str, Any]) -> list[str]:
    return [repr(one) + getattr(one, "_repr_html_", str)() for one in things.values()]
