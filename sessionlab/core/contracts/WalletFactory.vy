# pragma version 0.4.3
"""
@title WalletFactory
@notice Makes a SessionWallet for an owner at an address that is known before: a minimal proxy (ERC-1167) made
        with CREATE2, whose salt holds the owner, so that nobody else can take the address.
"""

interface ISessionWallet:
    def initialize(owner: address): nonpayable

# What `create_minimal_proxy_to` deploys: this, the implementation, and the rest.
PROXY_HEAD: constant(Bytes[19]) = x"602d3d8160093d39f3363d3d373d3d3d363d73"
PROXY_TAIL: constant(Bytes[15]) = x"5af43d82803e903d91602b57fd5bf3"

event WalletCreated:
    wallet: indexed(address)
    owner: indexed(address)
    salt: uint256

IMPLEMENTATION: immutable(address)


@deploy
def __init__(wallet_implementation: address):
    IMPLEMENTATION = wallet_implementation


@external
def createSemiModularAccount(owner: address, salt: uint256) -> address:
    """
    @notice Makes the wallet, or returns it when it is there. The name is the production factory's.
    """
    wallet: address = self._address_of(owner, salt)
    if wallet.is_contract:
        return wallet
    assert owner != empty(address), "owner is zero"
    wallet = create_minimal_proxy_to(IMPLEMENTATION, salt=self._salt(owner, salt))
    extcall ISessionWallet(wallet).initialize(owner)
    log WalletCreated(wallet=wallet, owner=owner, salt=salt)
    return wallet


@external
@view
def getAddressSemiModular(owner: address, salt: uint256) -> address:
    """
    @notice Where the wallet of `owner` with this salt is or will be.
    """
    return self._address_of(owner, salt)


@external
@view
def implementation() -> address:
    """
    @notice The SessionWallet that the proxies run.
    """
    return IMPLEMENTATION


@internal
@view
def _salt(owner: address, salt: uint256) -> bytes32:
    return keccak256(abi_encode(owner, salt))


@internal
@view
def _address_of(owner: address, salt: uint256) -> address:
    code: bytes32 = keccak256(concat(PROXY_HEAD, convert(IMPLEMENTATION, bytes20), PROXY_TAIL))
    made: bytes32 = keccak256(concat(0xff, convert(self, bytes20), self._salt(owner, salt), code))
    return convert(convert(made, uint256) & (2 ** 160 - 1), address)
