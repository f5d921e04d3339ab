"""Loads the library from its folders, whole or not at all, and names every fault with its line.

library/presets.toml, presets.en.toml      breathing patterns: numbers, words
library/<slug>/script.toml                 structure, timing, sources, review
library/<slug>/en.toml, es.toml ...        words only, one file for each language

A translation names the version that it was made from, and how far it was reviewed. One that is behind its script is
not told, and one that nobody has approved never speaks of work inside the body: English stands in for both.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import Struct

from exercises import checks
from exercises.model import (
    Act,
    Exercise,
    Pattern,
    Preset,
    Review,
    ReviewStatus,
    Source,
    Step,
    Words,
)
from exercises.pacer import check as check_pattern
from exercises.tomlfile import Problem, Table, TomlFile, read

__all__ = ["LIBRARY_ROOT", "Library", "LibraryBroken", "Problem", "load_library", "problems", "warnings"]

LIBRARY_ROOT = Path(__file__).parent / "library"
GROUPS = ("breath", "position", "release", "attention", "touch", "dilator", "together", "keeping", "recovery")
"""What an exercise mainly works with, in the order in which the library is shown."""

ENGLISH = "en"
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LANGUAGE_FILE = re.compile(r"(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]+)*)\.toml")
_WORD_KEYS = frozenset(("title", "summary", "why", "caution"))
_STEP_WORD_KEYS = frozenset(checks.STEP_WORDS)


class LibraryBroken(Exception):
    """The library cannot be used. The message has one line for each problem, `file:line: reason`."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in found))
        self.problems = found


class Library(Struct, frozen=True):
    """Every exercise in one language, in the order in which they are shown.

    `version` changes with any byte of any file, in whatever language. An exercise that has not been
    translated stands here in English, and its own `language` says so.
    """

    language: str
    version: str
    presets: tuple[Preset, ...]
    exercises: dict[str, Exercise]

    def get(self, slug: str) -> Exercise | None:
        return self.exercises.get(slug)

    def preset(self, preset_id: str) -> Preset | None:
        return next((preset for preset in self.presets if preset.id == preset_id), None)

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.exercises.values())

    def __len__(self) -> int:
        return len(self.exercises)


def load_library(root: Path, language: str = ENGLISH) -> Library:
    """The library at `root`. Raises LibraryBroken, naming all problems, if there is a single one."""
    found = _Survey(root)
    if found.notes:
        raise LibraryBroken(sorted(set(found.notes)))
    exercises = [_spoken_in(language, told) for told in found.exercises.values()]
    return Library(
        language=language,
        version=found.version,
        presets=found.presets.get(language) or found.presets[ENGLISH],
        exercises={exercise.slug: exercise for exercise in sorted(exercises, key=_place)},
    )


def _spoken_in(language: str, told: dict[str, Exercise]) -> Exercise:
    english, found = told[ENGLISH], told.get(language)
    if found is None or found.version != english.version:
        return english
    return english if found.internal and found.review.status is not ReviewStatus.APPROVED else found


def problems(root: Path) -> list[Problem]:
    """Everything that keeps the library at `root` from loading, in all files and languages."""
    return sorted(set(_Survey(root).notes))


def warnings(library: Library) -> dict[str, list[checks.Finding]]:
    """By slug, what a reader may want to look at again. Exercises without a warning are left out."""
    found = {exercise.slug: [one for one in checks.check(exercise) if one.level == "warn"] for exercise in library}
    return {slug: findings for slug, findings in found.items() if findings}


def _place(exercise: Exercise) -> tuple[int, bool, int, str]:
    """By group; within one, what everybody may do comes first, and the shorter before the longer."""
    group = GROUPS.index(exercise.group)
    return group, exercise.needs_enabling, exercise.seconds, exercise.slug


class _Survey:
    """One walk over all files below a root: what could be read, and notes about what could not."""

    def __init__(self, root: Path) -> None:
        self.notes: list[Problem] = []
        self.presets: dict[str, tuple[Preset, ...]] = {}
        self.exercises: dict[str, dict[str, Exercise]] = {}
        self.patterns: dict[str, Pattern | None] = {}  # None: it is known, and known to be broken
        self.version = ""
        if not root.is_dir():
            self.notes.append(Problem(root, 1, "There is no library here."))
            return
        self._read_presets(root)
        for path in _visible(root):
            if path.is_dir():
                self._read_folder(path)
            elif path.name != "presets.toml" and path not in dict(_languages(root, "presets.")).values():
                self.notes.append(Problem(path, 1, "Only presets and folders of exercises belong here."))
        if not self.exercises and not self.notes:
            self.notes.append(Problem(root, 1, "There is no exercise here."))
        if not self.notes:
            self.version = _fingerprint(root)

    def _open(self, path: Path) -> tuple[TomlFile, Table] | None:
        file = read(path)
        if isinstance(file, Problem):
            self.notes.append(file)
            return None
        return file, Table(file, file.data, notes=self.notes)

    def _read_presets(self, root: Path) -> None:
        opened = self._open(root / "presets.toml")
        if opened is None:
            return
        _, top = opened
        entries: dict[str, tuple[Pattern, bool, tuple[str, ...]]] = {}
        for table in top.tables("preset"):
            preset_id = self._id(table)
            pattern = _pattern_numbers(table)
            wrong = check_pattern(pattern)
            if wrong is not None:
                table.note(None, wrong)
            self.patterns[preset_id] = None if wrong else pattern
            offered = table.flag("offered")
            sources = tuple(table.texts("sources"))
            if not sources:
                table.note("sources", "A preset names at least one source.")
            table.done()
            if preset_id in entries:
                table.note("id", f'There are two presets "{preset_id}".')
            entries[preset_id] = (pattern, offered, sources)
        top.done()
        for language, path in _languages(root, "presets."):
            if words := self._open(path):
                self.presets[language] = tuple(self._preset_words(words[1], entries))

    def _preset_words(self, top: Table, entries: dict[str, tuple[Pattern, bool, tuple[str, ...]]]) -> Iterator[Preset]:
        for preset_id, (pattern, offered, sources) in entries.items():
            table = top.table(preset_id, missing=f'The words for preset "{preset_id}" are missing.')
            if table is not None:
                name, use = table.text("name"), table.text("use")
                table.done()
                yield Preset(preset_id, name, pattern, use, offered, sources)
        top.done("preset")

    def _read_folder(self, folder: Path) -> None:
        if not _ID.fullmatch(folder.name):
            self.notes.append(Problem(folder, 1, "A slug is small letters, digits and single hyphens."))
        for path in _visible(folder):
            if path.name != "script.toml" and not _LANGUAGE_FILE.fullmatch(path.name):
                self.notes.append(Problem(path, 1, "Only script.toml and a file for each language belong here."))
        script = self._open(folder / "script.toml")
        told: dict[str, Exercise] = {}
        for language, path in _languages(folder):
            words = self._open(path)
            if script is not None and words is not None:
                exercise = self._read_exercise(script[0], words[0], slug=folder.name, language=language)
                if exercise is not None:
                    told[language] = exercise
        self.exercises[folder.name] = told

    def _read_exercise(self, script: TomlFile, words: TomlFile, *, slug: str, language: str) -> Exercise | None:
        """None if anything was wrong with either file: then its values are not worth checking."""
        before = len(self.notes)
        top = Table(script, script.data, notes=self.notes)
        said = Table(words, words.data, notes=self.notes)
        english = language == ENGLISH
        version = top.whole("version")
        if version < 1 and top.has("version"):
            top.note("version", "Versions begin at 1.")
        if not english:
            version = said.whole("of_version")
        group = self._one_of(top, "group", GROUPS)
        flags = {name: top.flag(name) for name in ("needs_enabling", "recovery", "uses_ladder", "with_support")}
        sources = tuple(self._read_source(table) for table in top.tables("source"))
        # How far a translation was reviewed stands with its words.
        review = self._read_review(top.table("review"))
        if not english:
            review = self._read_review(said.table("review"))
        cautions = self._read_cautions(top, said)
        steps = self._read_steps(top, said)
        exercise = Exercise(
            slug=slug,
            version=version,
            language=language,
            title=said.text("title"),
            summary=said.text("summary"),
            why=said.text("why"),
            steps=steps,
            cautions=cautions,
            sources=sources,
            review=review,
            group=group,
            **flags,
        )
        top.done()
        said.done()
        if len(self.notes) > before:
            return None
        refused = [found for found in checks.check(exercise) if found.level == "refuse"]
        self.notes.extend(_as_problem(found, exercise, script=script, words=words) for found in refused)
        return None if refused else exercise

    def _read_steps(self, top: Table, said: Table) -> tuple[Step, ...]:
        all_words = said.table("step", missing="There are no words for the steps: [step.<id>].")
        steps: dict[str, Step] = {}
        for table in top.tables("step"):
            step_id = self._id(table)
            words = None
            if all_words is not None and step_id:
                words = all_words.table(step_id, missing=f'The words for step "{step_id}" are missing.')
            if step_id in steps:
                table.note("id", f'There are two steps "{step_id}".')
            steps[step_id] = self._read_step(table, words, step_id=step_id)
        if all_words is not None:
            all_words.done("step")
        return tuple(steps.values())

    def _read_step(self, table: Table, words: Table | None, *, step_id: str) -> Step:
        act = self._one_of(table, "act", tuple(Act))
        step = Step(
            id=step_id,
            act=Act(act),
            seconds=table.whole("seconds"),
            words=_read_words(words),
            internal=table.flag("internal"),
            way_out=table.maybe_text("way_out"),
            pattern=self._pattern(table),
            contractions=table.whole("contractions", default=0),
            contract_ms=table.whole("contract_ms", default=0),
            release_ms=table.whole("release_ms", default=0),
        )
        for key in ("contractions", "contract_ms", "release_ms"):
            if getattr(step, key) < 0:
                table.note(key, f'"{key}" is below zero.')
        table.done()
        return step

    def _pattern(self, table: Table) -> Pattern | None:
        """A preset by its id, or four numbers; nothing means: go on in the pace that is running."""
        match table.value("pattern"):
            case None:
                return None
            case str(preset_id):
                if preset_id not in self.patterns:
                    table.note("pattern", f'There is no preset "{preset_id}".')
                return self.patterns.get(preset_id)
            case dict():
                numbers = table.table("pattern")
                if numbers is None:
                    return None
                pattern = _pattern_numbers(numbers)
                numbers.done()
                return pattern
            case _:
                table.note("pattern", '"pattern" is the id of a preset, or a table of four times.')
                return None

    def _read_cautions(self, top: Table, said: Table) -> tuple[str, ...]:
        ids = top.texts("cautions")
        words = said.table("caution") if ids or said.has("caution") else None
        if words is None:
            return ()
        cautions = tuple(words.text(caution) for caution in ids)
        words.done("caution")
        return cautions

    def _read_source(self, table: Table) -> Source:
        source = Source(supports=table.text("supports"), cite=table.text("cite"))
        table.done()
        return source

    def _read_review(self, table: Table | None) -> Review:
        if table is None:
            return Review(ReviewStatus.DRAFT)
        status = self._one_of(table, "status", tuple(ReviewStatus))
        reviewer = table.maybe_text("reviewer")
        when = table.value("date")
        written = when.isoformat() if isinstance(when, date) else table.maybe_text("date")
        table.done()
        return Review(ReviewStatus(status), reviewer, written)

    def _id(self, table: Table) -> str:
        found = table.text("id")
        if found and not _ID.fullmatch(found):
            table.note("id", f'"{found}" is not an id: small letters, digits and single hyphens.')
        return found

    def _one_of(self, table: Table, key: str, choices: tuple[str, ...]) -> str:
        found = table.text(key)
        if found in choices:
            return found
        if found:
            table.note(key, f'"{found}" is not one of {", ".join(choices)}.')
        return choices[0]


def _read_words(table: Table | None) -> Words:
    if table is None:
        return Words(say="", eyes_open="")
    words = Words(
        say=table.text("say"),
        eyes_open=table.maybe_text("eyes_open") or "",
        seated=table.maybe_text("seated"),
        on_side=table.maybe_text("on_side"),
        cue_in=table.maybe_text("cue_in"),
        cue_out=table.maybe_text("cue_out"),
    )
    table.done()
    return words


def _pattern_numbers(table: Table) -> Pattern:
    return Pattern(
        in_ms=table.whole("in_ms"),
        hold_in_ms=table.whole("hold_in_ms", default=0),
        out_ms=table.whole("out_ms"),
        hold_out_ms=table.whole("hold_out_ms", default=0),
    )


def _as_problem(found: checks.Finding, exercise: Exercise, *, script: TomlFile, words: TomlFile) -> Problem:
    """The line to look at: words in the language's file, everything else in the script."""
    key = () if found.key is None else (found.key,)
    if found.step is None:
        return (words if found.key in _WORD_KEYS else script).problem(key, found.reason)
    if found.key in _STEP_WORD_KEYS:
        return words.problem(("step", found.step, *key), found.reason)
    return script.problem(("step", exercise.index_of(found.step), *key), found.reason)


def _languages(folder: Path, prefix: str = "") -> list[tuple[str, Path]]:
    """English first, whether it is there or not: it is the one language that has to be."""
    found = {ENGLISH: folder / f"{prefix}{ENGLISH}.toml"}
    for path in _visible(folder):
        match = _LANGUAGE_FILE.fullmatch(path.name.removeprefix(prefix))
        if match is not None and path.name.startswith(prefix):
            found[match["language"]] = path
    return list(found.items())


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.toml")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
