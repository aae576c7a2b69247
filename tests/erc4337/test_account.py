"""The wallet's conventions from Python: calls read back, messages signed by the owner alone, signers recovered."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.keys import personal_hash
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.wallet_encoding import read_calls
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH
from sessionlab.core.wallet_api.sessions import recover
from sessionlab.node import erc1271

calls = st.builds(
    Call, st.binary(min_size=20, max_size=20).map(checksum), st.integers(0, 2**256 - 1), st.binary(max_size=100)
)


@given(st.lists(calls, max_size=5))
def test_a_batch_reads_back(batch: list[Call]) -> None:
    assert read_calls(account.execute_batch(batch, wrapped=False)) == batch


@given(calls)
def test_a_call_reads_back(call: Call) -> None:
    assert read_calls(account.execute(call, wrapped=False)) == [call]


@settings(max_examples=300, derandomize=True)
@given(st.sampled_from([EXECUTE, EXECUTE_BATCH, b"\x01\x02\x03\x04", b""]), st.data())
def test_malformed_calls_read_as_none(selector: bytes, data: st.DataObject) -> None:
    words = st.integers(0, 2**256 - 1) | st.sampled_from([0, 32, 64, 96, 2**63, 2**64, 2**255])
    rest = b"".join(word.to_bytes(32, "big") for word in data.draw(st.lists(words, max_size=6)))
    found = read_calls(selector + rest + data.draw(st.binary(max_size=5)))
    assert all(isinstance(call, Call) for call in found)


def test_the_owner_signs_messages_and_a_session_does_not() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    digest = personal_hash(b"hello")
    safe = erc1271.replay_safe_hash(wallet=wallet.address, chain_id=lab.chain.chain_id, digest=digest)
    signature = wallet.owner.sign_hash(safe)

    def ask(envelope: bytes) -> str | None:
        data = artifact("SessionWallet").encode("isValidSignature", digest, envelope)
        answer = lab.chain.call(wallet.address, data)
        return answer.output[:4].hex() if answer.success else None

    assert ask(erc1271.message_envelope(signature)) == "1626ba7e"
    assert ask(erc1271.message_envelope(wallet.owner.sign_hash(digest))) == "ffffffff"
    assert ask(erc1271.message_envelope(signature, entity_id=1)) is None


@given(st.binary(min_size=32, max_size=32))
def test_a_signer_is_recovered(digest: bytes) -> None:
    key = sl.new_key("signer")
    signature = key.sign_hash(digest)
    assert recover(digest, signature) == key.address
    assert recover(digest, signature[:64] + b"\x00") is None


@settings(max_examples=200, derandomize=True)
@given(
    st.binary(min_size=64, max_size=64) | st.just(bytes(64)) | st.just(b"\xff" * 64), st.sampled_from([0, 27, 28, 255])
)
def test_no_signer_is_recovered_from_noise(noise: bytes, v: int) -> None:
    found = recover(bytes(32), noise + bytes([v]))
    assert found is None or found != sl.new_key("signer").address
