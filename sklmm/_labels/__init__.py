"""What a label of a sample is: the one place that knows."""

from .codes import is_made_of_a_missing_value, looks_like_unknown
from .index import LabelIndex, UnknownLabelError
from .labels import (
    as_labels,
    as_labels_or_none,
    as_plain_text,
    enumerate_labels,
    is_missing,
    refuse_other_types,
)
from .near import NearLabels, hint_of_near_match, near_key

__all__ = [
    "LabelIndex",
    "NearLabels",
    "UnknownLabelError",
    "as_labels",
    "as_labels_or_none",
    "as_plain_text",
    "enumerate_labels",
    "hint_of_near_match",
    "is_made_of_a_missing_value",
    "is_missing",
    "looks_like_unknown",
    "near_key",
    "refuse_other_types",
]
