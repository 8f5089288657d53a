"""The types of Table Schema: the text, the Arrow values and the Python values of a field."""

from __future__ import annotations

from dataflows.arrow_alone import keep_pandas_out

# Before the modules below make their first Arrow arrays.
keep_pandas_out()

from dataflows.types.cast import Cast, NotColumnar  # noqa: E402 - see above
from dataflows.types.codec import Codec  # noqa: E402 - see above
from dataflows.types.plain import plain_serializer  # noqa: E402 - see above
from dataflows.types.registry import codec_for  # noqa: E402 - see above

__all__ = ["Cast", "Codec", "NotColumnar", "codec_for", "plain_serializer"]
