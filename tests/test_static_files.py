"""What browsers are given of our scripts and style sheets: less than we wrote, and the same."""

import re
import subprocess
from pathlib import Path

import pytest

from server.static_files import StaticFiles
from tools.node import NoNodeError, find_node

ROOT = Path(__file__).parent.parent / "static"


def served() -> dict[str, str]:
    files = StaticFiles(ROOT)
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


def test_every_sentence_of_a_script_is_still_in_it():
    for name, text in served().items():
        whole = (ROOT / name).read_text("utf-8")
        for sentence in re.findall(r'"([A-Z][^"\\\n]{12,})"', whole):
            commented = re.search(rf"(//|\*).*{re.escape(sentence)}", whole)
            assert commented or sentence in text, f"{name}: {sentence}"


def test_a_file_that_was_made_has_an_address_of_its_own(tmp_path: Path):
    (tmp_path / "a.css").write_text("a { color : red }")
    without, made = StaticFiles(tmp_path), StaticFiles(tmp_path, made={"words/es.json": b"{}"})
    assert made.url("words/es.json") == f"/static/{made.version}/words/es.json"
    assert made.version != without.version
    with pytest.raises(KeyError):
        without.url("words/es.json")
