"""The picture of a chain as SVG: cards from top to bottom, in the width of a phone.

It names no other file and holds no code, so that it can stand in a page or be sent to somebody.
Whatever comes from a flow is text in it: see `_text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from dataflows.showing.words import folded, printable
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.showing.chain_picture import ChainPicture, PicturedStep, ResourceChange

__all__ = ["chain_svg"]

_WIDTH = 360
_EDGE = 8
_PADDING = 12
_INDENT = 14
_DEEPEST = 4
_LINE = 17
_GAP = 30
_LETTER = 7.4
"""How wide a letter of 12 pixels may be in the widest font of one width."""
_MOST_FIELDS = 12
_MOST_LINES = 12
_CARDS = {"columns": "columns", "rows": "rows", "whole rows": "rows", "": "plain"}

# Names of classes begin with `df-`: in a notebook, a style is that of the whole page.
_STYLE = """
.df-chain{--df-page:#fff;--df-ink:#1c2430;--df-soft:#5b6675;--df-line:#9aa5b4;--df-plain:#f3f5f8;
--df-columns:#e6f4ea;--df-columns-edge:#2e7d4f;--df-rows:#fff3dc;--df-rows-edge:#a8690a;
--df-gone:#b3261e;--df-new:#1b6e3c;--df-changed:#8a5300;
font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){.df-chain{--df-page:#14181f;--df-ink:#e8ecf2;--df-soft:#a5b0bf;
--df-line:#66717f;--df-plain:#212833;--df-columns:#173325;--df-columns-edge:#5cc48a;
--df-rows:#3a2c10;--df-rows-edge:#e0a84a;--df-gone:#ff8a80;--df-new:#74d49a;--df-changed:#f0bd62}}
.df-page{fill:var(--df-page)}.df-chain text{fill:var(--df-ink);white-space:pre}
.df-chain .df-label{font-weight:600}.df-chain .df-soft{fill:var(--df-soft)}
.df-chain .df-new{fill:var(--df-new)}.df-chain .df-gone{fill:var(--df-gone)}
.df-chain .df-changed{fill:var(--df-changed)}
.df-card{stroke:var(--df-line);fill:var(--df-plain)}
.df-card.df-columns{fill:var(--df-columns);stroke:var(--df-columns-edge)}
.df-card.df-rows{fill:var(--df-rows);stroke:var(--df-rows-edge)}
.df-card.df-end{fill:none;stroke-dasharray:4 3}
.df-arrow{stroke:var(--df-line);stroke-width:1.5;fill:none}.df-tip{fill:var(--df-line)}
""".replace("\n", "")


@dataclass(slots=True)
class _Card:
    """A card: what stands in it, each line with its look."""

    look: str
    depth: int = 0
    lines: list[tuple[str, str]] = field(default_factory=list)
    below: str = ""

    def add(self, look: str, text: str, most: int = _MOST_LINES) -> None:
        """Put a text into the card, folded; what is too long ends in an ellipsis."""
        parts = folded(printable(text), int(self.room / _LETTER))
        if len(parts) > most:
            parts = [*parts[: most - 1], f"{parts[most - 1][:-1]}…"]
        self.lines += [(look, part) for part in parts]

    @property
    def left(self) -> int:
        return _EDGE + _INDENT * min(self.depth, _DEEPEST)

    @property
    def room(self) -> int:
        return _WIDTH - self.left - _EDGE - 2 * _PADDING

    @property
    def height(self) -> int:
        return _LINE * len(self.lines) + 2 * _PADDING - 4


def chain_svg(picture: ChainPicture) -> str:
    """Return the steps as cards with arrows between them, and the resources at the end.

    Args:
        picture: The picture.
    """
    cards = [_step_card(step) for step in picture.steps]
    cards += [_resource_card(name, fields) for name, fields in picture.resources]
    drawn: list[str] = []
    top = _EDGE
    for number, card in enumerate(cards, 1):
        drawn += _card(card, top)
        top += card.height
        if number == len(cards) or number > len(picture.steps):
            top += _EDGE
        else:
            drawn += _arrow(card, top)
            top += _GAP
    title = f"Chain of {counted(len(picture.steps), 'step')}"
    frame = f'viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}"'
    fit = 'preserveAspectRatio="xMidYMin meet" style="max-width:100%"'
    told = f'class="df-chain" role="img" aria-label="{title}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {told} {frame} {fit}>',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="df-page" width="{_WIDTH}" height="{top}" rx="6"/>',
            *drawn,
            "</svg>",
        ]
    )


def _step_card(step: PicturedStep) -> _Card:
    card = _Card(_CARDS[step.manner.on], step.depth)
    card.add("label", f"{step.number}. {step.label}", most=4)
    if step.manner.on:
        card.add("soft", str(step.manner))
    for change in step.changes:
        _add_change(card, change)
    if step.account is not None:
        lost = {"filtered": step.account.filtered, "rejected": step.account.rejected}
        told = [f"{count:,} {word}" for word, count in lost.items() if count]
        card.add("soft", ", ".join([*told, f"{step.account.seconds:.3f} s"]))
        card.below = counted(step.account.rows_out, "row")
    return card


def _add_change(card: _Card, change: ResourceChange) -> None:
    if change.kind != "changed":
        sign, look = ("+", "new") if change.kind == "added" else ("-", "gone")
        fields = f" ({counted(len(change.fields), 'field')})" if change.kind == "added" else ""
        card.add(look, f"{sign} resource {change.name}{fields}")
        return
    card.add("soft", f"{change.name}:")
    changed = [one for one in change.fields if one.is_change]
    for one in changed[:_MOST_FIELDS]:
        look = "gone" if one.after is None else "new" if one.before is None else "changed"
        card.add(look, f"  {one}", most=2)
    if len(changed) > _MOST_FIELDS:
        card.add("soft", f"  … {len(changed) - _MOST_FIELDS:,} more")


def _resource_card(name: str, fields: tuple[tuple[str, str], ...]) -> _Card:
    card = _Card("end")
    card.add("label", name, most=2)
    for field_name, kind in fields[:_MOST_FIELDS]:
        card.add("plain", f"{field_name}: {kind}", most=2)
    if len(fields) > _MOST_FIELDS:
        card.add("soft", f"… {len(fields) - _MOST_FIELDS:,} more")
    return card


def _card(card: _Card, top: int) -> Iterator[str]:
    width = _WIDTH - card.left - _EDGE
    yield (
        f'<rect class="df-card df-{card.look}" x="{card.left}" y="{top}" '
        f'width="{width}" height="{card.height}" rx="6"/>'
    )
    for number, (look, text) in enumerate(card.lines, 1):
        x, y = card.left + _PADDING, top + _PADDING - 5 + _LINE * number
        yield f'<text class="df-{look}" x="{x}" y="{y - 1}">{_text(text)}</text>'


def _arrow(card: _Card, top: int) -> Iterator[str]:
    middle = _WIDTH // 2
    tip = top + _GAP - 2
    yield f'<path class="df-arrow" d="M{middle} {top + 2}V{tip - 5}"/>'
    yield f'<path class="df-tip" d="M{middle - 4} {tip - 6}h8l-4 6z"/>'
    if card.below:
        yield f'<text class="df-soft" x="{middle + 10}" y="{top + 18}">{_text(card.below)}</text>'


def _text(text: str) -> str:
    """Return a text as what SVG shows and never runs."""
    return escape(printable(text))
