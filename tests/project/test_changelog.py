"""CHANGELOG.md keeps the form of https://keepachangelog.com/en/1.1.0/."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from source_tree import ROOT

KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
RELEASE = re.compile(r"## \[?(\d+)\.(\d+)\.(\d+)\]? - (\d{4}-\d{2}-\d{2})")


@dataclass
class Release:
    """One release: its heading, and what it lists by kind."""

    heading: str
    kinds: dict[str, list[str]] = field(default_factory=dict)


def read(text: str) -> list[Release]:
    """Return the releases in a changelog; a line that has no place in one is an error."""
    lines = text.splitlines()
    assert lines[0] == "# Changelog"
    releases: list[Release] = []
    kind: str | None = None
    for line in lines[1:]:
        if line.startswith("## "):
            releases.append(Release(line))
            kind = None
        elif line.startswith("### "):
            kind = line.removeprefix("### ")
            assert kind in KINDS, line
            assert kind not in releases[-1].kinds, f"{kind} stands twice in {releases[-1].heading}"
            releases[-1].kinds[kind] = []
        elif line.startswith("#### "):
            assert kind is not None, f"under no heading: {line}"
        elif line.startswith("- "):
            assert kind is not None, f"under no heading: {line}"
            releases[-1].kinds[kind].append(line)
        elif line.startswith("  "):
            assert kind is not None, f"under no heading: {line}"
            releases[-1].kinds[kind][-1] += line[1:]
        else:
            # Prose may introduce the page, or a release above its first heading.
            assert not line or kind is None, f"neither a heading nor an entry: {line}"
    return releases


@pytest.fixture(scope="module")
def releases() -> list[Release]:
    return read((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_unreleased_is_on_top(releases: list[Release]) -> None:
    assert releases[0].heading in {"## Unreleased", "## [Unreleased]"}


def test_releases_go_from_the_newest_to_the_oldest(releases: list[Release]) -> None:
    found = [RELEASE.fullmatch(release.heading) for release in releases[1:]]
    assert None not in found
    versions = [tuple(map(int, match.group(1, 2, 3))) for match in found if match]
    dates = [match.group(4) for match in found if match]
    assert versions == sorted(set(versions), reverse=True)
    assert dates == sorted(dates, reverse=True)


def test_every_entry_is_a_sentence(releases: list[Release]) -> None:
    entries = [
        entry for release in releases for listed in release.kinds.values() for entry in listed
    ]
    assert entries
    assert [entry for entry in entries if not re.fullmatch(r"- [^a-z\s].*[.)]", entry)] == []


def test_no_heading_stands_over_nothing(releases: list[Release]) -> None:
    empty = [
        f"{release.heading}: {kind}"
        for release in releases
        for kind, listed in release.kinds.items()
        if not listed
    ]
    assert empty == []
