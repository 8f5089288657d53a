"""Logs: one tree of standard loggers named ``dataflows``, which nobody hears unless they listen.

``logging.getLogger("dataflows").setLevel("INFO")`` and a handler of one's own show when a run
begins and ends, what it wrote, what was tried again and what went to disk; ``"DEBUG"`` shows the
package phase and the account of each step. No message holds a password, and each is one line.
"""

from __future__ import annotations

import logging
import re

from dataflows.showing.words import printable

__all__ = ["clean_message", "logger_of"]

_ROOT = "dataflows"
_MASK = r"\1***"
_PASSWORD = re.compile(r"([a-z][\w+.\-]*:/{0,2}[^\s/:@?]*:)\S+(?=@)", re.IGNORECASE)
_QUERY = re.compile(
    r"([a-z][\w+.\-]*://[^\s?#'\"]*[?#])(?!gid=|\*\*\*)[^\s'\")]*[^\s'\").,;:]",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(\b\w*(?:password|passwd|secret|token|credential|api_?key)\w*[\"']?\s*[=:]\s*[\"']?)"
    r"(?!\*\*\*)[^\s\"',;&)]+",
    re.IGNORECASE,
)
_LONGEST_MESSAGE = 2000


def clean_message(text: str) -> str:
    r"""Return a message as it may be logged: on one line, not too long, without secrets.

    Examples:
        >>> clean_message("no answer from postgresql://me:pa55@db/sales\n")
        'no answer from postgresql://me:***@db/sales\\n'
        >>> clean_message("read http://h/a.csv?key=1, api_key=pa55, load(password='pa55')")
        "read http://h/a.csv?***, api_key=***, load(password='***')"
    """
    masked = _QUERY.sub(_MASK, _PASSWORD.sub(_MASK, text))
    one_line = printable(_SECRET.sub(_MASK, masked))
    if len(one_line) <= _LONGEST_MESSAGE:
        return one_line
    half = _LONGEST_MESSAGE // 2
    return f"{one_line[:half]} … {one_line[-half:]}"


class _Cleaning(logging.Filter):
    """Cleans what is logged before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = clean_message(record.getMessage()), ()
        return True


_CLEANING = _Cleaning()
logging.getLogger(_ROOT).addHandler(logging.NullHandler())


def logger_of(module: str) -> logging.Logger:
    """Return the logger of a module of ours; all that it logs is cleaned.

    Python asks the filters of the logger that is called and no others, so each has this one.

    Args:
        module: Its ``__name__``.

    Examples:
        >>> logger_of("dataflows.processors.storage.http_request").name
        'dataflows.processors.storage.http_request'
    """
    logger = logging.getLogger(module)
    logger.addFilter(_CLEANING)  # a second time it does nothing
    return logger
