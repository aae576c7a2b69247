"""Calls that a thief might try, drawn from the ABIs of the contracts that the key might reach.

Each function of a contract is tried with the thief in place of who receives, and the wallet, or somebody who
approved something to it, in place of who gives. Amounts are what there is, what was granted, and odd ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.attacks.holdings import balance_in, pays_back, things_of
from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.base.addresses import ZERO_ADDRESS, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.contracts.artifacts import Artifact, artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, pack
from sessionlab.core.permissions.limits import GrantKind
from sessionlab.core.permissions.rows import GrantRow, rows

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Thief
    from sessionlab.core.contracts.abi import AbiEntry

#: Maximum number of ways to send ETH that are tried at the end.
SOME = 6
#: Wei that one unit of something may cost.
PRICES = (10**18, 10**9, 1)
#: How often the thief stands in place of an address.
MOSTLY = 0.6
#: The demo contracts and tokens of a lab: name in the lab → name of the contract.
CONTRACTS = {
    **dict.fromkeys(("token", "dollar", "coin"), "Token"),
    **dict.fromkeys(("counter", "counter_2"), "Counter"),
    "strict": "Strict",
    "vault": "Vault",
    "collectible": "Collectible",
    "paymaster": "SponsorPaymaster",
}


class Candidates:
    """Candidate calls for one thief. Each drawn call may take something; most are refused.

    ``hostile``: a contract of the thief that a session may call.
    """

    def __init__(self, thief: Thief, random: Random, hostile: str | None = None) -> None:
        self.thief, self.random, self.lab = thief, random, thief.lab
        granted = [row for session in thief.sessions for row in rows(session.permissions)]
        targets = [checksum(bytes.fromhex(row.target[2:])) for row in granted if row.target != ZERO_ADDRESS]
        self.targets = list(dict.fromkeys(targets))
        self.functions = list(dict.fromkeys([bytes(4), *(row.selector for row in granted)]))
        self.amounts = [row.amount for row in granted if row.amount]
        self._anywhere = any(row.kind in (GrantKind.FUNCTION_ANYWHERE, GrantKind.ROOT) for row in granted)
        self._all = self._anywhere or thief.roles[-1].entity_id == account.OWNER
        self.hostile = hostile

    @cached_property
    def contracts(self) -> dict[str, Artifact]:
        """The contracts that a session may reach, by address."""
        known = {self.lab.addresses[name]: artifact(contract) for name, contract in CONTRACTS.items()}
        known[ENTRY_POINT] = artifact("EntryPoint")
        known |= self.thief.known
        return {at: made for at, made in known.items() if self._all or at in self.targets}

    def kept(self) -> dict[str, int]:
        """The wei that each contract in reach keeps for the wallet, and pays back."""
        in_reach = {at: made for at, made in self.contracts.items() if pays_back(made)}
        return {at: balance_in(self.lab, at, made, self.thief.wallet) for at, made in in_reach.items()}

    @property
    def tokens(self) -> list[str]:
        """Tokens that a granted permission may reach."""
        return [token for token in self.thief.tokens if token in self.contracts]

    # -- what is tried in any case

    def obvious(self) -> list[Call]:
        """Return the obvious attempts: each function of each contract with all there is, and ETH sent along."""
        thief = self.thief
        result = [Call(at, 0, data) for at, made in self.contracts.items() for data in self._calls_of(at, made)]
        result += [call for at, made in self.thief.known.items() for call in self._priced(at, made)]
        balance = thief.chain.balance(thief.wallet)
        for wei in {balance, *(min(balance, allowed) for allowed in self.amounts)}:
            for data in (b"", *self.functions):
                result += [Call(to, wei, data) for to in (thief.address, *self.targets)]
        return result

    def leftovers(self) -> Iterator[list[Call]]:
        """Yield, for each asset, the calls that could take the rest; only the first that works is needed.

        What contracts keep comes first, because it leaves as ETH of the wallet. Each asset is read when its turn comes.
        """
        thief, lab, token, made = self.thief, self.lab, artifact("Token"), artifact("Collectible")
        for at, kept in self.kept().items():
            yield [
                Call(at, 0, artifact("Vault").encode("withdraw", kept)),
                Call(at, 0, token.encode("transfer", thief.address, kept)),
                Call(at, 0, token.encode("transferFrom", thief.wallet, thief.address, kept)),
            ]
        for at in self.tokens:
            held = self._units(at, thief.wallet)
            amounts = sorted({held, min(held, thief.left("erc20-token-transfer", at))} - {0}, reverse=True)
            yield [
                Call(at, 0, token.encode(how, thief.address, amount))
                for amount in amounts
                for how in ("transfer", "approve", "increaseAllowance")
            ]
            for friend in thief.friends:
                given = int(lab.read("Token", at, "allowance", friend, thief.wallet))
                amount = min(given, self._units(at, friend))
                yield [Call(at, 0, token.encode("transferFrom", friend, thief.address, amount))] if amount else []
        if lab.collectible in self.contracts:
            for id, owner in self.things.items():
                moves = [entry for entry in changing(made) if entry.name.lower().endswith("transferfrom")]
                ways = [entry.encode(owner, thief.address, id, *[b""][: len(entry.types) - 3]) for entry in moves]
                ways.append(made.encode("approve", thief.address, id))
                ways.append(made.encode("setApprovalForAll", thief.address, True))
                yield [Call(lab.collectible, 0, data) for data in ways]
        for at, contract in thief.known.items():
            yield list(self._priced(at, contract))
        balance = thief.chain.balance(thief.wallet)
        amounts = sorted({balance, min(balance, thief.left("native-token-transfer"))} - {0}, reverse=True)
        public_functions = [(to, data) for to in (thief.address, *self.targets) for data in (b"", *self.functions)]
        yield [Call(to, wei, data) for wei in amounts for to, data in public_functions[:SOME]]

    def _priced(self, at: str, made: Artifact) -> Iterator[Call]:
        """Yield calls of functions that take ETH in the amount that an argument says, the dearest first."""
        if at not in self.contracts:
            return
        balance = self.thief.chain.balance(self.thief.wallet)
        for entry in changing(made):
            if list(entry.types) == ["uint256"]:
                for each in PRICES:
                    yield Call(at, balance // each * each, entry.encode(balance // each))

    def _units(self, at: str, who: str) -> int:
        made = self.thief.known.get(at)
        return balance_in(self.lab, at, made, who) if made else self.lab.token_balance(at, who)

    def _calls_of(self, at: str, contract: Artifact) -> Iterator[bytes]:
        """Yield each changing function of a contract with the arguments that take most."""
        for entry in changing(contract):
            pools = self._arguments(at, entry)
            if pools is not None:
                yield from (entry.encode(*values) for values in product(*pools))

    def _arguments(self, at: str, entry: AbiEntry) -> list[list[Any]] | None:
        """Return, for each argument, the values that take most; None if a type is not known here."""
        addresses = [i for i, kind in enumerate(entry.types) if kind == "address" and entry.names[i] != "token"]
        pools: list[list[Any]] = []
        for i, kind in enumerate(entry.types):
            if entry.names[i] == "token" and kind == "address":
                pools.append(list(self.thief.tokens))
            elif kind == "address":
                gives = len(addresses) > 1 and i == addresses[0]
                pools.append([self.thief.wallet, *self.thief.friends] if gives else [self.thief.address])
            elif kind.startswith("uint"):
                pools.append([amount for amount in self._what_there_is(at) if amount < 1 << int(kind[4:] or 256)])
            elif kind in ("bool", "bytes"):
                pools.append([True] if kind == "bool" else [b""])
            else:
                return None
        return pools

    def _what_there_is(self, at: str) -> list[int]:
        thief, lab = self.thief, self.lab
        if at == ENTRY_POINT:
            return [lab.bundler.deposit_of(thief.wallet)]
        made = self.contracts.get(at)
        if made is not None and pays_back(made):
            return [balance_in(lab, at, made, thief.wallet)]
        if at == lab.collectible:
            return list(self.things) or [0]
        held = [self._units(at, who) for who in (thief.wallet, *thief.friends)] if at in thief.tokens else [1]
        return list(dict.fromkeys([*held, *(min(held[0], allowed) for allowed in self.amounts)]))

    @property
    def things(self) -> dict[int, str]:
        """The collectibles in reach: id → who owns it."""
        return things_of(self.lab, (self.thief.wallet, *self.thief.friends))

    # -- what is drawn

    def call(self) -> Call:
        """Draw one call."""
        kinds = (self._by_interface, self._value, self._blind, self._set_off)
        return self.random.choices(kinds, (7, 4, 1, 1))[0]()

    def own_data(self) -> bytes:
        """Return calldata for a wallet function that would give the thief control or pay out the wallet's ETH."""
        thief = self.thief
        install = account.install_call(entity_id=99, key=thief.address, rows=[GrantRow(GrantKind.ROOT)])
        pay_in = pays_into_the_deposit(thief.wallet, self._wei())
        return self.random.choice((thief.replaces_owner, thief.replaces_owner, install, pay_in))

    def _by_interface(self) -> Call:
        """Draw a function of a contract, its arguments by their types."""
        at, contract = self.random.choice(list(self.contracts.items()) or [(self.lab.token, artifact("Token"))])
        entry = self.random.choice(changing(contract))
        values = [self._argument(at, kind) for kind in entry.types]
        data = entry.selector if any(value is None for value in values) else entry.encode(*values)
        value = self._wei() if self.random.random() < 0.1 else 0
        return Call(at, value, self._bent(data))

    def _argument(self, at: str, kind: str) -> Any:
        if kind == "address":
            people = [self.thief.address, self.thief.wallet, self.lab.counter, *self.thief.friends]
            people += [self.hostile] if self.hostile else []
            others = [*people, self.random.choice(self.thief.tokens)]
            return self.thief.address if self.random.random() < MOSTLY else self.random.choice(others)
        if kind.startswith("uint"):
            return self._amount(self.random.choice(self._what_there_is(at))) % (1 << int(kind[4:] or 256))
        return {"bool": True, "bytes": b""}.get(kind)

    def _value(self) -> Call:
        to = self.random.choice((self.thief.address, *self.targets, ENTRY_POINT))
        function = self.random.choice((b"", *self.functions))
        data = function + (bytes(160) if self.random.random() < 0.7 and function else b"")
        if to == ENTRY_POINT:
            data = artifact("EntryPoint").encode("depositTo", self.thief.address)
        return Call(to, self._wei(), data)

    def _blind(self) -> Call:
        """Draw any granted function on any known contract, with the thief in every possible address argument."""
        to = self.random.choice((*self.targets, *self.thief.tokens, self.lab.counter))
        who = self.random.choice((self.thief.address, self.thief.wallet))
        words = address_word(who) + address_word(self.thief.address) + word(self._amount(10**18))
        return Call(to, 0, self.random.choice(self.functions) + words)

    def _set_off(self) -> Call:
        """Arm the thief's contract with a call, and have the wallet call it."""
        if self.hostile is None:
            return self._by_interface()
        move = self._by_interface()
        pulls = artifact("Token").encode("transferFrom", self.thief.wallet, self.thief.address, self._amount(10**18))
        moves = [(move.to, 0, move.data), (self.random.choice(self.thief.tokens), 0, pulls)]
        self.thief.transact(self.hostile, artifact("Hostile").encode("arm", moves, b"", False))
        return Call(self.hostile, 0, self.random.choice(self.functions))

    def _wei(self) -> int:
        return self._amount(self.thief.chain.balance(self.thief.wallet))

    def _amount(self, held: int) -> int:
        allowance = self.random.choice(self.amounts) if self.amounts else held
        choice = self.random.choice((held, held, held, allowance, allowance, allowance // 2, held // 2, 1, MAX_UINT256))
        return choice if self.random.random() < 0.9 else choice // 3

    def _bent(self, data: bytes) -> bytes:
        """Occasionally return the data too long, too short, or with dirty bytes."""
        odd = self.random.random()
        if odd < 0.05:
            return data + b"\0"
        if odd < 0.08:
            return data[:-1]
        if odd < 0.1:
            return data[:4] + b"\xff" + data[5:]
        return data


def changing(made: Artifact) -> list[AbiEntry]:
    """Return the functions of a contract that can change something: those that are not views."""
    views = {item["name"] for item in made.abi if item.get("stateMutability") in ("view", "pure")}
    return [entry for entry in made.functions.values() if entry.name not in views]


def pays_into_the_deposit(wallet: str, wei: int) -> bytes:
    """Encode a direct call of validateUserOp: an operation that passes, with ``wei`` as its missing funds."""
    inner = UserOperation(
        wallet, account.OWNER_NONCE_KEY << 64, account.execute_batch([], wrapped=False), 0, 0, 0, 0, 0
    )
    selector = artifact("SessionWallet").selector("validateUserOp")
    packed = pack(inner.signed(account.DUMMY_SIGNATURE))
    return selector + word(96) + bytes(32) + word(wei) + packed
