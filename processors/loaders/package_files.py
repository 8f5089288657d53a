"""The files of a data package: in a folder, in a zip, or at an address; none that lie outside."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from dataflows.commit.recovery import recover
from dataflows.errors import SourceLoadError, nearest, shorten
from dataflows.package import Package
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.loaders.tables import must_be_file
from dataflows.processors.storage.compressed import Limits, PackedFile, limits_of, member_names
from dataflows.processors.storage.http_options import descriptor_options
from dataflows.processors.storage.known import opener_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PackageFiles", "open_files"]

DESCRIPTOR = "datapackage.json"
_MOST_BYTES = 1 << 28
_MOST_DECODINGS = 3
_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "path": ((str, list), "a text or a list of texts"),
    "schema": ((dict, str), "an object, or the path of one"),
    "dialect": ((dict, str), "an object, or the path of one"),
    "format": (str, "a text"),
    "encoding": (str, "a text"),
}


class PackageFiles:
    """Where the paths of a descriptor lead.

    Args:
        place: The folder or address that the paths start from, or the path of the zip.
        archive_folder: In a zip: the folder of the descriptor within; None where there is no zip.
        limits: How much may come out of the zip.
        options: The options of `load` with which the descriptor was opened, where it is not here.
    """

    def __init__(
        self,
        place: str,
        archive_folder: str | None = None,
        limits: Limits | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._place = place
        self._options = options or {}
        self._archive_folder = archive_folder
        self._limits = limits or Limits()

    def check(self, descriptor: dict[str, Any]) -> None:
        """Check that the files of a resource lie in the package, and that those here are there.

        Raises:
            SourceLoadError: A path leads out of the package, or there is no such file.
        """
        paths = descriptor.get("path", [])
        for path in paths if isinstance(paths, list) else [paths]:
            if "://" in path:
                if path.partition("://")[0].lower() not in ("http", "https"):
                    fix = "a descriptor may name relative paths and http(s) addresses only."
                    raise self._refused(path, descriptor, fix)
            elif "\0" in path or PureWindowsPath(path).anchor:
                raise self._refused(path, descriptor, "give a relative path, with '/' in it.")
            elif "://" in self._place and _climbs(path):
                raise self._refused(path, descriptor, "put the file beside the descriptor.")
            elif self._archive_folder is not None:
                self._check_member(path)
            elif "://" not in self._place:
                folder = os.path.realpath(self._place)
                target = os.path.realpath(Path(folder, path))
                if not Path(target).is_relative_to(folder):
                    raise self._refused(path, descriptor, "put the file into the package's folder.")
                self._must_be_there(path, descriptor)

    def _must_be_there(self, path: str, descriptor: dict[str, Any]) -> None:
        try:
            must_be_file(self._join(path))
        except SourceLoadError as error:
            is_near = str(error.fix).startswith("did you mean")
            if is_near or not isinstance(error.__cause__, FileNotFoundError):
                raise
            name = descriptor.get("name")
            fix = f"put the file of the resource {name!r} there, or write the package again."
            raise SourceLoadError(error.what, fix=fix) from error.__cause__

    @staticmethod
    def _refused(path: str, descriptor: dict[str, Any], fix: str) -> SourceLoadError:
        name = descriptor.get("name")
        what = f"the path {path!r} of the resource {name!r} leads out of the package"
        return SourceLoadError(what, fix=fix)

    def _check_member(self, path: str) -> None:
        names = member_names(self._place, self._limits, hidden=True)
        if f"{self._archive_folder}{path}" not in names:
            what = f"{self._place!r} holds no file {self._archive_folder}{path!r}"
            raise SourceLoadError(what, fix=nearest(path, names, "files"))

    def _join(self, path: str) -> str:
        return f"{self._place.rstrip('/')}/{path}" if self._place != "." else path

    def place_of(self, path: str) -> str | PackedFile:
        """Return the path or address of a file, or the file in the zip."""
        if self._archive_folder is None:
            return path if "://" in path else self._join(path)
        inner = f"{self._archive_folder}{path}"
        return PackedFile(self._place, "zip", path, inner, self._limits)

    def options_of(self, place: str | PackedFile) -> dict[str, Any]:
        """Return the options with which a file is opened that is not on this machine.

        What somebody on the web has written may lead to other places on the web only; and what
        tells who we are is for the server of the descriptor only.
        """
        if isinstance(place, PackedFile) or "://" not in place or "://" not in self._place:
            return {}
        if place.lower().startswith(("http://", "https://")):
            return descriptor_options(self._options, self._place, place)
        # What they tell of the descriptor is not so of the files beside it.
        its_own = ("format", "version")
        return {name: value for name, value in self._options.items() if name not in its_own}

    def complete(self, descriptor: dict[str, Any]) -> None:
        """Put in the place of a path to a schema or dialect what stands in that file.

        Raises:
            SourceLoadError: It is not there, leads out of the package, or is not JSON.
        """
        for number, resource in enumerate(descriptor.get("resources", []), 1):
            _check_kinds(number, resource)
            for name in ("schema", "dialect"):
                path = resource.get(name)
                if isinstance(path, str):
                    Package({"resources": [{"name": name, "path": path}]})
                    self.check({"name": resource.get("name"), "path": path})
                    place = self.place_of(path)
                    if isinstance(place, PackedFile):
                        data = place.read_whole(_MOST_BYTES)
                    elif "://" in place:
                        data = _fetched(place, self.options_of(place))
                    else:
                        data = Path(place).read_bytes()
                    resource[name] = parsed(data, path)


def _climbs(path: str) -> bool:
    """Tell whether a path leads upwards for a server, which decodes it, perhaps more than once."""
    for _ in range(_MOST_DECODINGS):
        path = unquote(path)
    return ".." in path.replace("\\", "/").split("/")


def _check_kinds(number: int, resource: Any) -> None:
    """Check that a descriptor of a resource is made of what is read of it.

    Raises:
        SourceLoadError: Something is of another kind.
    """
    if not isinstance(resource, dict):
        what = f"resource {number} of the package is not a JSON object but {shorten(resource)}"
        raise SourceLoadError(what, fix="give every resource as an object with a name and a path.")
    for name, (kinds, needed) in _KINDS.items():
        value = resource.get(name)
        must_be = name in resource if name == "path" else value is not None
        if must_be and (not isinstance(value, kinds) or (name == "path" and not value)):
            what = f"the {name} of resource {number} of the package is {needed}, got"
            raise SourceLoadError(f"{what} {shorten(value)}", fix="correct it in the descriptor.")
    paths = resource.get("path")
    for path in paths if isinstance(paths, list) else ():
        if not isinstance(path, str):
            what = f"the paths of resource {number} of the package are texts, got {shorten(path)}"
            raise SourceLoadError(what, fix="correct it in the descriptor.")
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if fields is not None and not (
        isinstance(fields, list)
        and all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in fields)
    ):
        what = (
            f"the fields of resource {number} of the package are not a list of objects with names"
        )
        raise SourceLoadError(what, fix='write for instance [{"name": "id", "type": "integer"}].')


def open_files(source: str, options: Mapping[str, Any]) -> tuple[PackageFiles, dict[str, Any]]:
    """Return the files of a data package and its descriptor.

    Args:
        source: The path or address of the descriptor, or the path of a zip.
        options: The options of `load`: for a zip, how much may come out of it.

    Raises:
        SourceLoadError: There is no such package, or it has no descriptor.
    """
    if "://" in source:
        data = _fetched(source, {name: one for name, one in options.items() if name != "format"})
        place = source.partition("?")[0].rpartition("/")[0]
        return _described(PackageFiles(place, options=options), data, source)
    must_be_file(source)
    if zipfile.is_zipfile(source):
        limits = limits_of(options)
        found = [one for one in member_names(source, limits) if one.endswith(DESCRIPTOR)]
        if len(found) != 1:
            what = f"{source!r} holds {len(found)} files named {DESCRIPTOR}"
            raise SourceLoadError(what, fix="give a zip with exactly one.")
        data = PackedFile(source, "zip", DESCRIPTOR, found[0], limits).read_whole(_MOST_BYTES)
        files = PackageFiles(source, found[0].removesuffix(DESCRIPTOR), limits)
    else:
        folder = str(Path(source).parent)
        recover(folder)
        files, data = PackageFiles(folder), Path(source).read_bytes()
    return _described(files, data, source)


def _described(
    files: PackageFiles, data: bytes, source: str
) -> tuple[PackageFiles, dict[str, Any]]:
    source = str(masked_source(source))
    descriptor = parsed(data, source)
    if not isinstance(descriptor.get("resources"), list):
        what = f"{source!r} is not a data package descriptor: it has no list of resources"
        raise SourceLoadError(what, fix='give the path of an object with a list "resources".')
    files.complete(descriptor)
    return files, descriptor


def _fetched(address: str, options: Mapping[str, Any]) -> bytes:
    """Return the bytes of a small file that is not on this machine.

    Raises:
        SourceLoadError: It is not there, or is not small.
    """
    shown = masked_source(address)
    opener = opener_of(address.partition("://")[0])
    if opener is None:
        what = f"{shown!r} is at no place that can be opened"
        raise SourceLoadError(what, fix="give a path, or an address that begins with https://.")
    opened = opener(address, options)
    pieces, size = [], 0
    try:
        while piece := opened.stream.read(1 << 18):
            pieces.append(piece)
            size += len(piece)
            if size > _MOST_BYTES:
                what = f"{shown!r} holds more than {_MOST_BYTES:,} bytes"
                raise SourceLoadError(what, fix="give the address of a datapackage.json.")
    finally:
        opened.close()
    return b"".join(pieces)


def parsed(data: bytes, source: str) -> dict[str, Any]:
    """Return the JSON object in a file of the package.

    Raises:
        SourceLoadError: It holds none.
    """
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        what = f"{source!r} is not valid JSON: {error}"
        raise SourceLoadError(what, fix="correct the file, or write it anew.") from error
    if not isinstance(found, dict):
        what = f"{source!r} holds no JSON object but a {type(found).__name__}"
        raise SourceLoadError(what, fix="correct the file, or write it anew.")
    return found
