"""What one request to a node may ask for is bounded; filters and snapshots are capped, and cheap at any height."""

from __future__ import annotations

from time import perf_counter

import pytest

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.work import GO_ON, CutOff
from sessionlab.core.evm import interpreter, snapshots
from sessionlab.node import filters
from sessionlab.node.chain_methods import MAX_FEE_HISTORY, MAX_PERCENTILES
from sessionlab.node.methods import handle


def test_percentiles_are_bounded(chain):
    most = list(range(MAX_PERCENTILES))
    assert len(handle(chain, "eth_feeHistory", [1, "latest", most])["reward"][0]) == MAX_PERCENTILES
    with pytest.raises(RpcError) as refused:
        handle(chain, "eth_feeHistory", [1, "latest", [*most, 100]])
    assert refused.value.code == -32602
    assert refused.value.data["asked"] == hex(MAX_PERCENTILES + 1)
    assert refused.value.data["left"] == hex(MAX_PERCENTILES)


def test_blocks_of_a_fee_history_are_bounded(chain):
    chain.mine(MAX_FEE_HISTORY + 5)
    assert len(handle(chain, "eth_feeHistory", [MAX_FEE_HISTORY, "latest"])["gasUsedRatio"]) == MAX_FEE_HISTORY
    assert len(handle(chain, "eth_feeHistory", [MAX_FEE_HISTORY + 1, "latest"])["gasUsedRatio"]) == MAX_FEE_HISTORY


def test_filters_are_capped(chain, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(filters, "MAX_FILTERS", 3)
    monkeypatch.setattr(filters, "monotonic", lambda: now[0])
    first, second, _ = (handle(chain, "eth_newBlockFilter") for _ in range(3))
    with pytest.raises(RpcError, match="3 filters") as refused:
        handle(chain, "eth_newBlockFilter")
    assert (refused.value.data["asked"], refused.value.data["left"]) == ("0x4", "0x3")
    assert "eth_uninstallFilter" in refused.value.data["fix"]
    now[0] = filters.IDLE + 1
    assert handle(chain, "eth_getFilterChanges", [first]) == []
    handle(chain, "eth_newBlockFilter")
    assert handle(chain, "eth_getFilterChanges", [first]) == []
    with pytest.raises(RpcError, match="no filter 2"):
        handle(chain, "eth_getFilterChanges", [second])


def test_what_filters_look_for_is_bounded(chain, monkeypatch):
    monkeypatch.setattr(filters, "MAX_SIZE", 3)
    topic, other = "0x" + "11" * 32, "0x" + "22" * 32
    handle(chain, "eth_newFilter", [{"topics": [[topic, other], topic]}])
    handle(chain, "eth_newBlockFilter")
    with pytest.raises(RpcError, match="2 filters"):
        handle(chain, "eth_newFilter", [{"topics": [topic]}])


@pytest.mark.parametrize("method", ["eth_getLogs", "eth_newFilter"])
def test_addresses_and_topics_are_bounded_as_in_geth(chain, method):
    topics = ["0x" + f"{number:064x}" for number in range(1_001)]
    addresses = ["0x" + "11" * 20] * 1_001
    for fine in ({"topics": [topics[:1_000], None, None, None]}, {"address": addresses[:1_000]}):
        handle(chain, method, [fine])
    for large in ({"topics": [topics]}, {"address": addresses}, {"topics": [None] * 5}):
        with pytest.raises(RpcError, match="exceed max addresses or topics per search position") as refused:
            handle(chain, method, [large])
        assert refused.value.code == -32602


def test_a_filter_costs_what_is_new_and_not_the_height(chain):
    """Counted, not timed: which blocks a filter looks at."""
    chain.mine(5_000)
    made = handle(chain, "eth_newBlockFilter")
    chain.mine(3)
    looked = []
    own = type(chain.engine.blocks)
    plain = own.__getitem__

    def counted(self, index):
        looked.append(index)
        return plain(self, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "__getitem__", counted)
        news = handle(chain, "eth_getFilterChanges", [made])
    assert news == [chain.block(number).hash for number in range(chain.height - 2, chain.height + 1)]
    assert len(looked) < 40


def test_a_hundred_filters_on_a_high_chain_take_no_time(chain):
    chain.mine(3_000)
    begun = perf_counter()
    made = [handle(chain, "eth_newFilter", [{}]) for _ in range(100)]
    chain.mine()
    for number in made:
        assert handle(chain, "eth_getFilterChanges", [number]) == []
    assert perf_counter() - begun < 2


def test_a_filter_tells_what_was_mined_in_place_of_what_was_reverted(chain):
    chain.mine(10)
    snapshot = chain.snapshot()
    chain.mine(20)
    made = handle(chain, "eth_newBlockFilter")
    chain.revert(snapshot)
    assert handle(chain, "eth_getFilterChanges", [made]) == []
    chain.travel(100)
    chain.mine(2)
    assert handle(chain, "eth_getFilterChanges", [made]) == [chain.block(n).hash for n in range(11, 13)]


def test_snapshots_are_capped(chain, monkeypatch):
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 3)
    first, *_ = (chain.snapshot() for _ in range(3))
    with pytest.raises(RpcError, match="3 snapshots") as refused:
        handle(chain, "evm_snapshot")
    assert (refused.value.data["asked"], refused.value.data["left"]) == ("0x4", "0x3")
    chain.revert(first)
    assert chain.snapshot()


def test_an_error_about_a_snapshot_names_a_few(chain):
    for _ in range(100):
        chain.snapshot()
    with pytest.raises(RpcError) as refused:
        handle(chain, "evm_revert", ["0xffff"])
    assert len(refused.value.data["left"]) < 200


@pytest.mark.parametrize(
    ("method", "params"), [("evm_mine", [{"blocks": 50}]), ("hardhat_mine", ["0x32"]), ("eth_getLogs", [{}])]
)
def test_work_over_many_blocks_can_be_cut_off_and_changes_nothing(chain, method, params):
    chain.mine(2_000)
    before = chain.engine.head
    asked = []

    def go_on(taken):
        asked.append(taken)
        if len(asked) > 20:
            raise CutOff

    token = GO_ON.set(go_on)
    try:
        with pytest.raises(CutOff):
            handle(chain, method, [*params][:1] if method != "eth_getLogs" else [{"fromBlock": "0x0"}])
    finally:
        GO_ON.reset(token)
    assert chain.engine.head is before


def test_decoded_code_is_bounded(chain, monkeypatch):
    monkeypatch.setattr(interpreter, "KEPT_CODE", 100)
    interpreter._decoded.clear()
    for number in range(20):
        code = bytes([0x5B] * 29 + [number])
        assert interpreter.decode(code)[0] == code + bytes(34)
        assert sum(map(len, interpreter._decoded)) <= 100
        assert interpreter.decode(code) is interpreter.decode(code)
    long = bytes(101)
    assert interpreter.decode(long)[0] == long + bytes(34)
    assert long not in interpreter._decoded


@pytest.mark.parametrize("asked", [1, 50_000, 50_001, 120_000])
def test_gas_is_the_same_whatever_a_slice_is(chain, monkeypatch, asked):
    """A loop that pushes the gas left, in slices of any size: the same gas and the same words."""
    code = bytes.fromhex("5b5a5f525f51505a61ffff1060005700")
    to = "0x" + "77" * 20
    chain.set_code(to, code)
    plain = chain.call(to, gas=100_000 + asked)
    for size in (1, 7, 1_000):
        monkeypatch.setattr(interpreter, "SLICE", size)
        monkeypatch.setattr(interpreter, "OPCODE", size // 2)
        assert chain.call(to, gas=100_000 + asked) == plain
