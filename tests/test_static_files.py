"""What browsers are given of our scripts and style sheets: less than we wrote, and the same."""

import json
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


#: Each is parsed as a module, and none is run.
READ_ALL = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
const scripts = Object.entries(JSON.parse(readFileSync("scripts.json", "utf-8")));
for (const [identifier, text] of scripts)
  try {
    new SourceTextModule(text, { identifier });
  } catch (error) {
    console.log(`${identifier}: ${error.stack}`);
  }
console.log(`${scripts.length} read`);
"""


def test_every_script_is_still_one(tmp_path: Path):
    try:
        node = find_node()
    except NoNodeError as problem:
        pytest.skip(f"missing: {problem}")
    scripts = {name: text for name, text in served().items() if name.endswith(".js")}
    (tmp_path / "scripts.json").write_text(json.dumps(scripts), encoding="utf-8")
    (tmp_path / "read.mjs").write_text(READ_ALL, encoding="utf-8")
    command = [node, "--experimental-vm-modules", "--no-warnings", str(tmp_path / "read.mjs")]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout == f"{len(scripts)} read\n", run.stdout + run.stderr


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


def test_a_style_keeps_its_meaning():
    text = "@layer a { .b [c] :is(d, e) { color: red; } :is(f) :not(g) { color: blue } h :hover { top: 0 } }"

    assert smaller.style(text) == ("@layer a{.b [c] *:is(d,e){color:red}:is(f) *:not(g){color:blue}h *:hover{top:0}}")


def test_a_file_that_was_made_has_an_address_of_its_own(tmp_path: Path):
    (tmp_path / "a.css").write_text("a { color : red }")
    without, made = StaticFiles(tmp_path), StaticFiles(tmp_path, made={"words/es.json": b"{}"})
    assert made.url("words/es.json") == f"/static/{made.version}/words/es.json"
    assert made.version != without.version
    with pytest.raises(KeyError):
        without.url("words/es.json")
