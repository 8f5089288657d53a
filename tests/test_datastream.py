"""Processors as classes, and flows that start from a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import DataStream, DataStreamProcessor, Flow, set_type
from dataflows.errors import FlowError, ProcessorError
from dataflows.package import Package, Resource, ResourceWrapper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROWS = [{"a": 1}, {"a": 2}]


def test_a_processor_that_overrides_nothing_changes_nothing() -> None:
    assert Flow(ROWS, [{"b": 1}], DataStreamProcessor()).results()[0] == [ROWS, [{"b": 1}]]


class Rows(DataStreamProcessor):
    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        row["a"] *= 10
        return row


class Resources(DataStreamProcessor):
    def process_resource(self, resource: ResourceWrapper) -> Iterator[dict[str, Any]]:
        for row in resource:
            yield {"a": row["a"] * 10}
        self.stats[resource.res.name] = "seen"


class Everything(DataStreamProcessor):
    def process_resources(self, resources: Iterable[ResourceWrapper]) -> Iterator[Any]:
        for resource in resources:
            yield [{"a": row["a"] * 10} for row in resource]


class Described(DataStreamProcessor):
    def process_datapackage(self, dp: Package) -> Package:
        dp.descriptor["title"] = "described"
        dp.descriptor["resources"][0]["schema"]["fields"][0]["title"] = "A"
        self.stats["described"] = True
        return dp

    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        assert self.datapackage is not None
        assert self.datapackage.descriptor["title"] == "described"
        row["a"] *= 10
        return row


class Replaced(DataStreamProcessor):
    def process_datapackage(self, dp: Package) -> Package:
        return Package({"title": "new", "resources": dp.descriptor["resources"]})

    def process_resources(self, resources: Iterable[ResourceWrapper]) -> Iterator[Any]:
        for resource in resources:
            yield map(self.process_row, resource)

    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "a": row["a"] * 10}


@pytest.mark.parametrize(
    ("processor", "title", "stats"),
    [
        (Rows, None, {}),
        (Resources, None, {"res_1": "seen"}),
        (Everything, None, {}),
        (Described, "described", {"described": True}),
        (Replaced, "new", {}),
    ],
)
def test_every_method_may_be_overridden(
    processor: type[DataStreamProcessor], title: str | None, stats: dict[str, Any]
) -> None:
    flow = Flow(ROWS, processor())
    for _ in range(2):
        rows, package, made = flow.results()
        assert rows == [[{"a": 10}, {"a": 20}]]
        assert package.descriptor.get("title") == title
        assert made == stats


class Iterated(DataStreamProcessor):
    def get_iterator(self, datastream: DataStream) -> Any:
        assert datastream.dp is not None
        assert datastream.dp.resource_names == ["res_1"]

        def iterator() -> Iterator[Any]:
            for resource in datastream.res_iter:
                yield ({"a": row["a"] * 10} for row in resource)

        return iterator


class OfItsOwn:
    """Has the methods without being a subclass."""

    def process_datapackage(self, dp: Package) -> Package:
        return dp

    def process_resources(self, resources: Iterable[ResourceWrapper]) -> Iterator[Any]:
        for resource in resources:
            yield ({"a": row["a"] * 10} for row in resource)


def test_the_iterator_of_resources_may_be_made_anew() -> None:
    for processor in (Iterated(), OfItsOwn()):
        assert Flow(ROWS, processor).results()[0] == [[{"a": 10}, {"a": 20}]]


def test_a_processor_may_raise_errors_as_its_own() -> None:
    class Careful(DataStreamProcessor):
        def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
            self.raise_exception(KeyError("careful"))

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, Careful()).process()
    assert str(caught.value) == "KeyError: 'careful'\n  at processor 2: Careful"
    assert isinstance(caught.value.__cause__, KeyError)


def test_later_stats_win() -> None:
    class Stats(DataStreamProcessor):
        def __init__(self, **stats: Any) -> None:
            super().__init__()
            self.stats = stats

    _, stats = Flow(ROWS, Stats(a=1, b=1), Stats(b=2)).process()
    assert stats == {"a": 1, "b": 2}


def test_an_error_is_that_of_the_class() -> None:
    class Broken(DataStreamProcessor):
        def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
            return {"a": 1 / (row["a"] - 2)}

    broken = Broken()
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, broken, Rows()).results()
    assert caught.value.processor_object is broken
    assert (caught.value.processor_name, caught.value.processor_position) == ("Broken", 2)
    assert str(caught.value) == (
        "ZeroDivisionError: division by zero\n"
        "  at processor 2 of 3: Broken()\n"
        "     resource 'res_1', row 2"
    )


def test_a_package_that_is_not_returned_is_told() -> None:
    class Forgot(DataStreamProcessor):
        def process_datapackage(self, dp: Package) -> Package:
            dp.descriptor["title"] = "forgot"
            return None  # type: ignore[return-value] # what is tested

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, Forgot()).process()
    assert isinstance(caught.value.cause, FlowError)
    assert str(caught.value) == (
        "process_datapackage returned nothing\n"
        "  at processor 2 of 2: Forgot()\n"
        "  fix: let it return the package: return dp."
    )


def test_a_class_that_does_not_call_the_constructor_it_overrides_works() -> None:
    class Plain(DataStreamProcessor):
        def __init__(self, factor: int) -> None:
            self.factor = factor

        def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
            self.stats["rows"] = self.stats.get("rows", 0) + 1
            return {"a": row["a"] * self.factor}

    rows, _, stats = Flow(ROWS, Plain(3)).results()
    assert (rows, stats) == ([[{"a": 3}, {"a": 6}]], {"rows": 2})


def test_processors_bound_to_each_other_run_as_a_flow() -> None:
    class Source(DataStreamProcessor):
        def process_datapackage(self, dp: Package) -> Package:
            dp.add_resource(
                {
                    "name": "mine",
                    "path": "mine.csv",
                    "schema": {"fields": [{"name": "a", "type": "integer"}]},
                }
            )
            return dp

        def process_resources(self, resources: Iterable[ResourceWrapper]) -> Iterator[Any]:
            yield from resources
            yield iter([{"a": 1}])

    bound = Rows()(Source(), position=2)
    assert (bound.position, type(bound.source)) == (2, Source)
    assert bound.results()[0] == [[{"a": 10}]]
    package, stats = bound.process()
    assert (package.resource_names, stats) == (["mine"], {})
    assert [list(resource) for resource in bound._process().res_iter] == [[{"a": 10}]]


def test_a_stream_has_its_package_before_any_row_moves() -> None:
    pulled = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(1000):
            pulled.append(number)
            yield {"a": number}

    stream = Flow(source()).datastream()
    assert isinstance(stream, DataStream)
    assert stream.dp is not None
    assert stream.dp.resource_names == ["res_1"]
    assert len(pulled) == 100
    assert sum(row["a"] for resource in stream.res_iter for row in resource) == 499_500


def test_a_stream_gives_wrappers_with_rows_as_dicts() -> None:
    stream = Flow(ROWS, [{"b": "x"}]).datastream()
    seen = []
    for resource in stream.res_iter:
        assert isinstance(resource, ResourceWrapper)
        seen.append((resource.res.name, list(resource)))
    assert seen == [("res_1", ROWS), ("res_2", [{"b": "x"}])]


def test_flows_continue_each_other() -> None:
    class Stats(DataStreamProcessor):
        def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
            self.stats["rows"] = self.stats.get("rows", 0) + 1
            return row

    first = Flow(ROWS, Stats()).datastream()
    second = Flow(set_type("a", type="number"), lambda row: {"a": row["a"] * 2}).datastream(first)
    assert [list(resource) for resource in second.res_iter] == [[{"a": 2}, {"a": 4}]]
    assert second.merge_stats() == {"rows": 2}
    assert second.dp is not None
    assert second.dp.resources[0].fields.field("a")["type"] == "number"


def test_a_stream_of_ones_own_may_be_continued() -> None:
    package = Package(
        {
            "resources": [
                {
                    "name": "mine",
                    "path": "mine.csv",
                    "schema": {"fields": [{"name": "a", "type": "integer"}]},
                }
            ]
        }
    )
    rows = ResourceWrapper(package.resources[0], iter([{"a": 1}]))
    stream = Flow(Rows()).datastream(DataStream(package, [rows], [{"k": 1}]))
    assert [list(resource) for resource in stream.res_iter] == [[{"a": 10}]]
    assert stream.merge_stats() == {"k": 1}


def test_an_empty_stream_has_nothing() -> None:
    stream = DataStream()
    assert (stream.dp, list(stream.res_iter), stream.stats, stream.merge_stats()) == (
        *(None, [], []),
        {},
    )
    assert stream._process() is stream


def test_an_error_in_a_continued_flow_is_that_of_the_first() -> None:
    def fail(row: dict[str, Any]) -> None:
        raise ZeroDivisionError

    first = Flow(ROWS, fail).datastream()
    second = next(iter(Flow(lambda row: None).datastream(first).res_iter))
    with pytest.raises(ProcessorError) as caught:
        list(second)
    assert (caught.value.processor_name, caught.value.processor_position) == ("row_processor", 2)
    assert caught.value.where.row == 1


def test_resources_of_a_stream_that_nobody_reads_are_passed_by() -> None:
    names = [resource.res.name for resource in Flow(ROWS, ROWS).datastream().res_iter]
    assert names == ["res_1", "res_2"]


def test_wrappers_need_a_resource() -> None:
    assert ResourceWrapper(Resource({"name": "a"}), iter(())).res.name == "a"
