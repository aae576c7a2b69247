"""What the library returns is a value: it is pickled, copied and compared. What holds keys or a chain is not."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial
from threading import Lock
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.attacks.attack_lab import fresh_attack_lab
from sessionlab.core.base.errors import Stays
from sessionlab.core.denials.denial import BareExplanation
from sessionlab.course.ask import Ask
from sessionlab.node.senders import senders_of

from ..pictures.gallery import burn_down_of_one
from .reachable import classes, reachable
from .samples import parts, samples

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


def pickled(protocol: int, thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing, protocol))


#: Ways to another process and back, and to a second object here.
WAYS: dict[str, Callable[[Any], Any]] = {
    **{f"pickle, protocol {number}": partial(pickled, number) for number in PROTOCOLS},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
#: Classes that are returned and of which no sample is made, with the reason.
NO_SAMPLE = {
    **dict.fromkeys(("Picture", "Plot", "Permission"), "abstract: their subclasses are tried"),
    **dict.fromkeys(("LevelRun", "AttackLab", "Thief"), "hold a key or a chain, as the test of what stays shows"),
    "WalletApiClient": "holds a key",
    **dict.fromkeys(("AtomicSection", "BlockList", "Checkpoint", "Head", "LabState", "StateOverlay"), "inside a chain"),
    "Recompilation": "a cache's key",
    "Sweep": "holds the functions that it is made of, and travels by cloudpickle: see tests/experiments",
}


def is_ours(thing: Any) -> bool:
    kind = type(thing)
    return kind.__module__.startswith("sessionlab.") and not kind.__name__.startswith("_")


@pytest.fixture(scope="module", params=[pytest.param("documented", marks=pytest.mark.long), "deployed"])
def things(request: pytest.FixtureRequest) -> list[Any]:
    """Everything of ours in what is returned, each thing once."""
    seen: dict[int, Any] = {}
    return [part for sample in samples(request.param) for part in parts(sample, seen) if is_ours(part)]


def test_a_sample_of_every_class_that_is_returned_is_tried(things: list[Any]) -> None:
    tried = {type(thing).__name__ for thing in things}
    returned = {kind.__name__ for kind in reachable() if not issubclass(kind, Stays) and kind.__name__[0] != "_"}
    assert returned - tried == set(NO_SAMPLE)
    assert len(tried) > 120


@pytest.mark.parametrize("way", WAYS)
def test_what_is_returned_travels_and_is_compared_by_value(things: list[Any], way: str) -> None:
    faults = {type(thing).__name__: why for thing in things if (why := fault(thing, WAYS[way]))}
    assert faults == {}


def fault(thing: Any, way: Callable[[Any], Any]) -> str:
    """What is wrong with a copy; nothing if it is the same and if frozen data can be hashed."""
    try:
        other = way(thing)
        same_words = repr(other) == repr(thing) or "frozenset" in repr(thing)  # whose order is nobody's promise
        if type(other) is not type(thing) or other != thing or not same_words:
            return "another thing comes out"
        is_frozen = is_dataclass(thing) and type(thing).__hash__ is not None
        if (is_frozen or isinstance(thing, sl.SessionlabError)) and hash(other) != hash(thing):
            return "the hash is another"
    except Exception as error:  # whatever it is, it is reported
        return f"{type(error).__name__}: {error}"
    return ""


def test_the_fault_finder_finds_what_does_not_travel() -> None:
    class Without:
        """No value: compared by identity, and found by no other process."""

    assert fault(Without(), WAYS["deepcopy"]) == "another thing comes out"
    assert "AttributeError" in fault(Without(), WAYS["pickle, protocol 5"])


def test_values_are_equal_if_they_are_made_twice(things: list[Any]) -> None:
    call = partial(sl.Call, "0x" + "11" * 20, 5, function="transfer(address,uint256)", args=["0x" + "22" * 20, 1])
    assert call() == call() and hash(call()) == hash(call())
    assert call() != sl.Call("0x" + "11" * 20, 5)
    first, second = (sl.RpcError(1, "no", {"a": 1}) for _ in range(2))
    assert first == second and len({first, second}) == 1
    assert first != sl.RpcError(1, "no", {"a": 2}) and first != sl.SessionlabError("no")


def test_what_a_session_says_twice_is_equal() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    assert session.allowances == session.allowances and session.history == session.history
    before, calls = session.allowances, [sl.Call(to=lab.merchant, value=2)]
    assert session.check(calls) == session.check(calls)
    assert session.send_calls(calls).ok
    assert session.allowances != before
    assert session.record() == session.record() and session.audit() == session.audit()
    assert session.plot() == session.plot()


def test_a_picture_is_drawn_alike_wherever_it_travels() -> None:
    picture = burn_down_of_one(sl.Lab())
    drawn = picture.html()
    assert "<svg" in drawn
    for way in WAYS.values():
        assert way(picture).html() == drawn


# -- denials


def refused() -> tuple[sl.Lab, sl.Session, sl.Denial]:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    denial = session.send_calls([sl.Call(to=lab.merchant, value=9)]).denial
    assert denial is not None
    return lab, session, denial


def test_a_copied_denial_explains_itself_in_full_and_a_pickled_one_by_its_words() -> None:
    _, _, denial = refused()
    full = denial.explain()
    assert full.remedies and "9 wei asked, only 5 wei left" in full.table()
    for same in (copy.copy(denial), copy.deepcopy(denial)):
        assert same.explain() == full
    there = pickle.loads(pickle.dumps(denial))
    bare = there.explain()
    assert there == denial and bare == BareExplanation(denial)
    assert denial.sentence in str(bare) and denial.fix in str(bare)
    assert "session.explain(calls)" in bare.table()


def test_no_private_key_travels() -> None:
    lab, session, denial = refused()
    keys = [session.key, *(wallet.owner for wallet in lab.wallets()), lab._faucet, lab.bundler._key]
    secrets = [form for key in keys for form in (key.private, key.private.hex().encode())]
    error = sl.InvalidInput("It is not right.", asked=session.key, left=lab)
    for thing in (denial, session.history, session.record(), session.send_calls([]), session.audit(), error):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            text = pickle.dumps(thing, protocol)
            assert not any(secret in text for secret in secrets)


def test_an_error_travels_without_the_facts_that_cannot() -> None:
    error = sl.InvalidInput("It is not right.", field="to", asked=Lock(), fix="give an address.")
    for way in WAYS.values():
        other = way(error)
        assert type(other) is sl.InvalidInput and str(other) == str(error)
        assert other.asked == repr(error.asked)


# -- what stays


def staying() -> list[Any]:
    """One of each class that is neither pickled nor copied."""
    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    widgets = [sl.widgets.gauge(session), sl.widgets.inspector(session, []), sl.widgets.playground(lab)]
    http = sl.HttpProvider("http://127.0.0.1:1", api_key="secret")
    inside = [sl.attacks.level(2), lab.chain, lab.chain.engine, lab.api, lab.provider, senders_of(lab.chain)]
    found = sl.SmartWalletClient(lab.provider, wallet.owner).sessions()[0]
    provider: Any = lab.provider
    backend = sl.eth_tester.LabBackend(lab)
    testers = [backend, sl.eth_tester.LabTesterProvider(backend)]
    client = sl.LabClient(provider)
    return [
        lab,
        wallet,
        session,
        session.key,
        found.key,
        http,
        client,
        lab.token("Mine", "MINE", 0),
        *inside,
        *widgets,
        *testers,
        Ask([]),
    ]


def test_what_holds_keys_or_a_chain_says_what_to_do_instead() -> None:
    tried = staying()
    kinds = {kind for found in classes().values() for kind in found if issubclass(kind, Stays)}
    bases = {base for kind in kinds for base in kind.__mro__[1:]}
    assert {type(thing) for thing in tried} == kinds - bases | {sl.Key}  # of which there is another kind
    for thing in tried:
        for way in WAYS.values():
            with pytest.raises(sl.NotCopied, match=f"A {type(thing).__name__} cannot be pickled") as error:
                way(thing)
            assert error.value.fix and "secret" not in str(error.value).replace("the secret itself", "")


def test_what_has_a_key_or_a_chain_as_a_part_is_refused_with_it() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    attack_lab = fresh_attack_lab(lab.rules)
    thief = sl.attacks.Thief(lab, lab.wallets()[0], session)
    for thing in (session.granted, session._api, attack_lab, thief, lab.wallets()[0]._to_save()):
        for number in PROTOCOLS:
            with pytest.raises(sl.NotCopied):
                pickled(number, thing)
    with pytest.raises(sl.NotCopied):
        copy.deepcopy([session])


def test_the_advice_can_be_followed(tmp_path: Any) -> None:
    lab = sl.Lab(seed=4)
    before = lab.snapshot()
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    lab.save(tmp_path / "my.lab")
    assert sl.Lab.load(tmp_path / "my.lab").wallets()[0].sessions()[0].id == session.id
    lab.revert(before)
    assert sl.Key(session.key.private) == session.key
