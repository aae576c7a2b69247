"""Every public function with one call of it that is right, for tests that put wrong values to its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Any

import sessionlab as sl
from sessionlab import course
from sessionlab.core.deployments import FACTORY
from tests.lab.world import (
    ADDED,
    SERVED_AT,
    TYPED,
    World,
    account,
    connecting,
    flags,
    funded,
    graded,
    hash,
    operation,
    playground,
    raw,
    served,
    successful,
    undone,
)

TRANSFER = "transfer(address,uint256)"


@dataclass(frozen=True)
class Door:
    """A function and the arguments of a call that is right."""

    call: Callable[..., Any]
    arguments: dict[str, Any]


#: Makes a door in a world.
Row = Callable[[World], Door]


def deploy_stone(lab: sl.Lab) -> Callable[..., object]:
    """A function that deploys one byte under a name."""

    def deploy(name: str | None) -> object:
        return lab.deploy(STONE, abi=[], name=name)

    return deploy


def door(get: Callable[[World], Callable[..., Any]], **arguments: Any) -> Row:
    """A row. An argument that is a function of one parameter called ``w`` is made in the world."""

    def make(world: World) -> Door:
        made = {name: value(world) if _is_made(value) else value for name, value in arguments.items()}
        return Door(get(world), made)

    return make


def _is_made(value: Any) -> bool:
    return inspect.isfunction(value) and list(inspect.signature(value).parameters) == ["w"]


CALLS: dict[str, Any] = {"calls": lambda w: [w.call]}
SENT: dict[str, Any] = {
    **CALLS, "policy_id": lambda w: w.lab.policy_id, "preflight": True, "nonce_key": 0, "gas": lambda w: sl.Gas(),
    "max_fee": 10**9, "max_priority_fee": 0,
}  # fmt: skip

#: Code that deploys one byte.
STONE = "60015ff3"

ROWS: dict[str, Row] = {
    # amounts, keys, rules
    "sl.ether": door(lambda w: sl.ether, amount="0.3"),
    "sl.gwei": door(lambda w: sl.gwei, amount="0.3"),
    "sl.units": door(lambda w: sl.units, amount="0.3", decimals=6),
    "sl.format_ether": door(lambda w: sl.format_ether, wei=3),
    "sl.format_units": door(lambda w: sl.format_units, amount=3, decimals=6, symbol="LUSD"),
    "sl.new_key": door(lambda w: sl.new_key, seed=1),
    "sl.Key": door(lambda w: sl.Key, private=b"\x11" * 32),
    "Key.sign_hash": door(lambda w: sl.new_key(1).sign_hash, digest=b"\x11" * 32),
    "Key.sign_message": door(lambda w: sl.new_key(1).sign_message, raw=b"text"),
    "Key.sign_typed_data": door(lambda w: sl.new_key(1).sign_typed_data, typed_data=TYPED),
    "sl.ruleset": door(lambda w: sl.ruleset, name="documented", extensions=["call-limit"]),
    "Ruleset.of": door(lambda w: sl.Ruleset.of, name="mine", flags=lambda w: flags(), extensions=["call-limit"]),
    # calls and permissions
    "sl.Call": door(lambda w: sl.Call, to=lambda w: w.lab.token, value=3, function=TRANSFER,
                    args=lambda w: [w.lab.merchant, 1]),
    "sl.Call with data": door(lambda w: sl.Call, to=lambda w: w.lab.token, data=b"1234"),
    "sl.NativeTokenTransfer": door(lambda w: sl.NativeTokenTransfer, allowance=3),
    "sl.Erc20TokenTransfer": door(lambda w: sl.Erc20TokenTransfer, address=lambda w: w.lab.token, allowance=3),
    "sl.GasLimit": door(lambda w: sl.GasLimit, limit=3),
    "sl.CallLimit": door(lambda w: sl.CallLimit, count=3),
    "sl.ContractAccess": door(lambda w: sl.ContractAccess, address=lambda w: w.lab.token),
    "sl.AccountFunctions": door(lambda w: sl.AccountFunctions, functions=[TRANSFER]),
    "sl.FunctionsOnAllContracts": door(lambda w: sl.FunctionsOnAllContracts, functions=[TRANSFER]),
    "sl.FunctionsOnContract": door(lambda w: sl.FunctionsOnContract, address=lambda w: w.lab.token,
                                   functions=[TRANSFER]),
    "sl.Root": door(lambda w: sl.Root),
    "sl.Gas": door(lambda w: sl.Gas, call=3, verification=3, pre_verification=3, max_fee=3, max_priority_fee=3),
    "Permission.with_limit": door(lambda w: sl.GasLimit(limit=3).with_limit, amount=5),
    "Permission.model_copy": door(lambda w: sl.GasLimit(limit=3).model_copy, update={"limit": 5}, deep=False),
    # the lab
    "sl.Lab": door(lambda w: sl.Lab, rules="documented", seed=1, extensions=["call-limit"],
                   entry_point=lambda w: None, base_fee=10**9, bundler="strict"),
    "Lab.wallet": door(lambda w: w.lab.wallet, deployed=True, balance=3),
    "Lab.fund": door(lambda w: w.lab.fund, address=lambda w: w.lab.merchant, wei=3),
    "Lab.give": door(lambda w: w.lab.give, token="dollar", to=lambda w: w.lab.merchant, amount=3),
    "Lab.deploy": door(lambda w: w.lab.deploy, source=STONE, value=0, abi=[], libraries={}),
    "Lab.deploy with a name": door(lambda w: deploy_stone(w.lab), name="stone"),
    "Lab.contract": door(lambda w: w.lab.contract, which=lambda w: FACTORY, abi=[], name="mine"),
    "Contract.call": door(lambda w: w.mine.call, function="decimals()", value=0),
    "Contract.read": door(lambda w: w.mine.read, function="decimals()", sender=lambda w: w.lab.merchant),
    "Contract.transact": door(lambda w: w.mine.transact, function="decimals()", value=0),
    "Contract.events": door(lambda w: w.mine.events, name="Transfer", from_block=0),
    "Lab.deposit": door(lambda w: w.lab.deposit, account=lambda w: w.lab.merchant, wei=3),
    "Lab.gas_policy": door(lambda w: w.lab.gas_policy, spend_cap=3, operations_per_sender=3,
                           allowed_senders=lambda w: [w.lab.merchant], end=lambda w: w.lab.now + 9),
    "Lab.balance": door(lambda w: w.lab.balance, address=lambda w: w.lab.merchant),
    "Lab.token_balance": door(lambda w: w.lab.token_balance, token="dollar", holder=lambda w: w.lab.merchant),
    "Lab.read": door(lambda w: w.lab.read, contract_name="Token", address=lambda w: w.lab.token, function="balanceOf",
                     values=lambda w: (w.lab.merchant,)),
    "Lab.travel": door(lambda w: w.lab.travel, seconds=3),
    "Lab.travel by days": door(lambda w: w.lab.travel, minutes=1, hours=1, days=1, weeks=1),
    "Lab.revert": door(lambda w: w.lab.revert, snapshot=lambda w: w.snapshot()),
    "Lab.save": door(lambda w: w.lab.save, path=lambda w: w.folder / "my.lab"),
    "Lab.load": door(lambda w: (w.lab.save(w.folder / "a.lab"), sl.Lab.load)[1], path=lambda w: w.folder / "a.lab"),
    "sl.in_background": door(lambda w: served, lab=lambda w: w.lab, port=0, api_key="secret"),
    # its chain, as README and notebooks use it
    "Chain.balance": door(lambda w: w.lab.chain.balance, address=lambda w: w.lab.merchant, block="latest"),
    "Chain.nonce": door(lambda w: w.lab.chain.nonce, address=lambda w: w.lab.merchant, block=1),
    "Chain.code": door(lambda w: w.lab.chain.code, address=lambda w: w.lab.merchant, block=1),
    "Chain.storage": door(lambda w: w.lab.chain.storage, address=lambda w: w.lab.merchant, slot=3, block=1),
    "Chain.block": door(lambda w: w.lab.chain.block, which=1),
    "Chain.travel": door(lambda w: w.lab.chain.travel, seconds=3),
    "Chain.travel_to": door(lambda w: w.lab.chain.travel_to, timestamp=lambda w: w.lab.now + 3),
    "Chain.mine": door(lambda w: w.lab.chain.mine, blocks=1),
    "Chain.revert": door(lambda w: w.lab.chain.revert, snapshot=lambda w: w.snapshot()),
    "Chain.transact": door(lambda w: w.lab.chain.transact, key=lambda w: funded(w),
                           to=lambda w: w.lab.merchant, data=b"", value=0, gas=100_000, max_fee=lambda w: 10**9,
                           max_priority_fee=0, nonce=lambda w: None, authorization_list=()),
    "Chain.call": door(lambda w: w.lab.chain.call, to=lambda w: w.lab.merchant, data=b"",
                       sender=lambda w: w.lab.merchant, value=0, gas=100_000, block="latest", overrides=lambda w: {},
                       timestamp=lambda w: None),
    "Chain.logs": door(lambda w: w.lab.chain.logs, address=lambda w: w.lab.token, topics=(), from_block=0,
                       to_block="latest"),
    "Chain.transaction": door(lambda w: w.lab.chain.transaction, transaction_hash=lambda w: hash(w)),
    "Chain.receipt": door(lambda w: w.lab.chain.receipt, transaction_hash=lambda w: hash(w)),
    "Chain.set_balance": door(lambda w: w.lab.chain.set_balance, address=lambda w: w.lab.merchant, wei=3),
    "Chain.set_nonce": door(lambda w: w.lab.chain.set_nonce, address=lambda w: w.lab.merchant, nonce=3),
    "Chain.set_code": door(lambda w: w.lab.chain.set_code, address=lambda w: w.lab.merchant, code=b"1"),
    "Chain.set_storage": door(lambda w: w.lab.chain.set_storage, address=lambda w: w.lab.merchant, slot=3, word=3),
    "Chain.set_account": door(lambda w: w.lab.chain.set_account, address=lambda w: w.lab.merchant,
                              account=lambda w: account()),
    "Chain.send_raw": door(lambda w: w.lab.chain.send_raw, raw=lambda w: raw(w)),
    # wallets and sessions
    "sl.HttpProvider": door(lambda w: sl.HttpProvider, url="http://127.0.0.1:1", api_key="secret", timeout=1.0),
    "HttpProvider.request": door(lambda w: w.lab.provider.request, method="eth_chainId", params=()),
    "sl.WalletApiClient": door(lambda w: sl.WalletApiClient, provider=lambda w: w.lab.provider,
                               wallet=lambda w: w.wallet.address, chain_id=1337, key=lambda w: sl.new_key(1),
                               permissions=lambda w: {"context": w.session.context}),
    "sl.SmartWalletClient": door(lambda w: sl.SmartWalletClient, provider=lambda w: w.lab.provider,
                                 owner=lambda w: sl.new_key(1), salt=3, names=lambda w: w.lab.names,
                                 rules="documented"),
    "SmartWalletClient.grant_permissions": door(lambda w: w.wallet.grant_permissions, permissions=lambda w: [sl.Root()],
                                                expiry_sec=lambda w: w.lab.now + 9, key=lambda w: sl.new_key(8)),
    "SmartWalletClient.revoke": door(lambda w: undone(w.lab, w.wallet.revoke), session=lambda w: w.session, clear=True,
                                     policy_id=lambda w: w.lab.policy_id),
    "SmartWalletClient.revoke by number": door(lambda w: undone(w.lab, w.wallet.revoke),
                                               session=lambda w: w.session.entity_id),
    "SmartWalletClient.audit": door(lambda w: w.wallet.audit, permissions=lambda w: [sl.Root()],
                                    expiry_sec=lambda w: w.lab.now + 9, key=lambda w: sl.new_key(8),
                                    price_ceiling=10**9, thief=lambda w: w.lab.merchant),
    "Session.connect": door(lambda w: sl.Session.connect, provider=lambda w: w.lab.provider,
                            wallet=lambda w: w.wallet.address, key=lambda w: w.session.key,
                            context=lambda w: w.session.context, allow_ended=False),
    # links
    "sl.share": door(lambda w: sl.share, permissions=lambda w: [sl.Root()], calls=lambda w: [w.call],
                     site="https://example.org/lab"),
    "sl.shared": door(lambda w: sl.shared, link=lambda w: sl.share([sl.Root()], site="https://example.org/lab")),
    # a served lab
    "sl.decode_error": door(lambda w: sl.decode_error, data="AA23 reverted 0x71c4efed"),
    "sl.connect": door(connecting, url=SERVED_AT, api_key="secret", timeout=5.0),
    "LabClient.balance": door(lambda w: w.connected.balance, address=lambda w: w.lab.merchant),
    "LabClient.fund": door(lambda w: w.connected.fund, address=lambda w: w.lab.merchant, wei=3),
    "LabClient.give": door(lambda w: w.connected.give, token="dollar", to=lambda w: w.lab.merchant, amount=3),
    "LabClient.read": door(lambda w: w.connected.read, contract_name="Token", address=lambda w: w.lab.token,
                           function="balanceOf", values=lambda w: (w.lab.merchant,)),
    "LabClient.revert": door(lambda w: w.connected.revert, snapshot=lambda w: w.snapshot()),
    "LabClient.token_balance": door(lambda w: w.connected.token_balance, token="dollar",
                                    holder=lambda w: w.lab.merchant),
    "LabClient.travel": door(lambda w: w.connected.travel, seconds=3),
    "LabClient.wallet": door(lambda w: w.connected.wallet, owner=lambda w: sl.new_key(9), salt=3, balance=3),
    "Session.send_calls": door(lambda w: w.session.send_calls, **SENT),
    "Session.check": door(lambda w: w.session.check, **SENT),
    "Session.explain": door(lambda w: w.session.explain, **SENT),
    "Session.audit": door(lambda w: w.session.audit, price_ceiling=10**9, thief=lambda w: w.lab.merchant),
    "Session.plot": door(lambda w: w.session.plot, name="card"),
    "Session.request": door(lambda w: w.session.request, method="eth_chainId", params=()),
    "FourSteps.prepare_calls": door(lambda w: w.session.prepare_calls, **SENT),
    "FourSteps.send_calls": door(lambda w: w.wallet.send_calls, **SENT),
    "FourSteps.sign_prepared_calls": door(lambda w: w.session.sign_prepared_calls,
                                                prepared=lambda w: w.prepared),
    "FourSteps.send_prepared_calls": door(lambda w: w.session.send_prepared_calls,
                                                signed=lambda w: w.session.sign_prepared_calls(w.prepared)),
    "FourSteps.get_calls_status": door(lambda w: w.session.get_calls_status,
                                             call_id=lambda w: w.outcome.call_id),
    "WalletApiClient.request": door(lambda w: w.wallet._api.request, method="eth_chainId", params=()),
    # audits and recordings
    "sl.audit": door(lambda w: sl.audit, permissions=lambda w: [sl.Root()], wallet_state=lambda w: w.state,
                     rules="deployed", price_ceiling=10**9, thief=lambda w: w.lab.merchant),
    "sl.validation_trace": door(lambda w: sl.validation_trace, what=lambda w: w.outcome, lab=lambda w: w.lab),
    "sl.compare": door(lambda w: sl.compare, a=lambda w: [sl.Root()], b=lambda w: w.session, rules="deployed",
                       now=lambda w: w.lab.now, names=lambda w: w.lab.names),
    "sl.explain": door(lambda w: sl.explain, policy=lambda w: [sl.Root()],
                       operations=lambda w: [sl.Call(to=w.lab.merchant)], rules="deployed", now=lambda w: w.lab.now,
                       names=lambda w: w.lab.names),
    "sl.typescript": door(lambda w: sl.typescript, policy=lambda w: [sl.Root()], names=lambda w: w.lab.names),
    "sl.never_allows": door(lambda w: sl.never_allows, policy=lambda w: [sl.Root()],
                            call=lambda w: sl.Call(to=w.lab.merchant), rules="deployed",
                            wallet=lambda w: w.wallet.address, now=lambda w: w.lab.now, names=lambda w: w.lab.names),
    "sl.verify": door(lambda w: sl.verify, policy=lambda w: [sl.Root()], cases=lambda w: w.cases(), baseline=None,
                      rules="deployed", fail_on=lambda w: {"gas": "high"}, full_coverage=False,
                      now=lambda w: w.lab.now),
    "sl.policy_cases": door(lambda w: sl.policy_cases, cases=lambda w: w.cases(), policy=lambda w: [sl.Root()],
                            rules="deployed"),
    "Audit.found": door(lambda w: w.session.audit().found, id="no-expiry"),
    "Audit.loss": door(lambda w: w.session.audit().loss, asset="ETH by value"),
    "sl.least_permissions": door(lambda w: sl.least_permissions, recording=lambda w: w.recording, rules="documented",
                                 margin="0.2", gas_margin="0.3", expires_in=3_600, names=lambda w: w.lab.names),
    "Proposal.grant": door(lambda w: sl.least_permissions(w.recording).grant, wallet=lambda w: w.wallet,
                           key=lambda w: sl.new_key(8)),
    "Recording.under": door(lambda w: w.recording.under, permissions=lambda w: [sl.Root()], rules="deployed",
                            expiry_sec=lambda w: w.lab.now + 9, as_sent=False),
    "Recording.from_json": door(lambda w: sl.Recording.from_json, data=lambda w: w.recording.to_json(),
                                names=lambda w: w.lab.names),
    "Recording.is_revoked_at": door(lambda w: w.recording.is_revoked_at, time=lambda w: w.lab.now),
    "Comparison.denial": door(lambda w: w.recording.under().denial,
                              verdict=lambda w: w.recording.under().verdicts[0]),
    "Denial.from_json": door(lambda w: sl.Denial.from_json, data=lambda w: w.refused.denial.to_json()),
    # pictures
    "pictures.blast_radius": door(lambda w: sl.pictures.blast_radius, what=lambda w: w.session, wallet=lambda w: None),
    "pictures.blocks": door(lambda w: sl.pictures.blocks, lab=lambda w: w.lab, first=0, last=1),
    "pictures.burn_down": door(lambda w: sl.pictures.burn_down, session=lambda w: w.session,
                               permissions=("native-token-transfer",)),
    "pictures.calldata": door(lambda w: sl.pictures.calldata, data="0xa9059cbb", function=TRANSFER,
                              names=lambda w: w.lab.names),
    "pictures.escalation": door(lambda w: sl.pictures.escalation, what=lambda w: w.session),
    "pictures.gas_bars": door(lambda w: sl.pictures.gas_bars, who=lambda w: w.session, unit="gas"),
    "pictures.key_lives": door(lambda w: sl.pictures.key_lives, sessions=lambda w: [w.session],
                               marks=lambda w: {"session 1": [("signed", w.lab.now)]}),
    "pictures.loss_over_time": door(lambda w: sl.pictures.loss_over_time, runs={"root": [(0, 1), (5, 2)]},
                                    marks={"sold": 5}),
    "pictures.matrix": door(lambda w: sl.pictures.matrix, title="t", rows=["a"], columns=["b"],
                            cells={("a", "b"): True}, words=("yes", "no")),
    "pictures.operations": door(lambda w: sl.pictures.operations, what=lambda w: w.session),
    "pictures.plot": door(lambda w: sl.pictures.plot, session=lambda w: w.session, name="card"),
    "pictures.reach_map": door(lambda w: sl.pictures.reach_map, permissions=lambda w: [sl.Root()],
                               targets=lambda w: w.lab, functions=["increment()"], rules="documented",
                               wallet=lambda w: w.wallet.address, names=lambda w: w.lab.names,
                               left=lambda w: w.session.remaining),
    "pictures.sample_operations": door(lambda w: sl.pictures.sample_operations, lab=lambda w: w.lab,
                                       wallet=lambda w: w.wallet.address),
    "pictures.call_tree": door(lambda w: sl.pictures.call_tree, what=lambda w: w.outcome, lab=lambda w: w.lab),
    "pictures.validation_trace": door(lambda w: sl.validation_trace, what=lambda w: w.outcome, lab=lambda w: w.lab),
    "pictures.sequence": door(lambda w: sl.pictures.sequence, what=lambda w: w.outcome, lab=lambda w: w.lab,
                              by=lambda w: w.session),
    "pictures.session_card": door(lambda w: sl.pictures.session_card, session=lambda w: w.session),
    "pictures.side_by_side": door(lambda w: sl.pictures.side_by_side, cases=lambda w: {"a": ([sl.Root()], [w.call])},
                                  wallet=lambda w: w.wallet.address, gas=300_000, extensions=["call-limit"]),
    "pictures.truth_table": door(lambda w: sl.pictures.truth_table, lab=lambda w: w.lab,
                                 grants=lambda w: {"root": [sl.Root()]}, operations=lambda w: {"a": [w.call]},
                                 rules="deployed", wallet=lambda w: w.wallet.address, gas=300_000),
    "pictures.types_of": door(lambda w: sl.pictures.types_of, lab=lambda w: w.lab),
    "Picture.save": door(lambda w: w.session.plot("card").save, path=lambda w: w.folder / "card.html"),
    "Plot.save": door(lambda w: w.session.plot().save, path=lambda w: w.folder / "plot.svg"),
    # widgets
    "widgets.gauge": door(lambda w: sl.widgets.gauge, session=lambda w: w.session, permission="native-token-transfer"),
    "Gauge.set": door(lambda w: sl.widgets.gauge(w.session).set, permission="native-token-transfer"),
    "widgets.inspector": door(lambda w: sl.widgets.inspector, what=lambda w: w.session, **CALLS),
    "Inspector.step": door(lambda w: sl.widgets.inspector(w.session, [w.call]).step, number=1),
    "widgets.playground": door(lambda w: sl.widgets.playground, lab=lambda w: w.lab, wallet=lambda w: w.wallet,
                               permissions=lambda w: [sl.Root()], rules="documented",
                               operations=lambda w: {"a": [w.call]}),
    "Playground.add": door(lambda w: playground(w).add, permission=lambda w: sl.GasLimit(limit=3)),
    "Playground.remove": door(lambda w: playground(w).remove, number=1),
    "Playground.replace": door(lambda w: playground(w).replace, number=1, permission=lambda w: sl.GasLimit(limit=3)),
    "Playground.set": door(lambda w: playground(w).set, permissions=lambda w: [sl.Root()], rules="documented"),
    # attacks
    "attacks.Thief": door(lambda w: sl.attacks.Thief, lab=lambda w: w.lab, wallet=lambda w: w.wallet,
                          session=lambda w: w.session, seed=0, friends=lambda w: [w.lab.merchant], known=lambda w: {}),
    "Thief.burn": door(lambda w: w.thief.burn, gas=100_000, fee=1, call_data=b"1234"),
    "Thief.call": door(lambda w: w.thief.call, calls=lambda w: (w.call,), batch=False, wrapped=True, fee=1),
    "Thief.left": door(lambda w: w.thief.left, limit="gas-limit", token=lambda w: w.lab.token),
    "Thief.operate": door(lambda w: w.thief.operate, call_data=b"1234", fee=1, limits=(3, 3, 3)),
    "Thief.own_function": door(lambda w: w.thief.own_function, data=b"1234", wrapped=True, fee=1),
    "Thief.pull": door(lambda w: w.thief.pull, token=lambda w: w.lab.token),
    "Thief.send": door(lambda w: w.thief.send, operation=lambda w: operation(w)),
    "Thief.transact": door(lambda w: w.thief.transact, to=lambda w: w.lab.merchant, data=b""),
    "Thief.sign": door(lambda w: w.thief.sign, to=lambda w: w.lab.merchant, data=b""),
    "Thief.call_from": door(lambda w: w.thief.call_from, wallet=lambda w: w.wallet.address, call=lambda w: w.call),
    "attacks.hostile_contract": door(lambda w: sl.attacks.hostile_contract, lab=lambda w: w.lab, **CALLS, answer=b"",
                                     reverts=False),
    "attacks.mass_invalidation": door(lambda w: sl.attacks.mass_invalidation, operations=2, bundler="strict"),
    "attacks.sponsored_by": door(lambda w: sl.attacks.sponsored_by, **CALLS, paymaster=lambda w: w.mine,
                                 wallet=lambda w: w.wallet, lab=lambda w: w.lab),
    "attacks.send_operation": door(lambda w: sl.attacks.send_operation, operation=lambda w: w.op, lab=lambda w: w.lab),
    "attacks.run": door(lambda w: sl.attacks.run, attack="batch-split", rules="documented", mutant=lambda w: None),
    "attacks.find_attack": door(lambda w: sl.attacks.find_attack, name="batch-split"),
    "attacks.find_mutant": door(lambda w: sl.attacks.find_mutant, name="last-call-counts-alone"),
    "attacks.case_study": door(lambda w: sl.attacks.case_study, name="own-bundler"),
    "attacks.level": door(lambda w: sl.attacks.level, number=1),
    "attacks.successful": door(lambda w: successful, mutant="last-call-counts-alone",
                               among=lambda w: [sl.attacks.find_attack("batch-split")]),
    "attacks.all_attacks": door(lambda w: sl.attacks.all_attacks),
    "Attack.under": door(lambda w: sl.attacks.find_attack("batch-split").under, rules=lambda w: sl.DOCUMENTED),
    # experiments
    "experiments.Planned": door(lambda w: sl.experiments.Planned, **CALLS, wait=3, sponsored=False),
    "experiments.Sweep": door(lambda w: sl.experiments.Sweep, points=[{"a": 1}], policy=lambda p: [sl.Root()],
                              operations=lambda p, seed: [], engine="model", rules="documented", seeds=[0],
                              expires_in=lambda p: 5, measure=lambda ran: {}),
    "Sweep.one": door(lambda w: w.sweep.one, parameters=lambda w: w.sweep.points[0], seed=1),
    "Sweep.run": door(lambda w: w.sweep.run, executor=lambda w: None, progress=False, chunk=1),
    "Results.means": door(lambda w: w.sweep.run().means, down="allowance", across="seed", measurement="passed"),
    "Results.csv": door(lambda w: w.sweep.run().csv, path=lambda w: w.folder / "a.csv"),
    "experiments.any_policy": door(lambda w: sl.experiments.any_policy, count=1, operations=1, seed=1, engine="model",
                                   rules="documented"),
    "experiments.counts": door(lambda w: sl.experiments.counts, ran=lambda w: w.sweep.one(w.sweep.points[0])),
    "experiments.drawn": door(lambda w: sl.experiments.drawn, count=1, seed=1, draws=lambda w: {"a": [1, 2]}),
    "experiments.gas_limit_and_reverts": door(lambda w: sl.experiments.gas_limit_and_reverts, limits=[5], shares=[0.5],
                                              operations=1, seeds=[0], engine="model", rules="documented"),
    "experiments.grid": door(lambda w: sl.experiments.grid, values=lambda w: {"a": [1, 2]}),
    "experiments.passes_within": door(lambda w: sl.experiments.passes_within, allowances=[5], operations=1, largest=5,
                                      seeds=[0], engine="model", rules="documented"),
    "experiments.places": door(lambda w: sl.experiments.places),
    # vyper
    "eth_tester.LabBackend": door(lambda w: sl.eth_tester.LabBackend, lab=lambda w: w.lab, keys=(sl.new_key(1),)),
    "eth_tester.LabTesterProvider": door(
        lambda w: sl.eth_tester.LabTesterProvider, tester=lambda w: sl.eth_tester.LabBackend(w.lab)
    ),
    "vyper.attack": door(lambda w: sl.vyper.attack, changed=lambda w: w.changed, names=("batch-split",),
                         rules="documented"),
    "vyper.change": door(lambda w: sl.vyper.change, module="Counter", old=ADDED, new="self.number = 7",
                         contract="Counter", optimized=False),
    "vyper.rewrite": door(lambda w: sl.vyper.rewrite, module="Counter", source=lambda w: sl.vyper.source("Counter"),
                          contract="Counter", optimized=False),
    "vyper.lab_with": door(lambda w: sl.vyper.lab_with, changed=lambda w: (w.changed,), rules="documented", seed=0),
    "vyper.repair": door(lambda w: sl.vyper.repair, which=lambda w: sl.attacks.level(1),
                         source=lambda w: sl.attacks.level(1).source),
    "vyper.source": door(lambda w: sl.vyper.source, module="Counter"),
    # the course
    "course.cheat_sheet": door(lambda w: course.cheat_sheet),
    "course.which_permission": door(lambda w: course.which_permission),
    "course.build": door(lambda w: course.build, kind="student", target=lambda w: w.folder / "built", force=True),
    "course.check": door(lambda w: course.check, id="03.2", answer=3),
    "course.confirm": door(lambda w: course.confirm, claim="nothing moved", holds=True),
    "course.exercise": door(lambda w: course.exercise, id="03.2"),
    "course.grade": door(lambda w: graded, folder=lambda w: w.folder, seconds=5, expect="00", students=("ada",), jobs=1,
                         memory=2**30),
    "course.hint": door(lambda w: course.hint, id="03.2"),
    "course.predict": door(lambda w: course.predict, id="03.1", guess=3),
    "course.progress": door(lambda w: course.progress),
    "course.recall": door(lambda w: course.recall, id="03.a", choice="a"),
    "course.index": door(lambda w: course.index),
    "course.reset": door(lambda w: course.reset, number="03"),
    "course.results": door(lambda w: course.results, name="Ada"),
    "course.reveal": door(lambda w: course.reveal, id="03.1"),
    "course.sample": door(lambda w: course.sample, function=max),
    "course.solution": door(lambda w: course.solution, id="03.2"),
    "course.start": door(lambda w: course.start, number="03", world=lambda w: {"seed": 3}),
    "course.timetable": door(lambda w: course.timetable),
    "course.under_both_rules": door(lambda w: course.under_both_rules, cases=lambda w: course.FACTS[:1]),
    "course.write_csv": door(lambda w: course.write_csv, grades=lambda w: [], file=lambda w: StringIO()),
    "course.write_table": door(lambda w: course.write_table, grades=lambda w: [], file=lambda w: StringIO()),
    "course.wrong_answers": door(lambda w: course.wrong_answers),
}  # fmt: skip
