"""What browsers are given of our scripts and style sheets: less than we wrote, and the same."""

import re
import subprocess
from pathlib import Path

import pytest

from server import joined, smaller
from server.static_files import StaticFiles
from tools.node import NoNodeError, find_node

ROOT = Path(__file__).parent.parent / "static"


def served() -> dict[str, str]:
    files = StaticFiles(ROOT, whole=joined.WHOLE)
    return {name: files.body(name).decode() for name in files.names if name.endswith((".js", ".css"))}


def test_comments_and_indentation_stay_at_home():
    scripts = {name: text for name, text in served().items() if name.endswith(".js")}
    assert scripts
    assert not [
        name for name, text in scripts.items() if "@ts-check" in text or re.search(r"^\s+\S", text, re.MULTILINE)
    ]


def test_every_script_is_still_one(tmp_path: Path):
    try:
        node = find_node()
    except NoNodeError as problem:
        pytest.skip(f"missing: {problem}")
    for name, text in served().items():
        if name.endswith(".js"):
            file = tmp_path / name.replace("/", "-").replace(".js", ".mjs")
            file.write_text(text, encoding="utf-8")
            run = subprocess.run([node, "--check", str(file)], capture_output=True, text=True, check=False)
            assert run.returncode == 0, run.stderr


def test_no_template_goes_over_several_lines():
    """Else its lines would be taken for lines of the program, and lose their indentation or more."""
    for path in ROOT.rglob("*.js"):
        program = re.sub(r"(?ms)^[ \t]*/\*.*?\*/[ \t]*$|^[ \t]*//.*$", "", path.read_text("utf-8"))
        odd = [line for line in program.splitlines() if line.count("`") % 2]
        assert not odd, f"{path}: {odd}"


@pytest.mark.parametrize(
    ("whole", "left"),
    [
        ("/** What it does. */\nconst a = 1;\n", "const a = 1;\n"),
        ("/**\n * Over lines.\n */\n  // Why.\n  go();\n", "go();\n"),
        ("const a = /** @type {Map<string, string>} */ (new Map());\n", "const a = (new Map());\n"),
        ('say("// no comment, /* nor this */ here");\n', 'say("// no comment, /* nor this */ here");\n'),
        ("say(`about ${n ? `${n} min` : ``} to go`); // why\n", "say(`about ${n ? `${n} min` : ``} to go`); // why\n"),
        ("const at = /[/*]\\/\\/ x/g;\n", "const at = /[/*]\\/\\/ x/g;\n"),
    ],
)
def test_only_whole_lines_and_types_are_left_out(whole: str, left: str):
    assert smaller.script(whole) == left


def test_a_file_that_was_made_has_an_address_of_its_own(tmp_path: Path):
    (tmp_path / "a.css").write_text("a { color : red }")
    without, made = StaticFiles(tmp_path), StaticFiles(tmp_path, made={"words/es.json": b"{}"})
    assert made.url("words/es.json") == f"/static/{made.version}/words/es.json"
    assert made.version != without.version
    with pytest.raises(KeyError):
        without.url("words/es.json")
