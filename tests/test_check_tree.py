"""The check of the tree finds what it is for, and leaves honest files alone."""

from pathlib import Path

from tools.check_tree import LONGEST_MODULE, findings, our_files

# In parts, so that the check passes over this file too.
A_REGISTRY = "https://registry." + "npmjs.org"
SOMEBODYS_HOME = "/" + "root/ebb/var"


def found(name: str, text: str) -> str:
    return "\n".join(findings(Path(name), text))


def test_a_module_that_has_grown_too_long_is_named() -> None:
    assert "split it by verb" in found("server/app.py", "x = 1\n" * (LONGEST_MODULE + 1))
    assert not found("server/app.py", "x = 1\n" * LONGEST_MODULE)


def test_a_long_lock_file_is_no_module() -> None:
    assert not found("requirements/run.lock", "aiohttp\n" * 5000)


def test_a_registry_in_a_lock_is_named_with_its_line() -> None:
    assert "package-lock.json:2: names a package registry" in found("package-lock.json", f"{{\n{A_REGISTRY}")


def test_a_path_of_one_machine_is_named_and_a_route_is_not() -> None:
    assert "names a path of one machine" in found("docs/a.md", f"Look into {SOMEBODYS_HOME}.")
    assert not found("docs/a.md", "Open /sessions/1/review, then /home/programme.")


def test_the_check_looks_at_itself_and_not_at_what_was_installed() -> None:
    names = {str(path.relative_to(path.parents[1])) for path in our_files() if path.parent.name == "tools"}

    assert "tools/check_tree.py" in names
    assert not any("node_modules" in path.parts or ".venv" in path.parts for path in our_files())
