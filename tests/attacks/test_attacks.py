"""Every known attack ends as it should, judged by the chain, and the command tells the same."""

from __future__ import annotations

import json

import pytest

from sessionlab.attacks import api
from sessionlab.attacks.attack import Attack, attacks, find_attack, find_attacks, judge
from sessionlab.attacks.attack_lab import (
    COLLECTIBLE,
    COUNTER,
    INCREMENT,
    TOKEN,
    everything,
    fresh_attack_lab,
    left,
)
from sessionlab.attacks.operations import act, install
from sessionlab.cli import main
from sessionlab.core.base.errors import NotFound
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    EXTENSIONS,
    LIMITS,
    CallLimit,
    ContractAccess,
    Erc20TokenTransfer,
    GasLimit,
    LimitKind,
    NativeTokenTransfer,
    Ruleset,
    extended,
    ruleset,
)
from sessionlab.study.audit.eth import GAS, VALUE
from tests.conftest import EntryPointUnderTest
from tests.sampling import by_turns

#: What has to be there: the attacks that were published, or cost money.
PUBLISHED = {
    "wrapped-call",
    "self-call",
    "privileged-selector",
    "owner-swap",
    "fallback-target",
    "zero-selector",
    "wildcard-token",
    "free-calldata",
    "empty-batch",
    "no-permissions",
    "batch-split",
    "approve-then-pull",
    "self-approve",
    "alias-functions",
    "short-calldata",
    "abort-skips-counter",
    "transient-counter",
    "two-keys-one-slot",
    "false-token",
    "value-overflow",
    "odd-token",
    "own-bundler",
    "price-not-units",
    "fail-for-free",
    "paymaster-swap",
    "forged-sponsor",
    "wrong-signer",
    "proof-in-execution",
    "replay",
    "cross-wallet",
    "deferred-replay",
    "lifted-call",
    "permit2-signature",
    "global-flag",
    "window-edge",
    "revoke-race",
    "stale-allowlist",
    "partial-removal",
    "refill",
    "edit-own-limits",
    "reentrant-install",
    "storage-bloat",
    "abi-smuggling",
    "delegatecall",
    "huge-input",
    "api-fuzz",
    "price-without-bound",
    "key-of-two-sessions",
    "key-of-the-owner",
    "collectible-by-access",
    "others-approvals",
    "vault-deposit",
    "validate-as-a-function",
}


@pytest.fixture(params=["documented", "deployed"])
def rules(request: pytest.FixtureRequest) -> Ruleset:
    return ruleset(request.param)


@pytest.mark.parametrize(
    ("one", "rules", "entry_point"),
    by_turns(attacks(), ["documented", "deployed"], ["ours", "canonical"]),
    indirect=["rules", "entry_point"],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_attack_ends_as_it_should(one: Attack, rules: Ruleset, entry_point: EntryPointUnderTest) -> None:
    """A usual run has each attack under both rulesets, and on both EntryPoints."""
    verdict = judge(one, fresh_attack_lab(one.under(rules), entry_point.accounts, entry_point.name))
    assert verdict.refused == verdict.expected, verdict
    if not verdict.refused:
        assert any(character.isdigit() for character in verdict.taken)


@pytest.mark.parametrize("one", attacks(), ids=lambda one: one.name)
def test_an_attack_says_who_what_and_whence(one: Attack) -> None:
    assert one.tries.endswith(".")
    assert all((one.holds, one.gain, one.source))


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_every_published_attack_is_there_by_its_name(name: str) -> None:
    assert find_attack(name) in find_attacks(name)


def test_a_published_attack_in_several_ways_runs_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    ways = {one.name for one in find_attacks("fallback-target")}
    assert ways == {"wallet-as-target", "entry-point-as-target", "machinery-as-target"}
    assert main(["attack", "fallback-target", "--json", "--rules", "documented"]) == 0
    *lines, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["attack"] for line in lines} == ways
    assert summary["attacks"] == 3


def test_the_list_is_in_the_same_order_every_time() -> None:
    assert [one.name for one in attacks()] == [one.name for one in attacks()]
    assert len({one.name for one in attacks()}) == len(attacks())


@pytest.mark.parametrize("name", ["owner-swap", "entry-point-as-target", "wildcard-token", "own-bundler"])
def test_what_no_rule_refuses_the_audit_calls_critical(name: str, rules: Ruleset) -> None:
    verdict = judge(find_attack(name), fresh_attack_lab(rules))
    assert not verdict.refused
    assert verdict.flagged


#: Attacks that a stolen key allows, what of it the audit foretells, and by which finding.
FORETOLD = {
    "price-without-bound": (GAS, "gas-price-free"),
    "key-of-two-sessions": (VALUE, "key-of-other-sessions"),
    "key-of-the-owner": (VALUE, "key-of-the-owner"),
    "collectible-by-access": (COLLECTIBLE, "collectible-without-limit"),
    "others-approvals": (TOKEN, "approved-by-others"),
    "vault-deposit": (VALUE, "target-keeps-funds"),
    "validate-as-a-function": (GAS, "account-machinery"),
}


@pytest.mark.parametrize("name", FORETOLD)
def test_what_a_stolen_key_takes_is_foretold(name: str, rules: Ruleset) -> None:
    """Under the rules that do not refuse it; the amount too."""
    item, lab = find_attack(name), fresh_attack_lab(rules)
    verdict = judge(item, lab)
    assert verdict.right
    if verdict.refused:
        assert verdict.by in ("ExceededNativeTokenLimit", "ValidationFunctionMissing")
        return
    assert lab.foretold is not None
    asset, finding = FORETOLD[name]
    taken = int(next(word for word in verdict.taken.split() if word[0].isdigit()).replace(",", ""))
    worst = max(loss.now for loss in lab.foretold.losses if asset.lower() in (loss.asset.lower(), loss.unit.lower()))
    assert worst >= (1 if name == "collectible-by-access" else taken)
    assert lab.foretold.found(finding)
    assert verdict.flagged or name == "vault-deposit"


def test_what_an_api_lets_through_is_noticed(rules: Ruleset) -> None:
    """The judgement of api-fuzz can fail: an honest request moves the chain, and it says so."""
    from sessionlab import Call, ContractAccess, Lab

    lab = Lab(rules)
    session = lab.wallet().grant_permissions([ContractAccess(address=lab.counter)])
    signed = session.sign_prepared_calls(session.prepare_calls([Call(to=lab.counter, data=INCREMENT)]))
    body = api.body(
        "wallet_sendPreparedCalls", [{**signed, "capabilities": {"permissions": {"context": session.context}}}]
    )
    assert api.answered(fresh_attack_lab(rules), lab, body).startswith(f"block {lab.chain.height}")
    assert api.answered(fresh_attack_lab(rules), lab, body.replace(signed["signature"]["data"].encode(), b"0x00")) == ""


def test_a_scene_begins_anew(rules: Ruleset) -> None:
    before = everything(fresh_attack_lab(rules))
    judge(find_attack("owner-swap"), fresh_attack_lab(rules))
    assert everything(fresh_attack_lab(rules)) == before


def test_scenes_of_rules_that_differ_in_their_extensions_alone_are_two(rules: Ruleset) -> None:
    limit = [CallLimit(count=1)]
    assert install(fresh_attack_lab(rules), limit).reason == "UnsupportedPermissionTypeError"
    attack_lab = fresh_attack_lab(extended(rules, EXTENSIONS))
    assert install(attack_lab, limit).phase == "ok"
    assert left(attack_lab, LimitKind.OPERATIONS) == 1
    assert install(fresh_attack_lab(rules), limit).reason == "UnsupportedPermissionTypeError"


def test_what_a_refusal_must_not_move_has_every_limit_in_it(rules: Ruleset) -> None:
    attack_lab = fresh_attack_lab(extended(rules, EXTENSIONS))
    install(attack_lab, [CallLimit(count=2), ContractAccess(address=COUNTER)])
    ping = [Call(COUNTER, data=INCREMENT)]
    before = everything(attack_lab)
    act(attack_lab, ping, call_gas_limit=0)  # included, and fails: what is left of the count is all that tells
    one_less = everything(attack_lab)
    differing = [place for place, (a, b) in enumerate(zip(before[4], one_less[4], strict=True)) if a != b]
    assert (len(before[4]), len(differing)) == (2 * len(LIMITS), 1)


def test_an_operation_is_wrapped_where_its_calls_are_counted(rules: Ruleset) -> None:
    """A limit on what calls use is counted in executeUserOp; one on the operation as a whole is not."""
    attack_lab = fresh_attack_lab(extended(rules, EXTENSIONS))
    samples = {
        LimitKind.NATIVE: NativeTokenTransfer(allowance=1),
        LimitKind.ERC20: Erc20TokenTransfer(address=TOKEN, allowance=1),
        LimitKind.GAS: GasLimit(limit=10**7 if rules.gas_limit_counts_gas else 10**17),
        LimitKind.OPERATIONS: CallLimit(count=9),
    }
    for entity, (kind, permission) in enumerate(samples.items(), 1):
        assert install(attack_lab, [permission, ContractAccess(address=COUNTER)], entity=entity).phase == "ok"
        assert (entity in attack_lab.limited) == (kind in (LimitKind.NATIVE, LimitKind.ERC20))
        assert act(attack_lab, [Call(COUNTER, data=INCREMENT)], entity=entity).phase == "ok"


def test_an_attack_on_an_extension_is_not_judged_where_it_is_off(rules: Ruleset) -> None:
    one = find_attack("over-the-call-limit")
    with pytest.raises(ValueError, match="needs an attack lab with call-limit"):
        judge(one, fresh_attack_lab(rules))
    assert judge(one, fresh_attack_lab(one.under(rules))).by == "ExceededCallLimit"


def test_an_attack_on_an_extension_says_which_is_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["attack", "over-the-call-limit", "--json"]) == 0
    *lines, _ = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["rules"], line["extensions"]) for line in lines] == [
        ("documented", ["call-limit"]),
        ("deployed", ["call-limit"]),
    ]
    assert main(["attack", "over-the-call-limit", "--rules", "deployed"]) == 0
    assert "deployed + call-limit" in capsys.readouterr().out


def test_an_unknown_attack_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(NotFound, match="batch-split"):
        find_attack("batch-spilt")


def test_the_command_prints_one_object_a_line_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attack", "zero-selector", "--json"]) == 0
    *lines, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["rules"], line["refused"], line["expected"]) for line in lines] == [
        ("documented", True, True),
        ("deployed", False, False),
    ]
    assert lines[0]["by"] == "AddressNotAllowed"
    assert lines[0]["phase"] == "validation"
    assert lines[0]["would_have_taken"] == "all the ETH of the wallet"
    assert summary == {"attacks": 1, "runs": 2, "refused": 1, "passed": 1, "unexpected": 0}


def test_the_command_shows_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["attack", "owner-swap", "--rules", "documented"]) == 0
    shown = capsys.readouterr().out
    assert "audit: CRITICAL" in shown
    assert "1 attack, 1 run: 0 refused, 1 passed, 0 otherwise than expected" in shown


def test_the_command_says_what_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attack", "no-such-thing"]) == 2
    assert "There is no attack 'no-such-thing'" in capsys.readouterr().err
