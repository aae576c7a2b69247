"""The precompiles whose tables are deferred still compute: known vectors of EIP-196, EIP-197 and EIP-2537."""

import subprocess
import sys

import pytest

BN_ADD, BN_MUL, BN_PAIRING, BLS_G1_ADD, BLS_PAIRING, BLS_MAP_G1 = ("0x" + f"{i:040x}" for i in (6, 7, 8, 11, 15, 16))

BN_G1 = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
BN_P = 21888242871839275222246405745257275088696311157297823662689037894645226208583
BN_MINUS_G1 = (1).to_bytes(32, "big") + (BN_P - 2).to_bytes(32, "big")
BN_G2 = bytes.fromhex(
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
)
BN_TWICE_G1 = (
    "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
    "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4"
)
BLS_P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
BLS_X = "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
BLS_Y = "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
BLS_G1 = bytes(16) + bytes.fromhex(BLS_X) + bytes(16) + bytes.fromhex(BLS_Y)
BLS_MINUS_G1 = BLS_G1[:64] + (BLS_P - int(BLS_Y, 16)).to_bytes(64, "big")
BLS_G2 = b"".join(
    bytes(16) + bytes.fromhex(coordinate)
    for coordinate in (
        "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
        "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
        "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
        "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
    )
)
BLS_TWICE_G1_X = "0572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e"
ONE = (1).to_bytes(32, "big")


def test_bn254_adds_and_multiplies(chain):
    assert chain.call(BN_ADD, BN_G1 * 2).output.hex() == BN_TWICE_G1
    assert chain.call(BN_MUL, BN_G1 + (2).to_bytes(32, "big")).output.hex() == BN_TWICE_G1


def test_bn254_pairs(chain):
    assert chain.call(BN_PAIRING, BN_G1 + BN_G2 + BN_MINUS_G1 + BN_G2).output == ONE
    assert chain.call(BN_PAIRING, BN_G1 + BN_G2).output == bytes(32)


def test_bls_adds(chain):
    assert chain.call(BLS_G1_ADD, BLS_G1 * 2).output[16:64].hex() == BLS_TWICE_G1_X


def test_bls_pairs(chain):
    assert chain.call(BLS_PAIRING, BLS_G1 + BLS_G2 + BLS_MINUS_G1 + BLS_G2).output == ONE
    assert chain.call(BLS_PAIRING, BLS_G1 + BLS_G2).output == bytes(32)


def test_bls_maps_a_field_element_onto_the_curve(chain):
    """The point is on the curve: adding the identity gives it back."""
    point = chain.call(BLS_MAP_G1, (7).to_bytes(64, "big")).output
    assert len(point) == 128 and chain.call(BLS_G1_ADD, point + bytes(128)).output == point


FRESH = {
    "importing the room imports neither py-evm nor web3": (
        "import sys, sessionlab.core.evm; assert not {'eth', 'web3', 'eth_utils', 'pydantic'} & set(sys.modules)"
    ),
    "a session's first operation needs no pairing tables": (
        "import sys, sessionlab as sl; lab = sl.Lab(); session = lab.wallet().grant_permissions([sl.Root()]);"
        "assert session.send_calls([sl.Call(to=lab.recipient, value=1)]).ok;"
        "assert not [m for m in sys.modules.values() if getattr(m, '__dict__', {}).get('exptable')]"
    ),
    "a chain starts without web3, eth-tester, aiohttp and the pairing tables": (
        "import sys; from sessionlab.core.evm import Chain; Chain({});"
        "assert not {'web3', 'eth_tester', 'aiohttp', 'eth_account'} & set(sys.modules);"
        "assert not [m for m in sys.modules.values() if getattr(m, '__dict__', {}).get('exptable')]"
    ),
}


@pytest.mark.parametrize("claim", FRESH)
def test_in_a_fresh_process(claim):
    subprocess.run([sys.executable, "-c", FRESH[claim]], check=True, timeout=60)
