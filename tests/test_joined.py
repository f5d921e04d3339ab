"""A script and all that it imports, in one file: it does what the modules did, or is refused at start."""

import subprocess
from pathlib import Path

import pytest

from server import joined
from server.static_files import StaticFiles
from server.static_graph import files_of
from tools.node import NoNodeError, find_node

ROOT = Path(__file__).parent.parent / "static"
#: Every spelling that our scripts use, and what runs when.
MODULES = {
    "a/app.js": """import "./first.js";
import * as words from "../b/words.js";
import { Counter, many as several, OF } from "./passing.js";
import {
make,
wait,
} from "../b/words.js";
const own = "own";
console.log(own, OF, make("x"), words.make("y"), await wait(), several(2), new Counter().next());
console.log(new URL(import.meta.url).pathname.split("/").at(-2), Object.keys(words).sort());
""",
    "a/first.js": 'console.log("first", this === undefined);\n',
    "a/passing.js": """export { Counter, several as many } from "./counter.js";
export { OF } from "../b/words.js";
console.log("passing");
""",
    "a/counter.js": """import { make as made } from "../b/words.js";
let n = 0;
export class Counter {
next() {
n += 1;
return made(n);
}
}
export function several(n) {
return n > 1;
}
console.log("counter");
""",
    "b/words.js": """const own = await Promise.resolve("waited");
export const OF = own;
export function make(what) {
return `<${what}>`;
}
export async function wait() {
return own;
}
console.log("words");
""",
}


def said(file: Path) -> str:
    try:
        node = find_node()
    except NoNodeError as problem:
        pytest.skip(f"missing: {problem}")
    run = subprocess.run([node, str(file)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_one_file_says_what_the_modules_say_in_the_same_order(tmp_path: Path):
    for folder, modules in (
        ("apart", MODULES),
        ("together", {joined.name_of("a/app.js"): joined.joined(MODULES, "a/app.js")}),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "package.json").write_text('{"type": "module"}')
        for name, text in modules.items():
            (tmp_path / folder / name).parent.mkdir(exist_ok=True)
            (tmp_path / folder / name).write_text(text)
    apart = said(tmp_path / "apart" / "a" / "app.js")

    assert apart.splitlines()[:3] == ["first true", "words", "counter"]
    assert said(tmp_path / "together" / "a" / "app.joined.js") == apart


@pytest.mark.parametrize(
    "text",
    [
        "export default 1;\n",
        "export let n = 0;\n",
        'export * from "./other.js";\n',
        "const n = 0;\nexport { n };\n",
        'import other from "./other.js";\n',
        'import { n } from "elsewhere";\n',
        'if (1) import("./other.js");\n',
        'import { n } from "./nowhere.js";\n',
        'import { n } from "./around.js";\n',
        "const given$0 = 1;\n",
    ],
)
def test_what_it_does_not_read_is_refused(text: str):
    others = {"other.js": "export const n = 1;\n", "around.js": 'import { m } from "./app.js";\n'}
    with pytest.raises(joined.CannotJoin, match=r"app\.js"):
        joined.joined({**others, "app.js": text}, "app.js")


@pytest.mark.parametrize("entry", joined.WHOLE)
def test_ours_hold_every_module_once(entry: str):
    static = StaticFiles(ROOT, whole=joined.WHOLE)
    whole = static.body(joined.name_of(entry)).decode()

    modules = files_of(static, static.url(entry))
    assert whole.count(" = await (async () => {\n") == len(modules) > 10
    assert files_of(static, static.url(joined.name_of(entry))) == [joined.name_of(entry)], "it asks for nothing more"


def test_a_practice_takes_nothing_along_that_needs_somebody_else():
    static = StaticFiles(ROOT)
    modules = files_of(static, static.url("js/practice/app.js"))

    for needed in ("js/live/patient.js", "js/practice/machine/index.js", "js/practice/wrong.js"):
        assert needed in modules
    # No line to a server, no voice, no belt.
    assert "js/live/connection.js" not in modules
    assert not [name for name in modules if name.startswith(("js/call/", "js/heart/"))]
