"""Every name a user meets is documented, every example runs, every link holds."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tunescape"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

GROWING = ("cli.md", "settings.md", "equality.md", "CHANGELOG.md")
SLOW = {"README.md", "get_started.md"}  # pages whose examples train networks
FENCE = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    """A page's path from the root of the repository."""
    return str(page.relative_to(ROOT))


def front_door() -> ModuleType:
    """The package, or a skip where its front door is not open yet."""
    import tunescape

    if not getattr(tunescape, "__all__", None):
        pytest.skip("the front door is not open")
    return tunescape


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script docs/generate.py as a module; skips where there is no command line."""
    if not (PACKAGE / "cli" / "__init__.py").exists():
        pytest.skip("the command line is not there")
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_named(word: str, text: str = TEXT) -> bool:
    """Whether a word stands in the documentation as code (inside back-ticks or a block)."""
    code = [match["body"] for match in FENCE.finditer(text)] + re.findall(r"`[^`\n]+`", FENCE.sub("", text))
    return any(re.search(rf"\b{re.escape(word)}\b", piece) for piece in code)


def test_the_command_reference_is_up_to_date(generate: ModuleType) -> None:
    """docs/cli.md says what the commands say."""
    assert generate.PAGE.exists(), "docs/cli.md is not there; run `python docs/generate.py`"
    written = generate.PAGE.read_text(encoding="utf-8")
    assert generate.words(written) == generate.words(generate.page()), "run `python docs/generate.py`"


def test_the_settings_page_is_up_to_date() -> None:
    """docs/settings.md says what the tables of the program say."""
    run = subprocess.run([sys.executable, ROOT / "docs" / "generate_settings.py", "--check"], check=False)
    assert run.returncode == 0, "run `python docs/generate_settings.py`"


def test_every_choice_has_its_equation() -> None:
    """Each activation, optimiser, initialiser, loss, normalisation and schedule has a row with its formula."""
    from tunescape.engine import CHOICES
    from tunescape.evaluators.equations import EQUATIONS

    for kind, equations in EQUATIONS.items():
        assert tuple(equations) == CHOICES[kind]


def test_every_command_is_documented(generate: ModuleType) -> None:
    """Each command has an example or a description outside the generated page."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in PAGES if p.name not in ("cli.md", "CHANGELOG.md"))
    names = generate.commands()
    assert "survey" in names
    missing = [name for name in names if not is_named(f"tunescape {name}", text)]
    assert not missing, f"commands that no page shows: {', '.join(missing)}"


def test_every_status_is_documented_with_its_sentence() -> None:
    """docs/study.md has each status and the sentence that users see."""
    from tunescape.study import Status

    page = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    missing = [s.word for s in Status if f"`{s.word}` | {s.value}" not in page]
    assert not missing, f"statuses that docs/study.md does not say as they are: {', '.join(missing)}"


def rows_of(page: str) -> str:
    """The first cells of a page's tables."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^\| ([^|]+) \|", text, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("page", "module", "names"),
    [
        ("explanation.md", "tunescape.explanation.explain", "READING_ORDER"),
        ("settings.md", "tunescape.evaluators.network_settings", "SETTINGS"),
        ("tasks.md", "tunescape.tasks", "task_names"),
    ],
)
def test_tables_are_complete(page: str, module: str, names: str) -> None:
    """Each finding, network setting and task has a row in the table of its page."""
    try:
        listed = getattr(importlib.import_module(module), names)
    except ModuleNotFoundError:
        pytest.skip(f"{module} is not there")
    missing = [n for n in (listed() if callable(listed) else listed) if f"`{n}`" not in rows_of(page)]
    assert not missing, f"docs/{page} has no row for {', '.join(missing)}"


def test_every_room_is_documented() -> None:
    """docs/laws.md names each room that exists."""
    laws = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")
    rooms = sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py"))
    missing = [room for room in rooms if f"`{room}`" not in laws]
    assert not missing, f"rooms that docs/laws.md does not name: {', '.join(missing)}"


def test_every_front_door_name_is_documented() -> None:
    """Each name of the front door stands in some page."""
    names = [name for name in front_door().__all__ if not name.startswith("__")]
    missing = [name for name in names if not is_named(name)]
    assert not missing, f"names that no page shows: {', '.join(missing)}"


EXAMPLES = [
    pytest.param(page, id=name_of(page), marks=[pytest.mark.level(2)] if page.name in SLOW else [])
    for page in PAGES
    if any(m["language"] == "python" for m in FENCE.finditer(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The python blocks of a page run in order, one after the other, in an empty folder."""
    front_door()
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": "__example__"}
    n_run = 0
    for block in FENCE.finditer(text):
        if block["language"] == "python":
            line = text.count("\n", 0, block.start("body"))
            exec(compile("\n" * line + block["body"], str(page), "exec"), namespace)  # lines as in the page
            n_run += 1
    assert n_run > 0


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_hold(page: Path) -> None:
    """Each link to a file of the repository finds it, and its heading."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert not broken, f"{name_of(page)} links to {', '.join(broken)}"


def test_pages_stay_short() -> None:
    """A page is read in one go; generated references and the changelog may grow."""
    longest = {name_of(p): p.read_text(encoding="utf-8").count("\n") for p in PAGES}
    long = [name for name, n in longest.items() if n > 200 and not name.endswith(GROWING)]
    assert not long, f"pages of more than 200 lines: {', '.join(long)}"
