"""The one door to scikit-learn's private names."""

from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _Scorer as Scorer
from sklearn.utils._indexing import _get_column_indices as get_column_indices
from sklearn.utils._indexing import _safe_indexing as safe_indexing
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as openmp_effective_n_threads
from sklearn.utils._param_validation import HasMethods, Hidden, Interval, StrOptions
from sklearn.utils._user_interface import _print_elapsed_time as print_elapsed_time
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.parallel import _get_threadpool_controller as get_threadpool_controller

__all__ = [
    "HasMethods",
    "Hidden",
    "Interval",
    "Scorer",
    "StrOptions",
    "fit_context",
    "get_column_indices",
    "get_threadpool_controller",
    "openmp_effective_n_threads",
    "print_elapsed_time",
    "safe_indexing",
    "safe_split",
]
