from __future__ import annotations

import keyword
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.cli.init.addresses import refuse_secrets, slug_of, title_of
from dataflows.cli.report import CallError


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("sales.csv", "sales"),
        ("data/World Cities.CSV", "world_cities"),
        ("a/b.csv.gz", "b"),
        ("C:\\data\\sales.csv", "sales"),
        ("sales/datapackage.json", "sales"),
        ("datapackage.json", "datapackage_flow"),
        ("https://host.org/data/sales.csv?format=csv#top", "sales"),
        ("https://host.org/a%20b%2F..%2Fc.csv", "c"),
        ("https://host.org", "host"),
        ("https://host.org/sales/datapackage.json", "sales"),
        ("http://[::1", "data_1"),
        ("env://SALES", "sales"),
        ("2020.csv", "data_2020"),
        ("class.csv", "class_flow"),
        ("statistics.csv", "statistics_flow"),
        ("dataflows.csv", "dataflows_flow"),
        ("click.csv", "click_flow"),
        ("Été.csv", "ete"),
        ("日本.csv", "data"),
        ("../..", "data"),
        ("x'+__import__('os')+'.csv", "x_import_os"),
        ("'''.csv", "data"),
        ("data/sales-*.csv", "sales"),
        ("", "data"),
    ],
)
def test_a_slug_is_a_name_for_a_script(address: str, slug: str) -> None:
    assert slug_of(address) == slug


@given(st.text() | st.text("/.:?#@%'\"\\\n").map("https://{}".format))
def test_every_slug_is_a_free_python_name(address: str) -> None:
    slug = slug_of(address)
    assert slug.isidentifier()
    assert slug.isascii()
    assert slug == slug.lower()
    assert not keyword.iskeyword(slug)
    assert slug not in sys.stdlib_module_names


def test_a_title_is_for_people() -> None:
    assert title_of("world_cities") == "World cities"


@pytest.mark.parametrize(
    "address",
    [
        "https://user:S3CRET@host/x.csv",
        "https://S3CRET@host/x.csv",
        "postgresql://u:S3CRET@host/db",
        "https://host/x.csv?api_key=S3CRET",
        "https://host/x.csv?a=1&API-KEY=S3CRET",
        "https://host/x.csv?a=1;token=S3CRET",
        "https://host/x.csv?%61pi_key=S3CRET",
        "https://host/x.csv#access_token=S3CRET",
        "https://host/x.csv?sig=S3CRET",
        "https://host/x.csv?X-Amz-Signature=S3CRET",
        "https://host/x.csv?X-Amz-Credential=S3CRET",
        "https://host/x.csv?key=S3CRET",
        "mssql://host/db;password=S3CRET",
        "https://user:S3CRET@[::1/x.csv",
    ],
)
def test_an_address_with_a_secret_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(CallError) as caught:
        refuse_secrets(address)
    assert "S3CRET" not in str(caught.value)
    assert caught.value.fix == (
        "put the address into an environment variable, such as SOURCE, "
        "and call dataflows init env://SOURCE instead."
    )


def test_the_refusal_names_what_was_found() -> None:
    with pytest.raises(CallError) as caught:
        refuse_secrets("https://host/x.csv?api_key=1")
    assert caught.value.what == (
        "the https address has a secret (api_key) in it, which a script should not hold"
    )


@pytest.mark.parametrize(
    "address",
    [
        "sales.csv",
        "a@b/sales.csv",
        "https://host/x.csv",
        "https://host/x.csv?format=csv&year=2020",
        "https://host/@user/x.csv",
        "https://host/keys/monkey.csv?monkey=1&signal=2&author=3",
        "env://SECRET_TOKEN",
        "sqlite:///data.db",
    ],
)
def test_other_addresses_pass(address: str) -> None:
    refuse_secrets(address)
