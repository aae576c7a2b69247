"""The examples of README, guides and notebooks as Python files, for type checkers: what people copy, nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import sessionlab as sl
from tests.docs.guides import blocks, guides

from .repository import ROOT
from .test_public_names import python

#: What ``%%vyper`` leaves in the notebook.
BY_MAGIC = 'changed: sl.vyper.Changed = globals()["changed"]'

#: A line each, with one mistake in it.
TYPOS = """
lab.typo
sl.nonsense
lab.tokn
lab.wallets().revoke
sl.Lab(rule="deployed")
sl.Lab.lod("my.lab")
wallet.grant_permission([])
wallet.balanse
wallet.revoke(session, policyid="x")
session.send_call([])
session.send_calls([], pre_flight=False)
session.prepare_call([])
session.history.lenght
session.history[0].whatt
session.key.adress
session.audit().findigs
outcome.denail
outcome.denial.sentense
outcome.recipt
sl.NativeTokenTransfer(allowence=1)
sl.NativeTokenTransfer(1)
sl.NativeTokenTransfer(allowance="1 ether")
sl.GasLimit(limit=3.5)
sl.FunctionsOnContract(address=lab.counter, functions="increment()")
sl.ContractAccess(address=5)
sl.Call(to=lab.merchant, valeu=1)
sl.Call(lab.merchant, "1 ether")
sl.ether(0.3)
sl.new_key(sead=1)
sl.attacks.Theif
sl.course.chek("00.1", 1)
sl.pictures.burndown(session)
sl.experiments.Sweeep
sl.widgets.gage(session)
sl.vyper.chnge("a", "b", "c")
sl.audit([], rulez="deployed")
sl.compare([], [], rules="documentd")
sl.verify([], rules="deploied")
wallet.adress
""".strip().splitlines()
SETTING = """import sessionlab as sl
lab = sl.Lab()
wallet = lab.wallet()
session = wallet.grant_permissions([sl.Root()])
outcome = session.send_calls([])
"""


def notebook(path: Path) -> str:
    """The Python of all cells. A cell in Vyper leaves what its magic leaves."""
    cells = [
        "".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"
    ]
    return "\n".join(BY_MAGIC if cell.startswith("%%vyper") else python(cell) for cell in cells)


def readme() -> Iterator[str]:
    """The programs in README: a block that imports nothing goes on with the one before it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    programs: list[str] = []
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if re.search(r"^(import|from) ", block, re.MULTILINE) or not programs:
            programs.append(block)
        else:
            programs[-1] += block
    yield from programs


def guides_programs() -> Iterator[tuple[str, str]]:
    """The Python of each guide: what it runs, as one program, and the files that it writes."""
    for path in guides():
        programs: dict[str, str] = {}
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.language == "python":
                name = f"{path.stem}_{block.file or ''}".removesuffix(".py").strip("_")
                name = name.replace("-", "_").replace("/", "_")
                programs[name] = programs.get(name, "") + block.code
        yield from programs.items()


def public_names() -> str:
    """A program that uses each public name and each contract of a lab."""
    modules = {"sl": sl} | {f"sl.{name}": getattr(sl, name) for name in sl._PUBLIC_MODULES}
    used = [f"{owner}.{name}" for owner, module in modules.items() for name in module.__all__]
    used += [f"lab.{name}" for name in (*sl.Lab().addresses, "recipient", "merchant")]
    return SETTING + f"print({', '.join(used)})\n"


def write(folder: Path) -> None:
    """Write ``notebook_….py``, ``readme_….py``, ``guide_….py``, ``names.py`` and ``typos.py``."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        (folder / f"notebook_{path.stem}.py").write_text(notebook(path) + "\n", encoding="utf-8")
    for number, program in enumerate(readme()):
        (folder / f"readme_{number}.py").write_text(program, encoding="utf-8")
    for name, program in guides_programs():
        (folder / f"guide_{name}.py").write_text(program, encoding="utf-8")
    (folder / "names.py").write_text(public_names(), encoding="utf-8")
    (folder / "typos.py").write_text(SETTING + "".join(f"print({typo})\n" for typo in TYPOS), encoding="utf-8")
