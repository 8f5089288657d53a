"""The blueprint `package-to-s3`: a data package, or any table, on S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.cli.init.plan import Plan
from dataflows.cli.init.script import Name, Script, Step, literal, write_script
from dataflows.cli.init.steps import load_steps
from dataflows.cli.report import CallError

if TYPE_CHECKING:
    from dataflows.cli.init.plan import Request

__all__ = ["plan"]


def plan(request: Request) -> Plan:
    """Return the script that puts data on S3.

    Args:
        request: What was asked for.

    Raises:
        CallError: The output is no address of S3.
    """
    target = request.output
    if target is not None and not target.startswith("s3://"):
        what = f"{target!r} is not an address of S3"
        raise CallError(what, fix="write for instance --output s3://bucket/prefix.")
    found = request.look()
    steps = [
        *load_steps(found, request.slug),
        Step(
            "dump_to_s3",
            (Name("target"),),
            {},
            (
                "objects appear after the last row; those that are as they would be stay",
                "the login is found as every program of AWS finds it: a profile, the environment",
            ),
        ),
    ]
    default = "" if target is None else f" = {literal(target)}"
    options = "--set target=s3://bucket/prefix"
    rest = Script(
        "Put {} on S3, whole or not at all.",
        parameters=f"target: str{default}",
        options="" if target else options,
        requires=("dataflows[s3]>=1.0",),
    )
    text = write_script(request.script.name, request.source, steps, rest)
    call = f"dataflows run {request.script} {options}"
    advice = "" if target else f"say where to write to, and run it: {call}"
    return Plan(request.script, text, (target,) if target else (), steps, found, advice)
