"""The life of a lab in which everything happened that a file has to hold, and all that can be seen of it."""

from __future__ import annotations

import json
from typing import Any

import sessionlab as sl
from sessionlab.core import deployments
from sessionlab.core.base.rollback_list import RollbackList
from sessionlab.core.permissions.rulesets import Ruleset

SIGNER = sl.new_key("delegates")


def begin(rules: str | Ruleset, entry_point: deployments.Accounts | None = None) -> sl.Lab:
    """A lab in the middle of everything: some things done, some granted, some undone, one snapshot in another."""
    lab = sl.Lab(rules=rules, seed=11, entry_point=entry_point)
    lab.chain.register_participant(RollbackList(["somebody else's"]))  # goes along, and is not saved
    wallet, undeployed = lab.wallet(), lab.wallet(deployed=False)
    used, _, ended = (wallet.grant_permissions(permissions(lab), key=sl.new_key(n)) for n in range(3))
    undeployed.grant_permissions(permissions(lab), expiry_sec=lab.now + 5_000, key=sl.new_key(4))
    assert used.send_calls([pay(lab)])
    gone = lab.snapshot()
    assert used.send_calls([pay(lab), count(lab)])
    lab.gas_policy(spend_cap=1)
    lab.wallet()
    lab.revert(gone)
    policy = lab.gas_policy(spend_cap=sl.ether(1), operations_per_sender=3, allowed_senders=[wallet.address])
    assert used.send_calls([pay(lab), count(lab)], policy_id=policy)
    assert not used.send_calls([pay(lab, 9)])
    assert not used.send_calls([pay(lab, 9)], preflight=False)
    assert ended.send_calls([count(lab)])
    assert wallet.revoke(ended)
    delegate(lab)
    lab.snapshot()
    lab.travel(1_000)
    assert used.send_calls([count(lab)])
    lab.snapshot()
    used.prepare_calls([count(lab)], policy_id=policy)  # promised, and not used
    lab.chain.set_balance(lab.merchant, 77)  # no block has it yet
    lab.travel(50)
    return lab


def permissions(lab: sl.Lab) -> list[Any]:
    return [
        sl.NativeTokenTransfer(allowance=sl.ether(1)),
        sl.Erc20TokenTransfer(address=lab.dollar.lower(), allowance=5_000),
        sl.GasLimit(limit=10**18),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()", "add(uint256)"]),
        sl.FunctionsOnAllContracts(functions=["approve(address,uint256)"]),
        sl.ContractAccess(address=lab.recipient),
    ]


def pay(lab: sl.Lab, tenths: int = 1) -> sl.Call:
    return sl.Call(to=lab.recipient, value=tenths * sl.ether("0.1"))


def count(lab: sl.Lab) -> sl.Call:
    return sl.Call(to=lab.counter, function="increment()")


def delegate(lab: sl.Lab) -> None:
    """An account that runs a wallet's code by an authorization that was sent by itself with an operation."""
    lab.fund(SIGNER.address, sl.ether(1))
    request = {"from": SIGNER.address, "chainId": "0x539", "calls": []}
    elements = lab.provider.request("wallet_prepareCalls", [request])["data"]
    bare = {"from": SIGNER.address, "chainId": "0x539", "calls": []}
    lab.provider.request("wallet_sendPreparedCalls", [{"type": "array", "data": [_signed(one) for one in elements]}])
    assert lab.provider.request("wallet_prepareCalls", [bare])["type"] == "user-operation-v070"
    ending = {"from": SIGNER.address, "chainId": "0x539", "calls": []}
    ending["capabilities"] = {"eip7702Auth": {"delegation": "0x" + "00" * 20}}
    (end,) = lab.provider.request("wallet_prepareCalls", [ending])["data"]
    lab.provider.request("wallet_sendPreparedCalls", [{"type": "array", "data": [_signed(end)]}])


def _signed(element: dict[str, Any]) -> dict[str, Any]:
    asked = element["signatureRequest"]
    if asked["type"] == "eip7702Auth":
        signature = SIGNER.sign_hash(bytes.fromhex(asked["rawPayload"][2:]))
    else:
        signature = SIGNER.sign_message(bytes.fromhex(asked["data"]["raw"][2:]))
    kept = {name: element[name] for name in ("type", "data", "chainId") if name in element}
    return kept | {"signature": {"type": "secp256k1", "data": "0x" + signature.hex()}}


def told(lab: sl.Lab) -> str:
    """What can be seen of a lab: by JSON-RPC, in its objects, and in what it says of the past."""
    ask = lab.provider.request
    found: list[Any] = [repr(lab), lab._repr_html_(), lab.addresses, lab.policy_id, lab.chain.state_root, lab.now]
    for number in range(lab.chain.height + 1):
        block = ask("eth_getBlockByNumber", [hex(number), True])
        found.append(block)
        found += [ask("eth_getTransactionReceipt", [mined["hash"]]) for mined in block["transactions"]]
    found += [ask("eth_getLogs", [{"fromBlock": "0x0"}]), ask("eth_getBalance", [lab.merchant, "latest"])]
    for mined in lab.bundler.included():
        digest = "0x" + mined.included.operation_hash.hex()
        found += [ask(method, [digest]) for method in ("eth_getUserOperationReceipt", "eth_getUserOperationByHash")]
        found.append(ask("wallet_getCallsStatus", ["0x" + (1337).to_bytes(32, "big").hex() + digest[2:]]))
    found += [ask("wallet_listAccounts", [{"signerAddress": wallet.owner.address}]) for wallet in lab.wallets()]
    found += [repr(lab.sponsor.policies), repr(lab.sponsor.ledgers), repr(lab.api.records.accounts())]
    for wallet in lab.wallets():
        found += [repr(wallet), wallet.owner.private.hex(), wallet.balance, wallet._repr_html_()]
        for session in wallet.sessions():
            found += [repr(session), session.context, session.installed, session.revoked, repr(session.allowances)]
            found += [session.history.to_json(), session.record().to_json(), repr(session.audit())]
            found += [repr(entry.denial.explain()) for entry in session.history if entry.denial]
    return json.dumps(found, default=repr)


def go_on(lab: sl.Lab, prepared: dict[str, Any]) -> str:
    """More of everything, and what came of it. ``prepared``: a call of the first session, from before the saving."""
    (wallet, undeployed), ask = lab.wallets(), lab.provider.request
    used, waiting, ended = wallet.sessions()
    done: list[Any] = [used.send_prepared_calls(used.sign_prepared_calls(prepared))]
    done += [used.send_calls([pay(lab)], policy_id=policy) for policy in lab.sponsor.policies]
    done += [used.send_calls([pay(lab, 5)]), waiting.send_calls([pay(lab), count(lab)]), ended.send_calls([count(lab)])]
    done += [undeployed.sessions()[0].send_calls([count(lab)]), undeployed.send_calls([pay(lab)])]
    done += [wallet.revoke(waiting), waiting.send_calls([count(lab)])]
    done.append(wallet.grant_permissions([sl.Root()], key=sl.new_key(9)).send_calls([pay(lab)]))
    done += [lab.wallet(), lab.gas_policy(end=lab.now + 9), lab.snapshot(), lab.travel(5_000)]
    done += [undeployed.sessions()[0].send_calls([count(lab)], preflight=False), ask("evm_mine")]
    outcomes = [(repr(one), one.call_id, one.receipt, one.denial) for one in done if isinstance(one, sl.Outcome)]
    return json.dumps([done, outcomes], default=repr)
