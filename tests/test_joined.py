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


def written(folder: Path, modules: dict[str, str]) -> None:
    folder.mkdir()
    (folder / "package.json").write_text('{"type": "module"}')
    for name, text in modules.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


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
        written(tmp_path / folder, modules)
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
        "if (1) import('./other.js');\n",
        'if (1) import("elsewhere");\n',
        'if (1) import("./nowhere.js");\n',
        'if (1) import("./around.js");\n',
        'import { n } from "./nowhere.js";\n',
        'import { n } from "./around.js";\n',
        "const given$0 = 1;\n",
    ],
)
def test_what_it_does_not_read_is_refused(text: str):
    others = {"other.js": "export const n = 1;\n", "around.js": 'import { m } from "./app.js";\n'}
    with pytest.raises(joined.CannotJoin, match=r"app\.js"):
        joined.joined({**others, "app.js": text}, "app.js")


#: What is loaded later shares `b/words.js` and its own helper, and loads more later still.
LATER = {
    **MODULES,
    "a/app.js": MODULES["a/app.js"] + 'await import("../b/call.js").then(({ call }) => call());\n',
    "b/call.js": """import { Counter } from "../a/counter.js";
import { make } from "./words.js";
export async function call() {
const { deep } = await import("./deep.js");
console.log("call", make(deep), new Counter().next());
}
""",
    "b/deep.js": 'export const deep = "deep";\n',
}


def test_what_is_loaded_later_shares_modules_and_has_none_twice(tmp_path: Path):
    """The counter goes on where it stood: there is one of it."""
    together = {joined.name_of("a/app.js"): joined.joined(LATER, "a/app.js")}
    aside = joined.apart(LATER, "a/app.js")
    for folder, modules in (
        ("apart", LATER),
        ("together", together | {name: LATER[name] for name in (*aside, "b/call.js", "b/deep.js")}),
    ):
        written(tmp_path / folder, modules)
    apart = said(tmp_path / "apart" / "a" / "app.js")

    assert aside == ("b/words.js", "a/counter.js")
    assert apart.splitlines()[-1] == "call <deep> <2>"
    # Of what stays apart the first lines come first; nothing else changes.
    assert sorted(said(tmp_path / "together" / "a" / "app.joined.js").splitlines()) == sorted(apart.splitlines())


@pytest.mark.parametrize("entry", joined.WHOLE)
def test_ours_hold_every_module_once(entry: str):
    static = StaticFiles(ROOT, whole=joined.WHOLE)
    whole = static.body(joined.name_of(entry)).decode()

    texts = {name: static.body(name).decode() for name in static.names if name.endswith(".js")}
    modules, aside = list(joined.in_order(texts, entry)), joined.apart(texts, entry)
    assert whole.count(" = await (async () => {\n") == len(modules) - len(aside) > 10
    assert static.scripts(joined.name_of(entry)) == tuple(
        static.url(name) for name in (joined.name_of(entry), *aside)
    ), "all that a page has to ask for at once"


@pytest.mark.parametrize("entry", joined.WHOLE[:2])
def test_what_is_used_without_network_asks_for_nothing_more(entry: str):
    static = StaticFiles(ROOT, whole=joined.WHOLE)

    assert files_of(static, static.url(joined.name_of(entry))) == [joined.name_of(entry)]


def test_a_room_asks_for_a_call_and_a_belt_by_addresses_that_are_there():
    static = StaticFiles(ROOT, whole=joined.WHOLE)

    # Raises MissingFile for an address that leads nowhere.
    needed = files_of(static, static.url("js/live/patient-room.joined.js"))

    assert {"js/call/panel.js", "js/heart/own.js"} <= set(needed)
    assert "js/live/patient.js" not in needed


def test_a_practice_takes_nothing_along_that_needs_somebody_else():
    static = StaticFiles(ROOT)
    modules = files_of(static, static.url("js/practice/app.js"))

    for needed in ("js/live/patient.js", "js/practice/machine/index.js", "js/practice/wrong.js"):
        assert needed in modules
    # No line to a server, no voice, no belt.
    assert "js/live/connection.js" not in modules
    assert not [name for name in modules if name.startswith(("js/call/", "js/heart/"))]
