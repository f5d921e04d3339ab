"""The advisory check never takes silence for safety."""

import json

import pytest

from tools.advisories import main, of_node, of_python, verdict

FINE = {"name": "calm", "version": "1.0", "vulns": []}
NAMED = {"name": "leaky", "version": "0.9", "vulns": [{"id": "GHSA-0000", "fix_versions": ["1.0"]}]}
SKIPPED = {"name": "far", "skip_reason": "Dependency not found and could not be audited: far (1.0)"}


def _python(*parts: object) -> str:
    return json.dumps({"dependencies": parts})


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (_python(FINE), 0, "1 looked up, 0 named"),
        (_python(FINE, NAMED), 1, "leaky 0.9: GHSA-0000, mended in 1.0"),
        (_python(FINE, SKIPPED), 2, "NOT LOOKED UP: 1"),
        (_python(NAMED, SKIPPED), 1, "NOT LOOKED UP: 1"),
        (_python(), 2, "NOT LOOKED UP"),
        ("", 2, "NOT LOOKED UP"),
        ("[]", 2, "NOT LOOKED UP"),
        ("no network\n", 2, "NOT LOOKED UP"),
    ],
)
def test_what_could_not_be_asked_is_told_apart_from_what_is_fine(answer: str, code: int, says: str):
    looked = of_python("run.lock", answer)

    assert verdict([looked]) == code
    assert says in "\n".join(looked.lines())


def test_npm_that_is_refused_is_no_good_news():
    refused = of_node(json.dumps({"message": "405 Method Not Allowed", "error": {"summary": ""}}))
    fine = of_node(json.dumps({"vulnerabilities": {}, "metadata": {"dependencies": {"total": 31}}}))
    named = of_node(
        json.dumps({"vulnerabilities": {"old": {"severity": "high"}}, "metadata": {"dependencies": {"total": 31}}})
    )

    assert (verdict([fine]), verdict([refused]), verdict([named])) == (0, 2, 1)
    assert "405" in "\n".join(refused.lines())
    assert fine.asked == 31


def test_a_tool_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tools.advisories._say", lambda *_: "")

    assert main("/nowhere/pip-audit") == 2
    assert "NOT ALL OF IT could be looked up" in capsys.readouterr().out
