"""The site, built and visited: nothing is asked of others, lessons run, and the same steps say the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import sessionlab as sl
from browser import fetch
from browser import site as builder
from browser.lite import ONLY_READ
from sessionlab.course.lesson import prediction
from tests.browser.jupyter import Notebook
from tests.browser.test_guesses import Lesson
from tests.site import script
from tests.site.serving import BELOW, STARTED, Handler, Visitor, lab_of, served, visitor

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb") if path.name not in ONLY_READ)
STEMS = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
SOME = ("00", "03", "12")
MOST = 50_000_000  # bytes
LEFT_OUT = 5_000_000  # of them for the reference and the other lessons' pages, which a short run does not build
SHARED = [{"type": "native-token-transfer", "data": {"allowance": "0x16345785d8a0000"}}]


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--whole-site"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, whole: bool) -> Path:
    """The site: with every page and the reference, or with the page of one lesson."""
    if shutil.which("npm") is None:
        assert os.environ.get("CI") != "true", "npm is missing: .ci/run installs it"
        pytest.skip("npm is not installed: Python for the browser is a package of npm's")
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
def lessons(guest: Visitor) -> Iterator[Callable[[str], Notebook]]:
    """Opens a lesson in the browser lab by its number, once: starting Python takes longer than most tests."""
    found: dict[str, Notebook] = {}

    def once(number: str) -> Notebook:
        if number not in found:
            name = next(name for name in LESSONS if name.startswith(number))
            found[number] = guest.lesson(lab_of(name))
        return found[number]

    yield once
    for lesson in found.values():
        lesson.page.close()


@pytest.fixture
def opened(lessons: Callable[[str], Notebook]) -> Notebook:
    """The first lesson in the browser lab."""
    return lessons(SOME[0])


def answer(lesson: Notebook, code: str) -> str:
    """What some code prints in a lesson's kernel. AssertionError if it raises."""
    return str(
        lesson.page.evaluate(
            """async code => {
                const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const asked = kernel.requestExecute({code});
                let said = '';
                asked.onIOPub = message => { if (message.header.msg_type === 'stream') said += message.content.text; };
                const reply = await asked.done;
                if (reply.content.status !== 'ok') throw new Error(reply.content.ename + ': ' + reply.content.evalue);
                return said;
            }""",
            code,
        )
    )


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


def test_what_is_loaded_is_what_is_pinned(site: Path) -> None:
    """Each wheel lies next to the lock file with the hash that it says, and needs only what is there."""
    folder = site / "lite" / "static" / "pyodide"
    packages = json.loads((folder / "pyodide-lock.json").read_text())["packages"]
    pinned = set(fetch.HASH.findall((fetch.HERE / "wheels.txt").read_text()))
    for package in packages.values():
        content = (folder / package["file_name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == package["sha256"]
        assert set(package["depends"]) <= packages.keys()
    assert pinned <= {package["sha256"] for package in packages.values()}
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


def test_the_fixed_script_says_the_same_bytes(opened: Notebook) -> None:
    """Outcomes, explanations, cards, audits and state roots of wasm, against those of CPython."""
    source = Path(script.__file__).read_text()
    assert answer(opened, f"{source}\nprint(told(), end='')").splitlines() == script.told().splitlines()


def test_progress_and_saved_labs_stay_in_the_browsers_storage(
    opened: Notebook, lessons: Callable[[str], Notebook]
) -> None:
    """They are files next to the notebooks, and another kernel reads them."""
    code = """
        import sessionlab as sl
        from sessionlab import course
        course.recall("00.a", "a")
        lab = sl.Lab(seed=3); lab.wallet(); lab.save("kept.lab")
        print(sl.Lab.load("kept.lab").chain.state_root)
    """
    root = answer(opened, _dedented(code)).strip()
    told = answer(
        lessons(SOME[1]),
        "import sessionlab as sl\nprint(sl.Lab.load('kept.lab').chain.state_root, open('progress.json').read())",
    )
    assert told.startswith(root)
    assert "00.a" in json.loads(told.removeprefix(root))["answers"]


def test_what_does_not_run_there_says_so_and_the_way_around(opened: Notebook) -> None:
    code = """
        import sessionlab as sl
        lab = sl.Lab(seed=3)
        session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
        def serve():
            with sl.in_background(lab): pass
        for step in (session.operations.to_frame, serve):
            try:
                step()
            except sl.MissingExtra as error:
                print(error)
    """
    said = answer(opened, _dedented(code)).splitlines()
    assert len(said) == 2 and all("in the browser lab" in line for line in said)


def test_a_shared_link_opens_its_lesson_with_what_it_holds(guest: Visitor, opened: Notebook) -> None:
    link = sl.share(SHARED, [sl.Call("0x" + "11" * 20, 5)], site=guest.site)
    page = guest.page(link.removeprefix(f"{guest.site}/"))
    page.wait_for_url(re.compile("path=15_bring_your_own_policy.ipynb"))
    page.close()
    said = answer(opened, "import sessionlab as sl\nheld = sl.shared()\nprint(held.permissions, held.calls)")
    own = answer(opened, "print(sl.share(held.permissions, held.calls))").strip()
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


@pytest.mark.parametrize("data", ["", "%25", "bm90IEpTT04", "A" * 20_000], ids=["nothing", "a sign", "no JSON", "long"])
def test_a_link_that_was_not_shared_opens_nothing(data: str, guest: Visitor) -> None:
    page = guest.page(f"share.html#{data}")
    expect(page.locator("#state")).to_contain_text("Nothing was opened")
    page.close()


def test_widgets_answer_to_mouse_and_keyboard(opened: Notebook) -> None:
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
def test_a_lesson_runs(name: str, lessons: Callable[[str], Notebook], whole: bool) -> None:
    number = name[:2]
    if not whole and number not in SOME:
        pytest.skip("three lessons, and all with --whole-site")
    lesson = lessons(number)
    lesson.run_all()
    assert lesson.errors() == []
    code = [cell for cell in lesson.cells() if cell["cell_type"] == "code" and "".join(cell["source"])]
    assert all(cell["execution_count"] for cell in code)
    lesson.run("import sessionlab")  # the kernel still answers
    lesson.page.goto("about:blank")  # and makes room for the next


def test_the_first_explained_refusal_comes_within_a_minute(guest: Visitor, whole: bool) -> None:
    """From the address to a refusal with its fix, on a first visit and on the next; an idle machine takes a third."""
    if not whole:
        pytest.skip("with --whole-site")
    newcomer, seconds = guest.another(), []
    for _ in range(2):
        begun = time.monotonic()
        lesson = newcomer.lesson(lab_of(LESSONS[0]))
        lesson.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        lesson.page.wait_for_function(
            """() => Array.from(jupyterapp.shell.currentWidget.content.model.cells)
                .some(cell => cell.type === 'code' && JSON.stringify(cell.outputs.toJSON()).includes('How to fix'))"""
        )
        seconds.append(time.monotonic() - begun)
        lesson.page.close()
    newcomer.close()
    print(f"{seconds[0]:.1f} s on the first visit, {seconds[1]:.1f} s on the second")
    assert max(seconds) <= 60


def _dedented(code: str) -> str:
    from textwrap import dedent

    return dedent(code).strip()
