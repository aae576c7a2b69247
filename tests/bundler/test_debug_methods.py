"""The debug methods of ERC-7769, in process and over HTTP: what each does, and what it refuses by the field's name."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_values import hex_data
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, to_json
from sessionlab.core.evm.signing import authorize
from sessionlab.node.transaction_views import authorization_view
from tests.bundler.actors import ETHER, GWEI, Actors, executions, unless_set
from tests.differential.assembly import answers, assemble

PREFIX = "debug_bundler_"


class Client:
    """Asks a lab's provider, as a client would over HTTP."""

    def __init__(self, lab: sl.Lab) -> None:
        self.lab = lab

    def debug(self, name: str, *params: Any) -> Any:
        return self.lab.provider.request(PREFIX + name, list(params))

    def send(self, operation: UserOperation) -> Any:
        return self.lab.provider.request("eth_sendUserOperation", [to_json(operation), ENTRY_POINT])

    def receipt(self, digest: str) -> Any:
        return self.lab.provider.request("eth_getUserOperationReceipt", [digest])

    def operation(self, digest: str) -> Any:
        return self.lab.provider.request("eth_getUserOperationByHash", [digest])

    @property
    def pool(self) -> Any:
        return self.debug("dumpMempool", ENTRY_POINT)

    @property
    def reputation(self) -> Any:
        return self.debug("dumpReputation", ENTRY_POINT)


@pytest.fixture
def client(strict_lab: sl.Lab) -> Client:
    return Client(strict_lab)


def test_an_operation_waits_in_manual_mode_and_is_mined_when_told(client: Client, actors: Actors) -> None:
    assert client.debug("setBundlingMode", "manual") == "ok"
    account = actors.account()
    operation = actors.operation(account)
    digest = client.send(operation)
    assert digest == hex_data(client.lab.bundler.hash_of(operation))
    assert client.pool == [to_json(operation)]
    assert client.receipt(digest) is None
    pending = client.operation(digest)
    assert pending["userOperation"] == to_json(operation)
    assert (pending["blockNumber"], pending["blockHash"], pending["transactionHash"]) == (None, None, None)

    sent = client.debug("sendBundleNow")
    receipt = client.receipt(digest)
    assert (receipt["success"], receipt["receipt"]["transactionHash"]) == (True, sent)
    assert client.operation(digest)["transactionHash"] == sent
    assert (client.pool, executions(client.lab, account)) == ([], 1)


def test_in_auto_mode_it_is_mined_when_it_comes(client: Client, actors: Actors) -> None:
    account = actors.account()
    digest = client.send(actors.operation(account))
    assert client.receipt(digest)["success"]
    assert client.pool == []
    assert client.debug("sendBundleNow") == "ok", "there is nothing to bundle"


def test_what_waits_is_mined_when_the_mode_becomes_auto(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    account = actors.account()
    digests = [client.send(actors.operation(account, nonce_key=key)) for key in range(3)]
    assert client.debug("setBundlingMode", "auto") == "ok"
    assert all(client.receipt(digest)["success"] for digest in digests)
    assert len({client.receipt(digest)["receipt"]["transactionHash"] for digest in digests}) == 3


def test_what_waits_already_is_refused_as_that(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    operation = actors.operation(actors.account())
    client.send(operation)
    with pytest.raises(RpcError, match="This very operation waits in the mempool already") as refused:
        client.send(operation)
    assert (refused.value.code, len(client.pool)) == (-32602, 1)


def test_what_is_mined_already_is_refused(client: Client, actors: Actors) -> None:
    operation = actors.operation(actors.account())
    client.send(operation)
    for mode in ("auto", "manual"):
        client.debug("setBundlingMode", mode)
        with pytest.raises(RpcError, match="AA25") as refused:
            client.send(operation)
        assert refused.value.code == -32500


def granted(client: Client) -> sl.Session:
    wallet = client.lab.wallet()
    return wallet.grant_permissions([sl.NativeTokenTransfer(allowance=ETHER)], key=sl.new_key(1))


def test_calls_of_a_session_are_pending_until_they_are_bundled(client: Client) -> None:
    """EIP-5792: status 100, then 200."""
    session, paid = granted(client), 10**15
    client.debug("setBundlingMode", "manual")
    signed = session.sign_prepared_calls(session.prepare_calls([sl.Call(to=client.lab.recipient, value=paid)]))
    before = client.lab.balance(client.lab.recipient)
    call_id = session.send_prepared_calls(signed)
    status = session.get_calls_status(call_id)
    assert (status["status"], status["receipts"], status["id"]) == (100, [], call_id)
    assert (len(client.pool), client.lab.balance(client.lab.recipient)) == (1, before)
    client.debug("sendBundleNow")
    status = session.get_calls_status(call_id)
    assert (status["status"], status["receipts"][0]["status"]) == (200, "0x1")
    assert client.lab.balance(client.lab.recipient) == before + paid
    assert session.allowances["native-token-transfer"].remaining == ETHER - paid


def test_a_session_says_why_it_cannot_wait_for_an_outcome(client: Client) -> None:
    session, payment = granted(client), [sl.Call(to=client.lab.recipient, value=1)]
    client.debug("setBundlingMode", "manual")
    before = client.lab.chain.height
    with pytest.raises(sl.ChainError, match="step by step"):
        session.send_calls(payment)
    assert (client.lab.chain.height, client.pool) == (before, [])
    client.debug("setBundlingMode", "auto")
    assert session.send_calls(payment).ok


def test_over_http_a_session_is_told_that_its_operation_waits(client: Client) -> None:
    session = granted(client)
    client.debug("setBundlingMode", "manual")
    with sl.in_background(client.lab) as url:
        elsewhere = sl.Session.connect(url, wallet=session.wallet, key=session.key, context=session.context)
        with pytest.raises(sl.ChainError, match="waits in the bundler's mempool"):
            elsewhere.send_calls([sl.Call(to=client.lab.recipient, value=1)])
    assert len(client.pool) == 1
    client.debug("sendBundleNow")
    assert session.allowances["native-token-transfer"].remaining == ETHER - 1


def test_a_session_is_told_of_a_banned_sponsor(client: Client) -> None:
    wallet = client.lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=ETHER)], key=sl.new_key(1))
    payment = [sl.Call(to=client.lab.recipient, value=1)]
    entry = {"address": client.lab.addresses["paymaster"], "opsSeen": "0x1fe", "opsIncluded": "0x0"}
    client.debug("setReputation", [entry], ENTRY_POINT)
    outcome = session.send_calls(payment, policy_id=client.lab.policy_id)
    assert (outcome.ok, outcome.phase, outcome.denial.code) == (False, "validation", "GREP-010")
    assert "banned" in outcome.denial.sentence
    assert session.send_calls(payment).ok, "without the sponsor"


def test_the_mempool_and_the_reputation_are_cleared(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    account, paymaster = actors.account(), actors.paymaster()

    def fill() -> None:
        client.send(actors.operation(account, paymaster=paymaster))
        assert (len(client.pool), client.reputation[0]["opsSeen"]) == (1, "0x1")

    fill()
    assert client.debug("clearMempool") == "ok"
    assert (client.pool, len(client.reputation)) == ([], 1)
    assert client.debug("clearReputation") == "ok"
    assert client.reputation == []
    fill()
    assert client.debug("clearState") == "ok"
    assert (client.pool, client.reputation) == ([], [])
    assert client.lab.bundler.manual, "the mode stays"


def test_reputation_is_set_and_dumped(client: Client, actors: Actors) -> None:
    paymaster = actors.paymaster()
    entries = [
        {"address": paymaster.lower(), "opsSeen": "0x1fe", "opsIncluded": "0x0"},
        {"address": client.lab.merchant, "opsSeen": "0x78", "opsIncluded": "0x1"},
    ]
    assert client.debug("setReputation", entries, ENTRY_POINT) == "ok"
    assert client.reputation == [
        {"address": paymaster, "opsSeen": "0x1fe", "opsIncluded": "0x0", "status": "banned"},
        {"address": client.lab.merchant, "opsSeen": "0x78", "opsIncluded": "0x1", "status": "throttled"},
    ]
    with pytest.raises(RpcError, match="banned") as refused:
        client.send(actors.operation(actors.account(), paymaster=paymaster))
    assert (refused.value.code, refused.value.data["paymaster"]) == (-32504, paymaster)
    assert refused.value.data["denial"]["code"] == "GREP-010"


def test_operations_are_added_without_being_validated(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    good, bad = actors.account(), actors.account(unless_set(9))
    client.lab.chain.set_storage(bad, 9, 1)
    operations = [actors.operation(bad), actors.operation(good)]
    with pytest.raises(RpcError, match="AA23"):
        client.send(operations[0])
    assert client.debug("addUserOps", [to_json(one) for one in operations], ENTRY_POINT) == "ok"
    assert client.pool == [to_json(one) for one in operations]
    assert client.debug("addUserOps", [to_json(operations[0])]) == "ok"
    assert len(client.pool) == 2, "one for each sender and nonce"
    client.debug("sendBundleNow")
    assert (client.pool, executions(client.lab, good), executions(client.lab, bad)) == ([], 1, 0)


def test_stake_is_told_in_decimal_text(client: Client, actors: Actors) -> None:
    paymaster = actors.paymaster()
    nothing = {"addr": paymaster, "stake": "0", "unstakeDelaySec": "0"}
    assert client.debug("getStakeStatus", paymaster, ENTRY_POINT) == {"stakeInfo": nothing, "isStaked": False}
    actors.stake(paymaster, ETHER, 86_400)
    told = {"addr": paymaster, "stake": str(ETHER), "unstakeDelaySec": "86400"}
    assert client.debug("getStakeStatus", paymaster.lower(), ENTRY_POINT) == {"stakeInfo": told, "isStaked": True}


# -- refusals over JSON-RPC


def test_a_refusal_has_the_code_and_the_data_of_erc_7769(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    account = actors.account()
    for key in range(4):
        client.send(actors.operation(account, nonce_key=key))
    with pytest.raises(RpcError, match="unstaked") as refused:
        client.send(actors.operation(account, nonce_key=4))
    assert refused.value.code == -32505
    data = refused.value.data
    assert (data["account"], data["minimumStake"], data["minimumUnstakeDelay"]) == (account, hex(ETHER), "0x15180")
    denial = data["denial"]
    assert (denial["code"], denial["asked"], denial["left"], denial["unit"]) == ("UREP-010", "5", "4", "operations")

    with pytest.raises(RpcError, match="at least 11 gwei") as refused:
        client.send(
            actors.operation(account, nonce_key=0, max_fee_per_gas=10 * GWEI, max_priority_fee_per_gas=2 * GWEI)
        )
    assert refused.value.code == -32602


def test_an_address_in_two_roles_is_refused_in_the_words_of_published_bundlers(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    both = actors.place(assemble(answers(bytes(96))), deposit=ETHER)
    as_sender = actors.operation(both)
    as_paymaster = actors.operation(actors.account(), paymaster=both)
    for first, second, role, words in (
        (
            as_sender,
            as_paymaster,
            "paymaster",
            "is used as a sender entity in another UserOperation currently in mempool",
        ),
        (
            as_paymaster,
            as_sender,
            "account",
            "is used as a different entity in another UserOperation currently in mempool",
        ),
    ):
        client.debug("clearState")
        client.send(first)
        with pytest.raises(RpcError, match=words) as refused:
            client.send(second)
        assert (refused.value.code, refused.value.data[role]) == (-32502, both)
        assert client.pool == [to_json(first)]


def test_a_deposit_that_is_promised_already_is_refused(client: Client, actors: Actors) -> None:
    client.debug("setBundlingMode", "manual")
    sender = actors.account()
    cost = actors.operation(sender, paymaster=sender).max_cost
    paymaster = actors.paymaster(deposit=2 * cost - 1)
    client.send(actors.operation(sender, paymaster=paymaster))
    with pytest.raises(RpcError, match="too low") as refused:
        client.send(actors.operation(actors.account(), paymaster=paymaster))
    assert (refused.value.code, refused.value.data["paymaster"]) == (-32508, paymaster)
    assert len(client.pool) == 1


WRONG = [
    ("setBundlingMode", ["sometimes"], "mode"),
    ("setBundlingMode", [], "params"),
    ("clearState", ["x"], "params"),
    ("clearMempool", {"a": 1}, "params"),
    ("clearReputation", [1], "params"),
    ("sendBundleNow", [True], "params"),
    ("dumpMempool", [], "params"),
    ("dumpMempool", ["0x" + "11" * 20], "entryPoint"),
    ("dumpReputation", ["0x12"], "entryPoint"),
    ("getStakeStatus", ["0x12", ENTRY_POINT], "address"),
    ("setReputation", [{}, ENTRY_POINT], "reputations"),
    ("setReputation", [[{"address": "0x" + "11" * 20, "opsSeen": "0x1"}], ENTRY_POINT], "reputations[0].opsIncluded"),
    ("setReputation", [[{"address": "0x" + "11" * 20, "opsSeen": -1, "opsIncluded": "0x0"}]], "reputations[0].opsSeen"),
    ("setReputation", [[{"address": "0x1", "opsSeen": "0x0", "opsIncluded": "0x0"}]], "reputations[0].address"),
    (
        "setReputation",
        [[{"address": "0x" + "11" * 20, "opsSeen": hex(2**53), "opsIncluded": "0x0"}]],
        "reputations[0].opsSeen",
    ),
    ("setReputation", [[{}] * 1_001], "reputations"),
    ("addUserOps", [[{"sender": "0x12"}]], "userOperations[0].callData"),
    ("addUserOps", [{}], "userOperations"),
]


@pytest.mark.parametrize(("name", "params", "field"), WRONG)
def test_what_is_malformed_is_refused_by_its_name(client: Client, name: str, params: Any, field: str) -> None:
    before = client.lab.bundler.capture()
    with pytest.raises(RpcError) as refused:
        client.lab.provider.request(PREFIX + name, params)
    assert (refused.value.code, refused.value.data["field"]) == (-32602, field)
    assert client.lab.bundler.capture() == before


# -- who may ask


def test_an_authorization_waits_with_its_operation_and_is_mined_with_it(client: Client, actors: Actors) -> None:
    """EIP-7702: until then the sender has no code, and each validation assumes what the authorization sets."""
    client.debug("setBundlingMode", "manual")
    chain, key, code = client.lab.chain, sl.new_key(7), actors.account()
    client.lab.fund(key.address, ETHER)
    signed = authorize(key, code, chain_id=chain.chain_id, nonce=0)
    operation = actors.operation(key.address)
    digest = client.lab.provider.request(
        "eth_sendUserOperation",
        [to_json(operation) | {"eip7702Auth": authorization_view(signed)}, ENTRY_POINT],
    )
    other = actors.account()
    client.send(actors.operation(other))
    assert chain.code(key.address) == b""
    client.debug("sendBundleNow")
    assert client.receipt(digest)["success"]
    assert (executions(client.lab, key.address), executions(client.lab, other)) == (1, 1)
    assert chain.code(key.address)[3:].hex() == code[2:].lower()
