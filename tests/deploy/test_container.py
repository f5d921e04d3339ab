"""The Dockerfile and the compose file, as far as that can be tried without building: what the image holds is enough to
run, for somebody who may write nowhere but to the volume; and what both promise stands in them."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.settings import Settings
from tests.ports import free_ports

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as Docker reads it: lines that go on are one, comments are none."""
    lines = [line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(first, rest.strip()) for first, _, rest in (line.partition(" ") for line in joined.splitlines()) if first]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, rest))
    return found


def kept_out(path: str) -> bool:
    """Whether .dockerignore keeps a path of the tree out of the build: its last line that fits decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        loose = pattern.removeprefix("**/")
        parts = path.split("/")
        tops = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        fits = any(fnmatch.fnmatchcase(top, pattern) and top.count("/") == pattern.count("/") for top in tops)
        fits = fits or (loose != pattern and any(fnmatch.fnmatchcase(part, loose) for part in parts))
        if fits:
            out = not line.startswith("!")
    return out


def copied(to: Path) -> None:
    """What COPY takes out of the tree, by the names that the Dockerfile gives, without what .dockerignore keeps out."""
    for name, rest in stages()[0]:
        if name != "COPY":
            continue
        *sources, target = rest.split()
        for source in sources:
            there = ROOT / source
            files = [path for path in there.rglob("*") if path.is_file()] if there.is_dir() else [there]
            for file in files:
                inside = file.relative_to(ROOT).as_posix()
                if kept_out(inside):
                    continue
                at = to / (file.name if target.endswith("/") else inside)
                at.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, at)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's folder in the image, closed to writing."""
    folder = tmp_path_factory.mktemp("image") / "opt"
    copied(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


def test_what_goes_in_is_what_runs_and_nothing_else(image: Path):
    there = {path.relative_to(image).parts[0] for path in image.rglob("*") if path.is_file()}

    assert there == {
        "README.md",
        "LICENSE",
        "pyproject.toml",
        "requirements",
        "exercises",
        "sessions",
        "server",
        "static",
    }
    assert [path.name for path in (image / "requirements").iterdir()] == ["run.lock"]


@pytest.mark.parametrize(
    "path",
    [
        *("var/ebb.db", "deploy/secrets/ebb_server_key", ".git/config", "tests/conftest.py", "node_modules/x/y.js"),
        *("server/__pycache__/app.pyc", "server/demo/left.db", "server.key", "server/old.key", "requirements/dev.lock"),
        *(".env", "static/.env.local", "exercises/left.db-wal"),
    ],
)
def test_what_nobody_is_to_find_in_an_image_stays_out(path: str):
    assert kept_out(path)


@pytest.mark.parametrize(
    "path", ["server/app.py", "static/css/ebb.css", "requirements/run.lock", "exercises/loader.py"]
)
def test_what_is_needed_stays_in(path: str):
    assert not kept_out(path)


@contextmanager
def served(image: Path, volume: Path) -> Iterator[dict[str, str]]:
    """`ebb serve` of the image's folder, with what the image sets and what compose leaves: no right of root's."""
    (port,) = free_ports(1)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ},
        **environment_of_image(),
        "EBB_PORT": str(port),
        "EBB_HOST": "127.0.0.1",
        "EBB_DATA": str(volume),
        "EBB_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(image),
        "HOME": "/nonexistent",
    }
    log = volume / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*without_rights(), sys.executable, "-P", "-m", "server", "serve"], cwd=image, env=environment, stderr=out
        )
    try:
        ends = time.monotonic() + 60
        while b"listens on" not in log.read_bytes():
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < ends, log.read_text()[-3000:]
            time.sleep(0.05)
        yield environment
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0


def environment_of_image() -> dict[str, str]:
    pairs = [pair.partition("=") for name, rest in stages()[-1] if name == "ENV" for pair in rest.split()]
    return {name: value for name, _, value in pairs if name != "PATH"}


def healthcheck() -> list[str]:
    (rest,) = [rest for name, rest in stages()[-1] if name == "HEALTHCHECK"]
    words: list[str] = json.loads(rest[rest.index("[") :])
    return words


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir(mode=0o700)
    return folder


def without_rights() -> list[str]:
    """For root: what `cap_drop: [ALL]` and `no-new-privileges` leave. A file that is closed is closed to it too."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("missing: setpriv")
    return ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.mark.thorough
def test_what_the_image_holds_is_enough_to_serve_where_nothing_else_can_be_written(image: Path, volume: Path):
    before = sorted(path.as_posix() for path in image.rglob("*"))
    command = healthcheck()
    assert command[0] == "python"

    with served(image, volume) as environment:
        well = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, check=False)
    ill = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, check=False)

    assert well.returncode == 0, well.stderr
    assert ill.returncode != 0, "a check that is always content is none"
    assert sorted(path.as_posix() for path in image.rglob("*")) == before, "nothing is written beside the program"
    assert (volume / "ebb.db").exists()


def test_the_image_runs_as_nobody_in_particular_and_by_what_was_locked():
    last = dict(stages()[-1])

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last["USER"])
    assert last["VOLUME"] == "/var/lib/ebb" == environment_of_image()["EBB_DATA"]
    assert json.loads(last["ENTRYPOINT"]) == ["ebb"]
    assert json.loads(last["CMD"]) == ["serve"]
    assert "/healthz" in last["HEALTHCHECK"]
    runs = [rest for name, rest in instructions() if name == "RUN"]
    installs = [run for run in runs if "pip install" in run]
    assert len(installs) == 2
    assert "--require-hashes -r requirements/run.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1], "nothing that was not locked"
    names = [name for name, _ in instructions()]
    order = [rest for name, rest in stages()[-1] if name in ("USER", "RUN", "COPY")]
    assert order[-1] == last["USER"], "nothing is done as root after it"
    assert "ADD" not in names
    assert not any("apt-get" in run or "curl" in run for run in runs)


def test_its_base_has_a_tag_and_every_setting_that_it_names_is_one():
    (base,) = [rest.partition("=")[2] for name, rest in instructions() if name == "ARG"]
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", base), "no registry's name, no `latest`"
    known = {f"EBB_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in environment_of_image() if name.startswith("EBB_")} <= known


# ---- compose


def compose(*, second: bool = False) -> dict[str, Any]:
    """The file, with its second node where it is asked for: the lines that begin with `#` and a name or blanks."""
    text = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
    if second:
        text = re.sub(r"^  #(ebb2:|  )", r"  \1", text, flags=re.MULTILINE)
    made: dict[str, Any] = yaml.safe_load(text)
    return made


@pytest.mark.parametrize("second", [False, True])
def test_every_service_is_shut_in(second: bool):
    services = compose(second=second)["services"]
    assert set(services) == {"ebb", "records", "ring", "caddy"} | ({"ebb2"} if second else set())

    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["restart"] == "unless-stopped", name
        assert "privileged" not in service, name
        if name == "caddy":
            assert service["cap_add"] == ["NET_BIND_SERVICE"]
        else:
            assert "cap_add" not in service, name
            assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name
            assert "ports" not in service, f"{name} is reached through Caddy alone"


def test_its_nodes_are_the_image_s_user_and_have_everything_in_common_but_their_folder():
    services = compose(second=True)["services"]
    first, second = services["ebb"], services["ebb2"]

    assert first["user"] == dict(stages()[-1])["USER"]
    assert first["volumes"] == ["ebb:/var/lib/ebb"]
    assert second["volumes"] == ["ebb2:/var/lib/ebb"]
    assert {**first, "volumes": 0} == {**second, "volumes": 0}
    assert "ebb2" in compose(second=True)["volumes"]
    known = {f"EBB_{name.upper()}" for name in Settings.model_fields}
    assert set(first["environment"]) <= known
    assert {name.upper() for name in first["secrets"]} <= known, "each is named like its setting"


def test_what_is_secret_stands_in_no_environment_and_keys_lie_apart():
    made = compose()
    services = made["services"]
    for name, service in services.items():
        for variable, value in service["environment"].items():
            assert variable.endswith(("_FILE", "_DIR")) or "PASSWORD" not in variable, (name, variable)
            assert "://ebb:" not in str(value), (name, variable)

    mounted = {name: {volume.partition(":")[0] for volume in service["volumes"]} for name, service in services.items()}
    assert not mounted["records"] & mounted["ring"]
    assert not mounted["ebb"] & (mounted["records"] | mounted["ring"])
    assert "ebb_server_key" not in {*services["records"]["secrets"], *services["ring"]["secrets"]}
    assert services["records"]["secrets"] != services["ring"]["secrets"]
    assert made["networks"]["inside"]["internal"] is True
    assert services["records"]["networks"] == services["ring"]["networks"] == ["inside"]
    named = {secret for service in services.values() for secret in service.get("secrets", [])}
    assert named == set(made["secrets"])
    for image in (service.get("image", "") for service in services.values()):
        assert ":" in image, "each with its tag"
        assert "/" not in image, "and no registry's name"


def test_caddy_is_given_what_its_sample_asks_for():
    sample = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    asked = set(re.findall(r"\{\$(\w+)", sample))

    caddy = compose()["services"]["caddy"]
    assert asked == set(caddy["environment"])
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in caddy["volumes"]
    assert {"80:80", "443:443"} <= set(caddy["ports"])
