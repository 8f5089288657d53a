"""Bars as SVG: how values lie between the least and the greatest, and how frequent some are."""

from __future__ import annotations

__all__ = ["histogram_svg", "share_svg"]

_BARS = "▁▂▃▄▅▆▇█"
_STEP, _GAP, _HEIGHT = 10, 1, 36


def histogram_svg(bars: str, label: str) -> str:
    """Return the bars of a profile as a picture.

    Args:
        bars: A character of eight heights for each bar.
        label: What it shows, for those who do not see it; without markup.

    Examples:
        >>> print(histogram_svg("█▁", "of price"))
        <svg class="df-bars" viewBox="0 0 20 36" preserveAspectRatio="none" role="img" \
aria-label="of price"><rect x="0" y="0" width="9" height="36"/></svg>
    """
    rects = []
    for number, bar in enumerate(bars):
        level = max(0, _BARS.find(bar))
        if level:
            height = round(level / (len(_BARS) - 1) * _HEIGHT)
            rects.append(
                f'<rect x="{number * _STEP}" y="{_HEIGHT - height}"'
                f' width="{_STEP - _GAP}" height="{height}"/>'
            )
    box = f'viewBox="0 0 {len(bars) * _STEP} {_HEIGHT}" preserveAspectRatio="none"'
    return f'<svg class="df-bars" {box} role="img" aria-label="{label}">{"".join(rects)}</svg>'


def share_svg(part: int, whole: int) -> str:
    """Return a bar as long as a part of a whole.

    Examples:
        >>> print(share_svg(1, 4))
        <svg class="df-share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">\
<rect width="25" height="4"/></svg>
    """
    width = 100 * part / whole if whole else 0
    return (
        '<svg class="df-share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.4g}" height="4"/></svg>'
    )
