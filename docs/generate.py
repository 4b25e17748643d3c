"""Write docs/cli.md, the command reference, from what the commands themselves say.

`python docs/generate.py` writes the page; with `--check` it only says, by exit code 1, that the page is
not up to date.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PAGE = Path(__file__).parent / "cli.md"
WIDTH = 100
HEAD = """# Command line

What every command prints with `--help`. This page is written by `python docs/generate.py`.

Exit code 0: done. 1: the work failed. 2: the input was wrong (one sentence says what and how to mend it).
130: stopped with Ctrl-C; the same line resumes. With `--json` a command prints one JSON document on standard
output and nothing else; progress and notes go to standard error. `NO_COLOR` and narrow terminals are
respected.
"""


def help_of(*words: str) -> str:
    """What `tunescape WORDS --help` prints, without colours, at a fixed width."""
    program = "import sys; from tunescape.cli import main; sys.argv[0] = 'tunescape'; sys.exit(main())"
    environment = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "GITHUB_ACTIONS"):
        environment.pop(name, None)
    run = subprocess.run(
        [sys.executable, "-c", program, *words, "--help"],
        capture_output=True, text=True, encoding="utf-8", env=environment, check=False,
    )  # fmt: skip
    if run.returncode:
        raise SystemExit(f"tunescape {' '.join(words)} --help failed:\n{run.stderr}")
    return "\n".join(line.rstrip() for line in run.stdout.strip("\n").splitlines()).strip("\n")


def commands() -> list[str]:
    """Names of the commands that `tunescape --help` lists, in its order."""
    listing = help_of().partition("Commands")[2]
    return re.findall(r"^[│|]? {1,2}([a-z][a-z-]*)(?: {2,}|\s*[│|]?$)", listing, flags=re.MULTILINE)


def page() -> str:
    """The whole page."""
    names = commands()
    with ThreadPoolExecutor() as pool:
        texts = list(pool.map(help_of, names))
    parts = [HEAD, f"## tunescape\n```text\n{help_of()}\n```\n"]
    parts += [f"## tunescape {name}\n```text\n{text}\n```\n" for name, text in zip(names, texts, strict=True)]
    return "\n".join(parts)


def words(text: str) -> list[str]:
    """The page's words, without the frames and line breaks that differ between terminals."""
    return re.sub(r"[─━│┃╭╮╰╯┌┐└┘|]+", " ", text).split()


if __name__ == "__main__":
    if "--check" in sys.argv:
        current = PAGE.exists() and words(PAGE.read_text(encoding="utf-8")) == words(page())
        sys.exit(None if current else f"{PAGE} is not up to date; run `python docs/generate.py`")
    PAGE.write_text(page(), encoding="utf-8")
