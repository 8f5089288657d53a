"""The type geopoint: longitude and latitude."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import FlowError
from dataflows.types.codec import Codec

__all__ = ["GeopointCodec", "geopoint"]

_PAIR = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?, ?[+-]?[0-9]+(?:\.[0-9]+)?")
_FORMATS = ("default", "array", "object")
_FARTHEST_EAST = 180
_FARTHEST_NORTH = 90


class geopoint(NamedTuple):  # noqa: N801 - the name that the reference gives it
    """A place on Earth."""

    lon: Any
    lat: Any

    def __repr__(self) -> str:
        """Return the pair of floats."""
        return str([float(self.lon), float(self.lat)])


class GeopointCodec(Codec):
    """Pairs of longitude and latitude in degrees."""

    kind = "a geopoint"
    form = " (longitude, latitude)"

    def _prepare(self) -> None:
        if self.format not in _FORMATS:
            what = f"{self.format!r} is no format of a geopoint"
            raise FlowError(what, fix="use 'default', 'array' or 'object'.")

    def parse(self, value: Any) -> Any:
        """Return the pair, checked to be on Earth."""
        point = geopoint(*(self._read(value) if isinstance(value, str) else value))
        if point.lon > _FARTHEST_EAST or point.lon < -_FARTHEST_EAST:
            raise ValueError
        if point.lat > _FARTHEST_NORTH or point.lat < -_FARTHEST_NORTH:
            raise ValueError
        return point

    def _read(self, text: str) -> tuple[Decimal, Decimal]:
        if self.format == "default":
            lon, lat = map(str.strip, text.split(","))
        elif self.format == "array":
            lon, lat = json.loads(text)
        else:
            value = json.loads(text)
            if len(value) != 2:
                raise ValueError
            lon, lat = value["lon"], value["lat"]
        return Decimal(lon), Decimal(lat)

    def keeps(self, text: str) -> bool:
        """Return whether a text is two plain numbers in the default format."""
        if self.format != "default" or not _PAIR.fullmatch(text):
            return False
        try:
            self.parse(text)
        except ValueError:
            return False
        return True

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return both numbers as they were read, with a comma and a blank between."""
        spaced = pc.match_substring(text, ", ")
        if pc.all(spaced).as_py() is not False:
            return text
        return pc.if_else(spaced, text, pc.replace_substring(text, ",", ", "))
