"""The types of Table Schema: the text, the Arrow values and the Python values of a field."""

from __future__ import annotations

from dataflows.types.cast import Cast, NotColumnar
from dataflows.types.codec import Codec
from dataflows.types.plain import plain_serializer
from dataflows.types.registry import codec_for

__all__ = ["Cast", "Codec", "NotColumnar", "codec_for", "plain_serializer"]
