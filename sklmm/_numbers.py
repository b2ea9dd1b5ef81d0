"""What counts as a number: one rule for X, y, genotypes, weights and frames.

Numbers and booleans do, of Python, numpy, pandas, pyarrow and polars. Text does not, not even
"1.5"; nor do levels of a category, dates, durations and complex numbers. What passes is found by
what a type or a value is, so that a type that nobody has thought of is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Complex, Real
from typing import Any

import numpy as np

from ._compat import safe_indexing
from ._labels import is_missing

NUMBER, OBJECTS = "number", "objects"
MISSING = "missing"
TEXT, CATEGORY, TIME, COMPLEX, OTHER = "text", "category", "time", "complex", "other"
KINDS_OF_NUMPY = {
    **dict.fromkeys("biuf", NUMBER),
    **dict.fromkeys("UST", TEXT),
    **dict.fromkeys("Mm", TIME),
    "O": OBJECTS,
    "c": COMPLEX,
}
NUMBERS_OF_ARROW = re.compile(r"u?int\d+|halffloat|float|double|bool|null|decimal\d+\(.*\)")
NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
LARGEST_EXACT = 2**53
"""A float can hold all integers up to this one."""
LONGEST = 60
"""Messages show no more characters of a value."""


@dataclass(frozen=True)
class Advice:
    """What to do about text and levels, by whether all, some or none of them are numbers.

    {} stands for what converts them.
    """

    all: str
    some: str
    none: str


ADVICE_FOR_ALL = {
    TIME: "Convert dates and durations to numbers, such as days since a start.",
    COMPLEX: "Take real numbers, such as their absolute values.",
    OTHER: "Put a number in each place.",
}
FOR_COLUMNS = Advice(
    all="Convert it by {} if it holds measurements, or encode its levels, for example by "
    "OneHotEncoder in a ColumnTransformer.",
    some="Write nan where a value is missing and convert the others by {}, or encode levels, for "
    "example by OneHotEncoder in a ColumnTransformer.",
    none="Encode levels, for example by OneHotEncoder in a ColumnTransformer, and convert decimal "
    "commas to points.",
)
FOR_NAMES = Advice(
    all="Convert it by {} if it holds measurements. If it holds labels, leave it out, or name it "
    "by sample_id= beside a Kinship.",
    some="Write nan where a value is missing and convert the others by {}.",
    none="If it holds labels, leave it out, or name it by sample_id= beside a Kinship. If it "
    "holds numbers, write decimal commas as points and convert them.",
)
FOR_VALUES = Advice(
    all="Convert it by {}.",
    some="Replace what is missing, and convert the others by {}.",
    none="Replace it by a number.",
)
FOR_TRAITS = Advice(
    all="Convert it by {}.",
    some="Write nan where a value is missing (na_values= of join_tables), and convert the others "
    "by {}.",
    none="Convert it to numbers, such as two classes to 0 and 1, or decimal commas to points.",
)


@dataclass(frozen=True)
class Other:
    """The first value of a column that is no number, where numbers are due.

    Attributes
    ----------
    row, column : int
        The column is 0 if there is only one.
    kind : str
    dtype : Any
        Of its column or array.
    share : {"all", "some", "none"}
        How much of the column are numbers, be it as text.
    """

    value: Any
    row: int
    column: int
    kind: str
    dtype: Any
    share: str

    def describe(self, place: str, of_text: str = "") -> str:
        """What is where, and why it is no number; `of_text` is the reason if it is text."""
        reasons = {
            TEXT: "text" if self.share == "all" else of_text,
            CATEGORY: "categorical",
            TIME: "a date or a duration",
            COMPLEX: "a complex number",
            OTHER: "float() argument must be a string or a real number, not "
            f"{type(self.value).__name__!r}",
        }
        reason = reasons[self.kind]
        return f"{place} is {_show(self.value)}" + (f" ({reason})" if reason else "")

    def advise(self, advice: Advice, beside: str = "") -> str:
        """What to do; `beside` is said of the conversion."""
        if self.kind in ADVICE_FOR_ALL:
            return ADVICE_FOR_ALL[self.kind]
        is_category = self.kind == CATEGORY
        converted = "astype(float)"
        if type(self.dtype).__module__.startswith("polars"):
            converted = "cast(pl.String)." * is_category + "cast(pl.Float64)"
        return getattr(advice, self.share).format(converted + beside)


def is_numeral(text: str | bytes) -> bool:
    """Whether text is a number to everybody: decimal digits, a point and an exponent.

    To Python "1_1" is 11, and digits of other scripts, inf and nan are numbers, too.
    """
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return bool(NUMERAL.fullmatch(text))


def is_real(value: Any) -> bool:
    """Whether a parameter is a real number; a duration of numpy calls itself an integer."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_ | np.timedelta64)


def is_number(value: Any) -> bool:
    """Whether an object is a number or a boolean, also if it lies in an array without axes."""
    if hasattr(value, "dtype"):
        return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf"
    return isinstance(value, Real | Decimal)


def find_other(values: Any) -> Other | None:
    """The first value that is neither a number nor missing, column by column."""
    if hasattr(values, "columns") and hasattr(values, "dtypes"):
        for place, dtype in enumerate(values.dtypes):
            if _kind_of(dtype) != NUMBER:
                other = find_other(safe_indexing(values, place, axis=1))
                if other is not None:
                    return replace(other, column=place)
        return None
    dtype = getattr(values, "dtype", getattr(values, "type", None))
    kind = _kind_of(dtype)
    if kind is None:
        values = as_array(values)
        dtype, kind = values.dtype, _kind_of(values.dtype)
    if kind == NUMBER or (kind == OBJECTS and _types(values) <= {NUMBER, MISSING}):
        return None
    found = (
        _first(column, kind, dtype, place) for place, column in enumerate(_columns(values, kind))
    )
    return next((other for other in found if other is not None), None)


def refuse_columns(X: Any, names: Sequence, advice: Advice = FOR_COLUMNS) -> None:
    """Refuse a table X of which a column holds something else than numbers."""
    other = find_other(X)
    if other is None:
        return
    if advice is FOR_COLUMNS and other.kind == TEXT and _are_all_different(X, other.column):
        advice = FOR_NAMES
    column, place = f"Column {names[other.column]!r} of X", f"row {other.row}"
    if other.kind == TIME:
        held = type(other.value).__name__ if _kind_of(other.dtype) == OBJECTS else other.dtype
        raise TypeError(
            f"{column} holds dates or durations ({held}), which have no scale: "
            f"{place} is {_show(other.value)}. {other.advise(advice)}"
        )
    is_text = advice is FOR_COLUMNS and _kind_of(getattr(X, "dtype", None)) == TEXT
    beside = " in a data frame or an array of dtype object" if is_text else ""
    kind = TypeError if other.kind == OTHER else ValueError
    raise kind(
        f"{'Complex data not supported: ' * (other.kind == COMPLEX)}"
        f"{column} cannot be used as numbers: "
        f"{other.describe(place, of_text='could not convert string to float')}. "
        f"{other.advise(advice, beside)}"
    )


def _are_all_different(X, column):
    """So that they are labels rather than levels."""
    values = list(safe_indexing(X, column, axis=1))
    return len(values) > 1 and len(set(map(str, values))) == len(values)


def is_masked(values: Any) -> bool:
    """Whether values are masked, in an array or a list of arrays: numpy.asarray forgets it."""
    some = values if isinstance(values, list | tuple) else [values]
    return any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in some)


def is_lazy(values: Any) -> bool:
    """Whether it is a query of polars, which warns if it is asked for its columns."""
    return type(values).__name__ == "LazyFrame"


def refuse_masked(values: Any, name: str, remedy: str = "Put numbers in their places.") -> None:
    """Refuse values of which some are masked, or that are no table or array at all."""
    if is_lazy(values):
        raise TypeError(f"{name} is a LazyFrame, which holds no values yet. Use {name}.collect().")
    if isinstance(values, Mapping) and not hasattr(values, "shape"):
        is_row = not any(np.ndim(column) for column in values.values())
        raise TypeError(
            f"{name} is a {type(values).__name__} and no table. Use "
            f"pandas.{'Series' if is_row else 'DataFrame'}({name}), or one of its values."
        )
    if is_masked(values):
        raise ValueError(f"{name} has masked values. {remedy}")


def unmasked(values: Any, name: str) -> np.ndarray:
    """numpy.asarray(values), of which none is masked."""
    refuse_masked(values, name)
    return np.asarray(values)


def to_floats(values: Any, name: str, advice: Advice = FOR_VALUES) -> np.ndarray:
    """float64 of what has to be numbers, with nan where one is missing."""
    refuse_masked(values, name)
    try:
        array = as_array(values)
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise ValueError(f"{name} must be an array of numbers: {reason}.") from error
    other = find_other(array if isinstance(values, list | tuple) else values)
    if other is not None:
        raise ValueError(_not_numbers(other, values, np.ndim(array), name, advice))
    try:
        return as_floats(array)
    except (TypeError, ValueError, OverflowError) as error:
        reason = str(error).rstrip(".")
        raise ValueError(f"{name} must hold numbers: {reason}.") from error


def _not_numbers(other, values, ndim, name, advice):
    columns = getattr(values, "columns", None)
    place = f"row {other.row}"
    if columns is not None:
        place += f" of column {columns[other.column]!r}"
    elif ndim > 1:
        place += f" of column {other.column}"
    what = other.describe(place)
    if other.kind == COMPLEX:
        return f"Complex data not supported: {name} must hold real numbers, but {what}."
    has_dtype = isinstance(other.dtype, np.dtype) or other.kind == TIME
    if has_dtype and _kind_of(other.dtype) != OBJECTS:
        held = f"got an array of dtype {other.dtype}: {what}"
    else:
        held = f"but {what}"
    return f"{name} must hold numbers, {held}. {other.advise(advice)}"


def as_array(values: Any) -> np.ndarray:
    """np.asarray(values), with what a list holds as it is: [1.5, "2"] is not all text."""
    array = np.asarray(values)
    is_changed = array.dtype.kind not in "biufO" and isinstance(values, list | tuple)
    return np.asarray(values, dtype=object) if is_changed else array


def as_floats(array: np.ndarray) -> np.ndarray:
    """Numbers in which nothing else was found as float64, with nan where one is missing."""
    if array.dtype.kind == "O" and not _types(array) <= {NUMBER}:
        known = [np.nan if is_missing(value) else value for value in array.flat]
        array = np.array([*known, None], dtype=object)[:-1].reshape(array.shape)
    return array.astype(np.float64, copy=False)


def read_numerals(table: np.ndarray) -> np.ndarray:
    """Floats of an array that labels have made text, if all else in it reads as a number.

    numpy makes text of all columns beside one of text. What numpy would not have written, such as
    01 or 1E1, is left as it is, to be refused.
    """
    is_text = isinstance(table, np.ndarray) and _kind_of(table.dtype) == TEXT
    if not (is_text and all(map(_is_written_by_numpy, table.ravel().tolist()))):
        return table
    return table.astype(np.float64)


def _is_written_by_numpy(text):
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    is_whole = text.removeprefix("-").isdecimal()
    return text == "nan" or (is_numeral(text) and text == str((int if is_whole else float)(text)))


def as_plain_columns(X: Any) -> Any:
    """Numbers as scikit-learn takes them: without objects, and without sparse columns in frames.

    To scikit-learn a sparse column makes a sparse matrix, and pandas' NA is no number.
    """
    if isinstance(X, np.ndarray):
        return as_floats(X) if X.dtype.kind == "O" else X
    if not hasattr(X, "isetitem"):
        return X
    columns = {
        place: X.iloc[:, place]
        for place, dtype in enumerate(X.dtypes)
        if _kind_of(dtype) == OBJECTS or _is_sparse(dtype)
    }
    X = X.copy(deep=False) if columns else X
    for place, column in columns.items():
        is_sparse = _is_sparse(column.dtype)
        X.isetitem(place, column.sparse.to_dense() if is_sparse else as_floats(column.to_numpy()))
    return X


def _is_sparse(dtype):
    return type(dtype).__name__ == "SparseDtype"


def _kind_of(dtype):
    """What a type of data holds, or None if nothing is known of it."""
    if isinstance(dtype, np.dtype):
        return KINDS_OF_NUMPY.get(dtype.kind, OTHER)
    library = type(dtype).__module__.partition(".")[0]
    if library == "polars":
        return _kind_of_polars(dtype)
    if library == "pyarrow" or hasattr(dtype, "pyarrow_dtype"):
        return _kind_of_arrow(str(getattr(dtype, "pyarrow_dtype", dtype)))
    return _kind_of_pandas(dtype) if hasattr(dtype, "construct_array_type") else None


def _kind_of_polars(dtype):
    name = str(dtype).partition("(")[0]
    if dtype.is_numeric() or name in ("Boolean", "Null"):
        return NUMBER
    if dtype.is_temporal():
        return TIME
    kinds = {"Object": OBJECTS, "String": TEXT, "Binary": TEXT}
    return kinds.get(name, CATEGORY if name in ("Categorical", "Enum") else OTHER)


def _kind_of_arrow(name):
    if NUMBERS_OF_ARROW.fullmatch(name):
        return NUMBER
    kinds = {"date|time|duration|month": TIME, "dictionary": CATEGORY, ".*(string|binary)": TEXT}
    return next((kind for start, kind in kinds.items() if re.match(start, name)), OTHER)


def _kind_of_pandas(dtype):
    from pandas.api.types import is_numeric_dtype

    kind = KINDS_OF_NUMPY.get(dtype.kind, OTHER)
    if kind == NUMBER:
        return NUMBER if is_numeric_dtype(dtype) else OTHER
    if kind != OBJECTS or _is_sparse(dtype):
        return kind
    kinds = {"StringDtype": TEXT, "CategoricalDtype": CATEGORY, "PeriodDtype": TIME}
    return kinds.get(type(dtype).__name__, OTHER)


def _types(values):
    """Which kinds of types objects have: their types alone say that most are numbers."""
    flat = values.ravel(order="K") if isinstance(values, np.ndarray) else values
    return set(map(_kind_of_type, set(map(type, flat))))


def _kind_of_type(kind):
    if issubclass(kind, np.timedelta64):
        return OTHER
    if issubclass(kind, Real | Decimal | np.bool_ | None):
        return NUMBER
    return MISSING if kind.__name__ in ("NAType", "NaTType") else OTHER


def _columns(values, kind) -> Iterator[list]:
    """Lists of what the columns hold."""
    if getattr(values, "ndim", 1) == 1:
        yield values.tolist() if kind == TEXT and hasattr(values, "tolist") else list(values)
        return
    table = np.asarray(values)
    for column in table.reshape(max(len(table), 1) if table.ndim else 1, -1).T:
        yield column.tolist() if kind in (TEXT, OBJECTS) else list(column)


def _first(values, kind, dtype, place):
    present = [(row, value) for row, value in enumerate(values) if not is_missing(value)]
    if not present and kind in (TIME, COMPLEX, OTHER):
        present = list(enumerate(values))[:1]
    refused = [pair for pair in present if kind != OBJECTS or not is_number(pair[1])]
    if not refused:
        return None
    culprits = [pair for pair in refused if not _reads_as_number(pair[1])]
    has_numbers = len(culprits) < len(present)
    row, value = refused[0] if kind == CATEGORY or not culprits else culprits[0]
    return Other(
        value,
        row,
        place,
        _kind_of_value(value) if kind == OBJECTS else kind,
        dtype,
        ("some" if has_numbers else "none") if culprits else "all",
    )


def _reads_as_number(value):
    if not isinstance(value, str | bytes):
        return is_number(value)
    return is_numeral(value.strip()) or value.strip().lower() in ("nan", b"nan")


def _kind_of_value(value):
    if isinstance(value, str | bytes):
        return TEXT
    is_time = isinstance(value, date | time | timedelta | np.datetime64 | np.timedelta64)
    if is_time or type(value).__name__ == "Period":
        return TIME
    return COMPLEX if isinstance(value, Complex) else OTHER


def _show(value):
    is_scalar = isinstance(value, np.generic) and value.dtype.kind not in "Mm"
    text = repr(value.item() if is_scalar else value)
    return text[:LONGEST] + "…" * (len(text) > LONGEST)
