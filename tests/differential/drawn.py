"""Bundles drawn by chance: mostly good ones, and in every third something that goes wrong somewhere."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from tests.differential.actors import VALID, factory_code, made_by, paymaster_code, wallet_code
from tests.differential.assembly import INVALID, Statement, answers, assemble, burns, calls, context, once, refuses
from tests.differential.cast import BENEFICIARY, ETHER, GWEI, WALLETS
from tests.differential.encodings import drawn as drawn_encoding
from tests.differential.interface import call
from tests.differential.operations import KINDS, bundle, of_contract, of_wallet
from tests.differential.twins import NOW, Transaction, Twins

NOBODY = "0x" + "ab" * 20
SIZES = [0, 1, 4, 31, 32, 33, 64, 500, 2_048, 2_049, 20_000]
APPENDED = [0, 0, 0, 0, 1, 31, 32, 4_096, 6_000, 60_000]
CONTEXTS = [0, 0, 1, 32, 33, 200, 1_024]
#: Enough for answers of 20,000 bytes, and for calls back.
LIMITS = {"verification_gas_limit": 600_000, "call_gas_limit": 600_000, "pre_verification_gas": 60_000}
PAYMASTER_LIMITS = {"paymaster_verification_gas_limit": 300_000, "paymaster_post_op_gas_limit": 300_000}
BACK = [
    (b"", 3),
    (handle_ops([], BENEFICIARY), 0),
    (call("depositTo", NOBODY), 5),
    (call("withdrawTo", NOBODY, 7), 0),
    (call("incrementNonce", 5), 0),
    (call("addStake", 9), 2),
]


class Drawn:
    """One bundle, from a seed. The contracts that it needs are placed on both chains."""

    def __init__(self, twins: Twins, seed: str) -> None:
        self.twins, self.random = twins, Random(seed)
        self._used: set[tuple[str, int]] = set()
        self._placed = 0

    def transaction(self) -> Transaction:
        random = self.random
        spoilt = random.random() < 0.35
        operations = self._operations(self._size())
        if spoilt and random.random() < 0.6:
            place = random.randrange(len(operations))
            operations[place] = self._spoilt(operations[place])
        beneficiary = self._beneficiary() if random.random() < 0.1 else BENEFICIARY
        if len(operations) > 1 and random.random() < 0.12:
            return self._in_two(operations, beneficiary)
        data = drawn_encoding(random, operations, beneficiary) if random.random() < 0.15 else None
        appended = bytes([random.choice([0, 0, 0xA5])]) * random.choice(APPENDED)
        value = random.choice([1, ETHER]) if spoilt and random.random() < 0.05 else 0
        return bundle(operations, beneficiary=beneficiary, data=data, appended=appended, value=value, others=[NOBODY])

    def _size(self) -> int:
        (low, high) = self.random.choices([(1, 1), (2, 4), (5, 12), (13, 24), (25, 40)], [45, 35, 14, 4, 2])[0]
        return self.random.randint(low, high)

    def _operations(self, size: int) -> list[UserOperation]:
        """Of one wallet, or of many."""
        random = self.random
        if size > 1 and random.random() < 0.2:
            return self._of_one(size)
        return [self._small() if random.random() < 0.5 else self._of_the_lab() for _ in range(size)]

    def _of_one(self, size: int) -> list[UserOperation]:
        number, kind, sponsor = (
            self.random.randrange(WALLETS),
            self.random.choice(["session", "owner"]),
            self._sponsor(),
        )
        if self.random.random() < 0.5:
            return [of_wallet(self.twins, kind, number, sponsor=sponsor, parallel=key) for key in range(size)]
        return [of_wallet(self.twins, kind, number, sponsor=sponsor, later=place) for place in range(size)]

    def _sponsor(self) -> str:
        return self.random.choice(["", "", "open", "signed"])

    def _of_the_lab(self) -> UserOperation:
        free = [(kind, number) for kind in KINDS for number in range(WALLETS) if (kind, number) not in self._used]
        kind, number = self.random.choice(free)
        self._used.add((kind, number))
        return of_wallet(self.twins, kind, number, sponsor=self._sponsor())

    # -- contracts that do what was drawn

    def _small(self) -> UserOperation:
        random = self.random
        code = wallet_code(self._execution(), validation=(self._aside(), VALID))
        fields = dict(LIMITS)
        if random.random() < 0.2:
            fee = random.choice([0, 1, GWEI, 3 * GWEI])
            fields |= {"max_fee_per_gas": fee, "max_priority_fee_per_gas": random.choice([0, fee, GWEI])}
        data = random.choice([b"\x01", b"", b"\x02" * 5, EXECUTE_USER_OP + b"\x03", b"\x04" * random.choice(SIZES)])
        sender, more = self._sender(code)
        if random.random() < 0.5:
            more |= {"paymaster": self._paymaster(), "paymaster_data": b"\x06" * random.choice([0, 1, 77])}
            fields |= PAYMASTER_LIMITS
        nonce = random.choice([0, 0, 1 << 64, random.getrandbits(192) << 64])
        signature = b"\x05" * random.choice([0, 1, 65, 500])
        return of_contract(sender, call=data, nonce=nonce, signature=signature, **fields, **more)

    def _sender(self, code: bytes) -> tuple[str, dict[str, object]]:
        self._placed += 1
        if self.random.random() < 0.15:
            factory = self.twins.place(factory_code(code, self.random.choice([32, 32, 64])), f"factory {self._placed}")
            sender = made_by(factory, code)
            for side in self.twins.sides:
                side.chain.set_balance(sender, ETHER)
            return sender, {"factory": factory, "factory_data": b"\x07" * self.random.choice([0, 4, 900, 1_500])}
        deposit = self.random.choice([0, 0, 10**12, ETHER])
        return self.twins.place(code, f"wallet {self._placed}", deposit=deposit), {}

    def _paymaster(self) -> str:
        given = b"\x08" * self.random.choice(CONTEXTS)
        post = self._execution() if self.random.random() < 0.5 else b""
        code = paymaster_code(post, validation=self._aside(), given=given)
        return self.twins.place(code, f"paymaster {self._placed}", deposit=ETHER)

    def _aside(self) -> Statement:
        """What validation does besides: mostly nothing."""
        if self.random.random() < 0.75:
            return b""
        return self.random.choice([burns(self.random.choice([100, 10_000, 40_000])), self._back()])

    def _back(self) -> Statement:
        return once(32, calls(ENTRY_POINT, *self.random.choice(BACK), keeps=33))

    def _execution(self) -> Statement:
        random, size = self.random, self.random.choice(SIZES)
        other = self.twins.place(assemble(random.choice([answers, refuses])(size=size)), "other")
        return random.choice(
            [
                b"",
                b"",
                answers(b"\x09" * min(size, 32), size),
                refuses(b"\x0a" * min(size, 32), size),
                refuses(b"\x0a" * min(size, 32), size),
                burns(random.choice([1_000, 100_000])),
                INVALID,
                calls(other, keeps=40),
                calls(NOBODY, value=11),
                self._back(),
            ]
        )

    def _spoilt(self, operation: UserOperation) -> UserOperation:
        """The same with one fault, which often refuses the bundle."""
        random = self.random
        bad: list[Statement] = [
            answers(word(1)),
            answers(word(random.choice([0xABC, (NOW - 5) << 160, (NOW + 5) << 208, NOW << 160]))),
            refuses(b"\x0b" * 8, random.choice(SIZES[4:])),
            answers(size=random.choice(SIZES)),
            burns(900_000),
            INVALID,
        ]
        wallet = self.twins.place(wallet_code(validation=random.choice(bad)), "bad")
        paymaster = self.twins.place(
            paymaster_code(validation=random.choice([*bad, answers(context(b"c", 1))]), given=b"c"),
            deposit=ETHER,
        )
        poor = self.twins.place(paymaster_code(), "poor")
        with_paymaster = {"paymaster_data": b"", **PAYMASTER_LIMITS}
        return random.choice(
            [
                replace(operation, nonce=operation.nonce + 1),
                operation.signed(operation.signature[:-1] + b"\x77"),
                replace(operation, verification_gas_limit=random.choice([0, 5_000, 20_000])),
                replace(operation, call_gas_limit=random.choice([0, 5_000])),
                replace(operation, max_fee_per_gas=2**120),
                replace(operation, sender=NOBODY),
                replace(operation, sender=NOBODY, factory=NOBODY),
                replace(operation, factory=NOBODY),
                of_contract(wallet, **LIMITS),
                of_contract(wallet, **LIMITS),
                replace(operation, paymaster=paymaster, **with_paymaster),
                replace(operation, paymaster=poor, **with_paymaster),
                replace(operation, paymaster=NOBODY, **with_paymaster),
            ]
        )

    def _beneficiary(self) -> str:
        size = self.random.choice(SIZES)
        kinds: list[Statement] = [answers(size=size), refuses(size=size), self._back(), b""]
        return self.twins.place(assemble(self.random.choice(kinds)), "beneficiary", deposit=ETHER)

    def _in_two(self, operations: list[UserOperation], beneficiary: str) -> Transaction:
        """Two bundles in one transaction, through a contract that goes on when one is refused."""
        half = self.random.randrange(1, len(operations))
        both = [operations[:half], operations[half:]]
        made = [calls(ENTRY_POINT, handle_ops(part, beneficiary), keeps=3 * n) for n, part in enumerate(both)]
        bundler = self.twins.place(assemble(*made), "bundler")
        return bundle(operations, beneficiary=beneficiary, to=bundler, others=[NOBODY])
