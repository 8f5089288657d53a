"""Hypothesis strategies for the values of one field; only `rows_of` imports it, on first use."""

from __future__ import annotations

import base64
import datetime
import string
from decimal import MAX_PREC, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from dataflows.errors import ArgumentError
from dataflows.types import codec_for
from dataflows.types.geo import geopoint
from dataflows.types.periods import yearmonth

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.schema import Field

    Cells = st.SearchStrategy[Any]

__all__ = ["cells_of"]

_GREATEST = 10**12
_LETTERS = string.ascii_lowercase + string.digits
_LAST_YEAR = 9999
_SOME_DECIMALS = 3
_SOME_SIZE = 4
_MEMBERS_OF_FEATURE = 3
_FIRST_MOMENT = datetime.datetime.min  # noqa: DTZ901 - a datetime of a table has no zone
_LAST_MOMENT = datetime.datetime.max  # noqa: DTZ901 - the same


def cells_of(field: Field, *, missing: bool) -> Cells:
    """Return a strategy for the values that fit a field, its constraints too.

    Args:
        field: The field.
        missing: Whether None is among them, where the field is not required.

    Raises:
        ArgumentError: No value fits.

    Examples:
        >>> from hypothesis import find
        >>> from dataflows.schema import Field
        >>> field = Field({"name": "qty", "type": "integer", "constraints": {"minimum": 3}})
        >>> find(cells_of(field, missing=False), lambda qty: qty != 3)
        4
    """
    limits = {
        name: _cast(field, limit) if name in ("minimum", "maximum") else limit
        for name, limit in field.constraints.items()
    }

    def fits(value: Any) -> bool:
        # What stands for a missing value is none.
        return value not in field.missing_values and field.test_value(value)

    if "enum" in limits:
        choices = [_cast(field, one) for one in limits["enum"]]
        fitting = [one for one in choices if one is not None and fits(one)]
        if not fitting:
            what = f"no value of enum={limits['enum']!r} fits the field {field.name!r}"
            raise ArgumentError(what, fix="correct the constraints of the field.")
        values: Cells = st.sampled_from(fitting)
    else:
        values = _KINDS[field.type](field, limits).filter(fits)
        _check(values, field)
    return st.none() | values if missing and not field.required else values


def _check(values: Cells, field: Field) -> None:
    """Refuse limits that leave no value, at once and not when a test begins."""
    try:
        values.validate()
    except InvalidArgument as error:
        what = f"no value fits the constraints of the field {field.name!r}: {field.constraints!r}"
        raise ArgumentError(what, fix="correct the constraints of the field.") from error


def _cast(field: Field, value: Any) -> Any:
    """Return a limit as a value of the field, which it may be as text."""
    return codec_for(
        {name: one for name, one in field.descriptor.items() if name != "constraints"},
        field.missing_values,
    ).cast(value)


def _between(
    strategy: Callable[..., Cells], least: Any = None, most: Any = None
) -> Callable[[Field, dict[str, Any]], Cells]:
    """Return a maker of strategies that take ``min_value`` and ``max_value``."""

    def make(field: Field, limits: dict[str, Any]) -> Cells:  # noqa: ARG001 - as all makers
        bounds = {
            "min_value": limits.get("minimum", least),
            "max_value": limits.get("maximum", most),
        }
        return strategy(**{name: value for name, value in bounds.items() if value is not None})

    return make


def _any(_: Field, __: dict[str, Any]) -> Cells:
    return st.booleans() | st.integers(-_GREATEST, _GREATEST) | _decimals() | st.text()


def _strings(field: Field, limits: dict[str, Any]) -> Cells:
    least, most = limits.get("minLength", 0), limits.get("maxLength")
    if "pattern" in limits:
        return st.from_regex(limits["pattern"], fullmatch=True)
    if field.format == "uuid":
        return st.uuids().map(str)
    if field.format == "binary":
        encoded = st.binary(
            min_size=least // 4 * 3, max_size=None if most is None else most // 4 * 3
        )
        return encoded.map(lambda octets: base64.b64encode(octets).decode())
    if field.format in ("email", "uri"):
        start, end = ("", "@example.com") if field.format == "email" else ("https://a.example/", "")
        fixed = len(start) + len(end)
        names = st.text(
            _LETTERS,
            min_size=max(least - fixed, 1),
            max_size=20 + least if most is None else max(most - fixed, 1),
        )
        return names.map(lambda name: f"{start}{name}{end}")
    return st.text(min_size=least, max_size=most)


def _decimals(least: Any = None, most: Any = None) -> Cells:
    """Return exact numbers, of as many decimals as the limits have, and of some at least."""
    if least is None:
        least = -_GREATEST if most is None else min(-_GREATEST, most - _GREATEST)
    if most is None:
        most = max(_GREATEST, least + _GREATEST)
    exponents = [Decimal(limit).as_tuple().exponent for limit in (least, most)]
    places = max(_SOME_DECIMALS, *(-one for one in exponents if isinstance(one, int)))
    units = st.integers(_units(least, places), _units(most, places))
    return units.map(lambda count: Decimal(count).scaleb(-places))


def _units(number: Any, places: int) -> int:
    """Return a number as a count of its last decimals, which it has no more of."""
    with localcontext(prec=MAX_PREC):
        return int(Decimal(number).scaleb(places))


def _booleans(_: Field, __: dict[str, Any]) -> Cells:
    return st.booleans()


def _numbers(_: Field, limits: dict[str, Any]) -> Cells:
    return _decimals(limits.get("minimum"), limits.get("maximum"))


def _times(_: Field, limits: dict[str, Any]) -> Cells:
    least = limits.get("minimum", datetime.time.min)
    most = limits.get("maximum", datetime.time.max)
    return st.times(least, most).map(lambda time: time.replace(fold=0))


def _datetimes(_: Field, limits: dict[str, Any]) -> Cells:
    least = limits.get("minimum", _FIRST_MOMENT)
    most = limits.get("maximum", _LAST_MOMENT)
    zone = next((one.tzinfo for one in (least, most) if one.tzinfo is not None), None)
    zones = st.none() if zone is None else st.just(zone)
    moments = st.datetimes(
        least.replace(tzinfo=None), most.replace(tzinfo=None), timezones=zones, allow_imaginary=True
    )
    return moments.map(lambda moment: moment.replace(fold=0))


def _years(_: Field, limits: dict[str, Any]) -> Cells:
    return st.integers(limits.get("minimum", 0), limits.get("maximum", _LAST_YEAR))


def _yearmonths(_: Field, limits: dict[str, Any]) -> Cells:
    least = limits.get("minimum", (0, 1))
    most = limits.get("maximum", (_LAST_YEAR, 12))
    months = st.integers(least[0] * 12 + least[1] - 1, most[0] * 12 + most[1] - 1)
    return months.map(lambda month: yearmonth(month // 12, month % 12 + 1))


def _durations(_: Field, limits: dict[str, Any]) -> Cells:
    given = [limits[name] for name in ("minimum", "maximum") if name in limits]
    if not all(isinstance(limit, datetime.timedelta) for limit in given):
        return st.sampled_from(given)  # months and years have no fixed length
    return _between(st.timedeltas)(_, limits)


def _json() -> Cells:
    return (
        st.none()
        | st.booleans()
        | st.integers(-_GREATEST, _GREATEST)
        | st.text(max_size=_SOME_SIZE)
    )


def _arrays(_: Field, limits: dict[str, Any]) -> Cells:
    least, most = limits.get("minLength", 0), limits.get("maxLength")
    return st.lists(_json(), min_size=least, max_size=least + _SOME_SIZE if most is None else most)


def _objects(_: Field, limits: dict[str, Any]) -> Cells:
    least, most = limits.get("minLength", 0), limits.get("maxLength")
    values = _json() | st.lists(_json(), max_size=2)
    return st.dictionaries(
        st.text(max_size=_SOME_SIZE),
        values,
        min_size=least,
        max_size=least + _SOME_SIZE if most is None else most,
    )


def _places() -> st.SearchStrategy[tuple[Decimal, Decimal]]:
    return st.tuples(_decimals(-180, 180), _decimals(-90, 90))


def _geopoints(_: Field, __: dict[str, Any]) -> Cells:
    return _places().map(lambda place: geopoint(*place))


def _geojson(field: Field, limits: dict[str, Any]) -> Cells:
    if field.format == "topojson":
        return _objects(field, limits)
    positions = st.tuples(st.integers(-180, 180), st.integers(-90, 90)).map(list)
    shapes = st.one_of(
        positions.map(lambda one: _shape("Point", one)),
        st.lists(positions, min_size=2, max_size=4).map(lambda one: _shape("LineString", one)),
        st.lists(positions, min_size=3, max_size=5).map(
            lambda ring: _shape("Polygon", [[*ring, ring[0]]])
        ),
    )
    names = st.dictionaries(st.text(_LETTERS, max_size=3), _json(), max_size=2)
    features = st.tuples(st.none() | shapes, st.none() | names).map(
        lambda parts: {"type": "Feature", "geometry": parts[0], "properties": parts[1]}
    )
    least, most = limits.get("minLength", 0), limits.get("maxLength", _MEMBERS_OF_FEATURE)
    if least >= _MEMBERS_OF_FEATURE:
        return features
    return shapes if most < _MEMBERS_OF_FEATURE else shapes | features


def _shape(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


_KINDS: dict[str, Callable[[Field, dict[str, Any]], Cells]] = {
    "any": _any,
    "string": _strings,
    "integer": _between(st.integers),
    "number": _numbers,
    "boolean": _booleans,
    "date": _between(st.dates),
    "time": _times,
    "datetime": _datetimes,
    "year": _years,
    "yearmonth": _yearmonths,
    "duration": _durations,
    "array": _arrays,
    "object": _objects,
    "geopoint": _geopoints,
    "geojson": _geojson,
}
