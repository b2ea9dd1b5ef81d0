"""What a label of a sample is: the one place that knows."""

from .index import LabelIndex, UnknownLabelError
from .labels import (
    as_labels,
    as_labels_or_none,
    as_plain_text,
    enumerate_labels,
    is_missing,
    refuse_other_types,
)
from .written import refuse_same, written

__all__ = [
    "LabelIndex",
    "UnknownLabelError",
    "as_labels",
    "as_labels_or_none",
    "as_plain_text",
    "enumerate_labels",
    "is_missing",
    "refuse_other_types",
    "refuse_same",
    "written",
]
