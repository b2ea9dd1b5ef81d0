"""What a label of a sample is: the one place that knows."""

from .codes import looks_like_unknown, stands_for_missing
from .index import LabelIndex, UnknownLabelError, describe_difference
from .labels import (
    as_labels,
    as_labels_or_none,
    as_plain_text,
    enumerate_labels,
    individual,
    is_missing,
    refuse_other_types,
)
from .near import SEPARATOR, NearLabels, hint_of_near_match, near_key, same_way
from .written import refuse_same, written

__all__ = [
    "SEPARATOR",
    "LabelIndex",
    "NearLabels",
    "UnknownLabelError",
    "as_labels",
    "as_labels_or_none",
    "as_plain_text",
    "describe_difference",
    "enumerate_labels",
    "hint_of_near_match",
    "individual",
    "is_missing",
    "looks_like_unknown",
    "near_key",
    "refuse_other_types",
    "refuse_same",
    "same_way",
    "stands_for_missing",
    "written",
]
