"""What speaks to S3: its options, its client, and its errors in words that say what to do."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, OutputError, SourceLoadError, shorten
from dataflows.processors.loaders.masking import masked_source, masked_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.exceptions import ClientError

__all__ = ["S3Options", "code_of", "explained", "parts_of", "s3_client", "s3_options"]

_NAMES = ("anonymous", "profile", "retries", "s3_endpoint_url", "timeout_seconds", "version")
_READ_SECONDS = 60.0
_MOST_CONNECT_SECONDS = 10.0
_RETRIES = 3
_KEYS_FIX = (
    "check the access key and the secret key: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the "
    "profile."
)
_ANONYMOUS_FIX = "log in (aws configure, AWS_PROFILE), or pass anonymous=True for a public bucket."
_LOGIN_FIX = "log in: aws configure, or AWS_PROFILE."
_REGION_FIX = "say the region of the bucket: AWS_REGION=eu-central-1."
_REASONS: dict[str, tuple[str, str]] = {
    "403": ("may not be read by this user", "let this user read it (s3:GetObject)."),
    "404": ("is not there", "check the bucket and the key; capital letters count."),
    "AccessDenied": ("may not be read by this user", "let this user read it (s3:GetObject)."),
    "AuthorizationHeaderMalformed": ("lies in another region", _REGION_FIX),
    "ExpiredToken": ("cannot be read: the login has expired", "log in again."),
    "InvalidAccessKeyId": ("cannot be read: the access key is not known", _KEYS_FIX),
    "InvalidBucketName": ("has no valid name of a bucket", "write it as s3://bucket/key."),
    "InvalidObjectState": ("is archived", "restore it first, then load it again."),
    "MethodNotAllowed": ("is deleted in this version", "give a version from before that."),
    "NoSuchBucket": ("lies in a bucket that is not there", "check the name of the bucket."),
    "NoSuchKey": ("is not there", "check the key; capital letters count."),
    "NoSuchVersion": ("has no such version", "check the version with list-object-versions."),
    "PermanentRedirect": ("lies in another region", _REGION_FIX),
    "PreconditionFailed": (
        "changed while it was read",
        "run again when nothing writes to it, or pass its version=.",
    ),
    "SignatureDoesNotMatch": ("cannot be read: the secret key is not the right one", _KEYS_FIX),
}
_NOT_ALLOWED = (
    "may not be written by this user",
    "let this user list the bucket, and get, put and delete objects and abort uploads there.",
)
_WRITING_REASONS: dict[str, tuple[str, str]] = {
    "403": _NOT_ALLOWED,
    "404": _REASONS["NoSuchBucket"],
    "AccessDenied": _NOT_ALLOWED,
    "NoSuchUpload": (
        "has lost an upload that was not complete: somebody has aborted it",
        "run again; let rules of the bucket abort uploads after a day or more only.",
    ),
    "NotImplemented": (
        "lies on a server without conditional writes (If-None-Match), or another part of S3",
        "dump to a server that has them, or into a folder.",
    ),
}


@dataclass(frozen=True, slots=True)
class S3Options:
    """How S3 is asked.

    Args:
        anonymous: Whether to ask without a login, as one may of public buckets.
        profile: The profile of the login; None for what the environment says.
        endpoint: The address of a server that speaks as S3 does; None for what AWS says.
        retries: How often to try again.
        timeout_seconds: How long nothing may arrive.
        version: The version of the object; None for the newest.
    """

    anonymous: bool = False
    profile: str | None = None
    endpoint: str | None = None
    retries: int = _RETRIES
    timeout_seconds: float = _READ_SECONDS
    version: str | None = None


def s3_options(given: Mapping[str, Any]) -> tuple[S3Options, dict[str, Any]]:
    """Return the options for S3, and those that are left for the format.

    Raises:
        ArgumentError: One of them is of the wrong kind.

    Examples:
        >>> options, left = s3_options({"version": "3HL4kqtJvjVBH40Nrjfkd", "headers": 1})
        >>> options.version, options.retries, left
        ('3HL4kqtJvjVBH40Nrjfkd', 3, {'headers': 1})
    """
    retries: Any = given.get("retries", _RETRIES)
    seconds: Any = given.get("timeout_seconds", _READ_SECONDS)
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        what = f"retries must be a whole number, got {shorten(retries)}"
        raise ArgumentError(what, fix="write retries=0 to try once only.")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds <= 0:
        what = f"timeout_seconds must be a number of seconds, got {shorten(seconds)}"
        raise ArgumentError(what, fix="write for instance timeout_seconds=30.")
    options = S3Options(
        anonymous=bool(given.get("anonymous", False)),
        profile=_text("profile", given.get("profile")),
        endpoint=_text("s3_endpoint_url", given.get("s3_endpoint_url")),
        retries=retries,
        timeout_seconds=seconds,
        version=_text("version", given.get("version")),
    )
    return options, {name: value for name, value in given.items() if name not in _NAMES}


def _text(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    what = f"{name} must be a text, got {shorten(value)}"
    raise ArgumentError(what, fix=f"leave {name} out, or write {name}='…'.")


def parts_of(address: str) -> tuple[str, str]:
    """Return the bucket and the key of an address; a key may hold ``?`` and ``#``.

    Raises:
        SourceLoadError: It names no bucket, or holds a login.

    Examples:
        >>> parts_of("s3://bucket/folder/what?.csv")
        ('bucket', 'folder/what?.csv')
    """
    bucket, _, key = address.partition("://")[2].partition("/")
    if "@" in bucket or ":" in bucket:
        what = f"{masked_source(address)!r} holds more than a bucket and a key"
        fix = "write s3://bucket/key; the login comes from the environment or profile=."
        raise SourceLoadError(what, fix=fix)
    if not bucket:
        what = f"{masked_source(address)!r} names no bucket"
        raise SourceLoadError(what, fix="write it as s3://bucket/key.")
    return bucket, key


def s3_client(options: S3Options) -> Any:
    """Return a client of S3, which is to be closed.

    Its login is found as every program of AWS finds it: the environment, the profile, the machine.

    Raises:
        SourceLoadError: boto3 is not installed, or the settings of AWS are broken.

    Examples:
        >>> client = s3_client(S3Options(anonymous=True))
        >>> client.meta.service_model.service_name
        's3'
        >>> client.close()
    """
    try:
        import boto3  # noqa: F401 - that it is there
        from botocore import UNSIGNED
        from botocore.config import Config
    except ImportError as error:
        what = f"what reads from S3 is not installed: {error.name}"
        raise SourceLoadError(what, fix="install it: pip install 'dataflows[s3]'.") from None
    config = Config(
        connect_timeout=min(options.timeout_seconds, _MOST_CONNECT_SECONDS),
        read_timeout=options.timeout_seconds,
        retries={"total_max_attempts": options.retries + 1, "mode": "standard"},
        # What is sent has its MD5 with it: other servers do not know the newer checksums.
        request_checksum_calculation="when_required",
        **({"signature_version": UNSIGNED} if options.anonymous else {}),
    )
    settings = tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith("AWS_")))
    with explained("S3", options):
        session = _session(options.profile, settings)
        return session.client("s3", endpoint_url=options.endpoint, config=config)


@lru_cache(maxsize=4)
def _session(profile: str | None, _settings: tuple[tuple[str, str], ...]) -> Any:
    """Return the session of a profile and an environment: to make one takes longer than to ask."""
    from boto3.session import Session

    return Session(profile_name=profile)


@contextmanager
def explained(shown: str, options: S3Options, *, writing: bool = False) -> Iterator[None]:
    """Turn the errors of boto3 into ours.

    What servers and libraries say may hold keys and addresses with passwords: of servers only the
    code is shown, of libraries the text without them.

    Args:
        shown: What the errors call the object or the place.
        options: How S3 is asked.
        writing: Whether it is an output, whose errors are each an `OutputError`.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError

    made, verb = (OutputError, "written") if writing else (SourceLoadError, "read")
    try:
        yield
    except ClientError as error:
        error.__traceback__ = None  # it holds on to the connection
        code = code_of(error)
        fallback = (f"cannot be read: S3 answers {code}", "look the code up, and try again.")
        reason, fix = _REASONS.get(code, fallback)
        if options.version and code in ("InvalidArgument", "404", "400"):
            reason, fix = _REASONS["NoSuchVersion"]
        if writing:
            reason, fix = _WRITING_REASONS.get(code, (reason, fix))
        reason = reason.replace("cannot be read", f"cannot be {verb}")
        raise made(f"{shown} {reason}", fix=fix) from None
    except NoCredentialsError:
        what = f"{shown} cannot be {verb}: there is no login for S3"
        raise made(what, fix=_LOGIN_FIX if writing else _ANONYMOUS_FIX) from None
    except (BotoCoreError, ValueError) as error:
        text = str(error)
        for address in (options.endpoint, *_endpoints()):
            text = text.replace(str(address), str(masked_source(address)))
            text = masked_text(text, address)
        fix = "check the settings of AWS: the environment and ~/.aws/config."
        if isinstance(error, HTTPClientError):
            fix = "check AWS_ENDPOINT_URL, and that the server can be reached from this machine."
        raise made(f"{shown} cannot be {verb}: {text}", fix=fix) from None


def code_of(error: ClientError) -> str:
    """Return the code of what S3 answers, such as ``NoSuchKey``; without one, the status."""
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return "PreconditionFailed" if status == 412 and code not in _REASONS else code


def _endpoints() -> list[str]:
    names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy")
    return [os.environ[name] for name in names if os.environ.get(name)]
