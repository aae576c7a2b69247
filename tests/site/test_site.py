"""The site, built and visited: nothing is asked of others, lessons run, and the same steps say the same bytes."""

from __future__ import annotations

import _imp
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from playwright.sync_api import expect

import sessionlab as sl
from browser import fetch, wheels
from browser import site as builder
from browser.lite import ONLY_READ
from sessionlab.attacks.mutants.recompile import runtime_of, source_of
from sessionlab.course.lesson import prediction
from tests.browser.test_guesses import Lesson
from tests.missing import missing
from tests.site import figures, script
from tests.site.serving import BELOW, STARTED, BrowserLab, Handler, Visitor, served, visitor

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb") if path.name not in ONLY_READ)
STEMS = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
#: The first; sweeps and pictures without pandas and matplotlib; and contracts that are compiled there.
SOME = ("00", "05", "16")
MOST = 50_000_000  # bytes
PYTHON = Path("lite", "static", "pyodide")
LEFT_OUT = 5_000_000  # of them for the reference and the other lessons' pages, which a short run does not build
SHARED = [{"type": "native-token-transfer", "data": {"allowance": "0x16345785d8a0000"}}]


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--whole-site"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, whole: bool) -> Path:
    """The site: with every page and the reference, or with the page of one lesson."""
    if shutil.which("npm") is None:
        missing("npm is not installed: Python for the browser is a package of npm's")
    folder = tmp_path_factory.mktemp("www") / BELOW
    return builder.build(folder, only=() if whole else ("00",), with_reference=whole)


@pytest.fixture(scope="module")
def guest(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    root = site.parents[len(Path(BELOW).parts) - 1]
    with served(root) as address, visitor(f"{address}/{BELOW}", tmp_path_factory.mktemp("pictures")) as found:
        yield found
        assert found.outside == [], "something asked for an address elsewhere"
        assert Handler.astray == [], "something asked its host for what is not below the site's path"


@pytest.fixture(scope="module")
def opened(guest: Visitor) -> Iterator[BrowserLab]:
    """The browser lab, with one kernel for all tests: starting Python takes longer than most of them."""
    lab = guest.lab(LESSONS[0])
    yield lab
    lab.page.close()


def test_it_is_small_enough(site: Path, whole: bool) -> None:
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    assert size <= (MOST if whole else MOST - LEFT_OUT)


def test_pages_ask_for_nothing_elsewhere(site: Path) -> None:
    """No source, style, image or script of a page of ours lies elsewhere; links that people follow may."""
    pages = [site / "index.html", site / "share.html", *site.glob("lessons/*.html"), *site.glob("reference/**/*.html")]
    elsewhere = re.compile(r"""(?:\bsrc|<link[^>]*\bhref)=["'](?:https?:)?//[^"']+|@import|url\((?:https?:)?//""")
    assert len(pages) >= 3
    for page in pages:
        assert elsewhere.findall(page.read_text()) == [], page.name


def test_every_link_of_a_page_leads_somewhere(site: Path, whole: bool) -> None:
    for page in (site / "index.html", *site.glob("lessons/*.html")):
        for link in re.findall(r'href="([^"#?]+)', page.read_text()):
            of_a_page = "reference/" in link or Path(link).stem in STEMS
            if not link.startswith(("http", "data:", "mailto:")) and (whole or not of_a_page):
                assert (page.parent / link).exists(), (page.name, link)


def test_every_notebook_is_in_the_browser_lab(site: Path) -> None:
    listed = json.loads((site / "lite" / "api" / "contents" / "all.json").read_text())["content"]
    assert [entry["name"] for entry in listed if entry["type"] == "notebook"] == LESSONS
    for name in LESSONS:
        assert (site / "lite" / "files" / name).read_bytes() == (NOTEBOOKS / name).read_bytes()


def served_packages(site: Path) -> dict[str, Any]:
    packages: dict[str, Any] = json.loads((site / PYTHON / "pyodide-lock.json").read_text())["packages"]
    return packages


def test_what_is_loaded_is_what_is_pinned(site: Path) -> None:
    """Each file of a served wheel is one of the pinned wheel, or the bytecode of one; and all modules are there."""
    downloads = [*(builder.WORK / "wheels").glob("*.whl"), *(builder.WORK / "partial_wheels").glob("*.whl")]
    found = {hashlib.sha256(wheel.read_bytes()).hexdigest(): wheel for wheel in downloads}
    compiled = 0
    for pins in ("wheels.txt", "partial_wheels.txt"):
        for digest in fetch.HASH.findall((fetch.HERE / pins).read_text()):
            pinned, name = wheels.files_of(found[digest]), wheels.metadata_of(found[digest])[0]
            file = served_packages(site)[canonicalize_name(name)]["file_name"]
            served = wheels.files_of(site / PYTHON / file)
            bytecode = {path: content for path, content in served.items() if path.endswith(".pyc")}
            for path, content in bytecode.items():
                assert content[8:16] == _imp.source_hash(int.from_bytes(content[:4], "little"), pinned[path[:-1]]), path
            left = {path for path in pinned if not (f"{path}c" in bytecode or path.endswith((".so", "/WHEEL")))}
            assert all(served[path] == pinned[path] for path in left)
            assert all(path in pinned or path in bytecode for path in served)
            compiled += len(bytecode)
    assert compiled > 500, "half of the time to the first operation would be compiling"


def test_bytecode_is_that_of_its_source(site: Path, opened: BrowserLab) -> None:
    """Compiled anew in the browser: the same instructions, names and constants."""
    code = """
        import marshal, types
        from pathlib import Path
        from sessionlab.core.evm import interpreter, overlay
        from sessionlab.study import audit

        def same(one, other):
            if isinstance(one, types.CodeType):
                return (one.co_code, one.co_names) == (other.co_code, other.co_names) and all(
                    map(same, one.co_consts, other.co_consts)
                )
            return one == other

        for module in (interpreter, overlay, audit):
            kept = Path(module.__cached__).read_bytes()[16:]
            source = Path(module.__file__).read_bytes()
            print(same(marshal.loads(kept), compile(source, "x", "exec", dont_inherit=True)))
    """
    assert opened.answer(code).split() == ["True"] * 3


def test_the_lock_file_has_what_is_needed_and_no_more(site: Path) -> None:
    packages = served_packages(site)
    for package in packages.values():
        content = (site / PYTHON / package["file_name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == package["sha256"]
        assert set(package["depends"]) <= packages.keys()
    needed, todo = set[str](), ["sessionlab", *("ipykernel", "jedi", "micropip", "piplite")]
    while todo:
        if (name := todo.pop()) not in needed:
            needed.add(name)
            todo += packages[name]["depends"]
    assert needed == packages.keys(), "something is downloaded that nobody needs"


def test_a_visitor_reads_a_lesson_and_opens_it_in_the_lab(guest: Visitor) -> None:
    page = guest.page("index.html")
    page.get_by_role("link", name=re.compile("Start here")).first.click()
    page.wait_for_selector("text=Open in the browser lab")
    assert page.locator("h1").first.inner_text().startswith("Start here")
    page.get_by_role("link", name="Open in the browser lab").first.click()
    page.wait_for_url(re.compile(r"/lite/lab/index\.html\?workspace=00_start_here&path=00_start_here\.ipynb"))
    page.close()


def test_the_fixed_script_says_the_same_bytes(opened: BrowserLab) -> None:
    """Outcomes, explanations, cards, audits and state roots of wasm, against those of CPython."""
    source = Path(script.__file__).read_text()
    assert opened.answer(f"{source}\nprint(told(), end='')").splitlines() == script.told().splitlines()


def test_progress_and_saved_labs_stay_in_the_browsers_storage(opened: BrowserLab) -> None:
    """They are files next to the notebooks, and another kernel reads them. The progress is handed in as it is."""
    code = """
        import sessionlab as sl
        from sessionlab import course
        course.recall("00.a", "a")
        lab = sl.Lab(seed=3); lab.wallet(); lab.save("kept.lab")
        print(sl.Lab.load("kept.lab").chain.state_root)
    """
    root = opened.answer(code).strip()
    opened.show(LESSONS[1], own_kernel=True)
    read = "import sessionlab as sl\nprint(sl.Lab.load('kept.lab').chain.state_root, open('progress.json').read())"
    told = opened.answer(read)
    opened.show(LESSONS[0])
    assert told.startswith(root)
    assert "00.a" in json.loads(told.removeprefix(root))["answers"]


def test_a_file_next_to_the_notebook_is_imported_and_is_looked_for_last(opened: BrowserLab) -> None:
    """A look at the notebooks' folder is a request to the page: in front, each import would make one."""
    code = """
        import importlib, sys, sessionlab
        with open("of_mine.py", "w") as file:
            file.write("TOLD = 7")
        importlib.invalidate_caches()  # the browser's storage gives folders no times
        import of_mine
        print(of_mine.TOLD, sys.path.index("") == len(sys.path) - 1)
    """
    assert opened.answer(code) == "7 True\n"


def test_what_does_not_run_there_says_so_and_the_way_around(opened: BrowserLab) -> None:
    """Frames, a served lab and one that is served elsewhere, which is not asked."""
    code = """
        import sessionlab as sl
        lab = sl.Lab(seed=3)
        session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
        for step in (
            session.operations.to_frame,
            sl.in_background(lab).__enter__,
            lambda: sl.connect("http://127.0.0.1:8545"),
            lambda: sl.HttpProvider("https://example.org").request("eth_chainId"),
        ):
            try:
                step()
            except sl.SessionlabError as error:
                print(error)
    """
    said = opened.answer(code).splitlines()
    assert len(said) == 4 and all("in the browser lab, " in line for line in said)


def test_contracts_are_compiled_there_without_processes(opened: BrowserLab) -> None:
    code = """
        from pathlib import Path
        from tempfile import mkdtemp
        from sessionlab.attacks.mutants.recompile import Recompilation, compile_all, source_of
        old, new = "self.number += 1\\n", "self.number += {}\\n"
        sources = [source_of("Counter").replace(old, new.format(by)) for by in (2, 3)]
        wanted = [Recompilation("Counter", source, "Counter") for source in sources]
        code = compile_all(wanted, Path(mkdtemp()))
        print(*[code(one).hex() for one in wanted])
    """
    said = opened.answer(code).split()
    sources = [source_of("Counter").replace("self.number += 1\n", f"self.number += {by}\n") for by in (2, 3)]
    assert said == [runtime_of("Counter", source, "Counter").hex() for source in sources]


def test_every_module_is_imported_there_or_says_what_is_missing(opened: BrowserLab) -> None:
    """None asks for processes, sockets or a library in C when it is imported, but for servers and grading."""
    code = """
        import importlib, pkgutil, sessionlab
        for module in pkgutil.walk_packages(sessionlab.__path__, "sessionlab."):
            left_out = ("server", "cli", "course.grading", "integrations.pytest_plugin", "__main__")
            if not module.name.removeprefix("sessionlab.").startswith(left_out):
                try:
                    importlib.import_module(module.name)
                except Exception as error:
                    print(module.name, type(error).__name__, error)
    """
    assert opened.answer(code) == ""


def test_a_shared_link_opens_its_lesson_with_what_it_holds(guest: Visitor, opened: BrowserLab) -> None:
    link = sl.share(SHARED, [sl.Call("0x" + "11" * 20, 5)], site=guest.site)
    page = guest.page(link.removeprefix(f"{guest.site}/"))
    page.wait_for_url(re.compile("path=15_bring_your_own_policy.ipynb"))
    page.close()
    said = opened.answer("import sessionlab as sl\nheld = sl.shared()\nprint(held.permissions, held.calls)")
    own = opened.answer("print(sl.share(held.permissions, held.calls))").strip()
    assert said.strip() == f"{SHARED} {[sl.Call('0x' + '11' * 20, 5)]}"
    assert own == link


def test_a_shared_link_opens_for_who_was_never_here(guest: Visitor) -> None:
    newcomer = guest.another()
    page = newcomer.page(sl.share(SHARED, site=guest.site).removeprefix(f"{guest.site}/"))
    page.wait_for_function("window.jupyterapp?.serviceManager.contents", timeout=STARTED)
    kept = page.evaluate(
        "async () => (await jupyterapp.serviceManager.contents.get('shared.json', {content: true})).content"
    )
    assert json.loads(kept) == {"version": 1, "permissions": SHARED, "calls": []}
    newcomer.close()


@pytest.mark.parametrize(
    "data",
    ["", "%25", "bm90IEpTT04", "eyJ2ZXJzaW9u", "A" * 20_000],
    ids=["nothing", "a sign", "no JSON", "cut", "long"],
)
def test_a_link_that_was_not_shared_opens_nothing(data: str, guest: Visitor) -> None:
    page = guest.page(f"share.html#{data}")
    said = "Nothing was opened: this is not a link that was shared, or it was cut. Ask for it again."
    expect(page.locator("#state")).to_have_text(said)
    page.close()


def test_widgets_answer_to_mouse_and_keyboard(opened: BrowserLab) -> None:
    here = Lesson(opened, Path("guesses.json"))
    here.run("world", "grant", "prediction")
    cell, keys = here.cell("prediction"), opened.page.keyboard
    group = cell.get_by_role("group", name=prediction("00.1").asks)
    field, reply = group.get_by_role("textbox", name="Your guess"), cell.get_by_role("status")
    field.fill("three")
    cell.get_by_role("button", name="Note my guess").click()
    expect(reply).to_contain_text("is not a number in digits.")
    field.focus()
    keys.press("Control+a")
    keys.type("4")
    keys.press("Enter")
    expect(reply).to_contain_text("4 payments")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs(name: str, opened: BrowserLab, whole: bool) -> None:
    if not whole and name[:2] not in SOME:
        pytest.skip("three lessons, and all with --whole-site")
    opened.show(name, own_kernel=whole)
    opened.run_all()
    assert opened.errors() == []
    code = [cell for cell in opened.cells() if cell["cell_type"] == "code" and "".join(cell["source"])]
    assert all(cell["execution_count"] for cell in code)
    opened.run("import sessionlab")  # the kernel still answers
    if whole:
        opened.leave()


def test_the_first_explained_refusal_comes_within_a_minute(guest: Visitor, whole: bool) -> None:
    """On a first visit and on the next. `python -m tests.site.figures` has the figures of an idle machine."""
    if not whole:
        pytest.skip("with --whole-site")
    newcomer = guest.another()
    assert max(figures.first_refusal(newcomer), figures.first_refusal(newcomer)) <= 60
    newcomer.close()
