"""One rule for X, y, genotypes and frames: what is a number, and what is not."""

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sklmm import Kinship, LMMRegressor, _numbers
from sklmm._numbers import find_other
from sklmm.inference import wald_test
from sklmm.metrics import predictive_ability
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import vanraden, weighted_sum

N = 12
COUNTS = np.array([0, 1, 2, 1, 0, 2, 1, 1, 0, 2, 2, 0])
IDS = [f"i{row}" for row in range(N)]
KINSHIP = Kinship(np.diag(np.linspace(0.5, 1.5, N)) + 0.2, IDS)
Y = np.random.default_rng(0).standard_normal(N)
COLUMN_OF_IDS = [[label] for label in IDS]
NAMES = np.array(["a", "b", "c"])[COUNTS]
DAYS = [datetime.date(2020, 1, 1 + count) for count in COUNTS]


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


NUMBERS = {
    "int8": COUNTS.astype(np.int8),
    "uint16": COUNTS.astype(np.uint16),
    "float16": COUNTS.astype(np.float16),
    "longdouble": COUNTS.astype(np.longdouble),
    "bool": COUNTS > 0,
    "list": COUNTS.tolist(),
    "list of bool": (COUNTS > 0).tolist(),
    "int objects": objects(COUNTS.tolist()),
    "bool objects": objects((COUNTS > 0).tolist()),
    "numpy objects": objects(list(COUNTS.astype(np.float32))),
    "arrays without axes": objects([np.array(count) for count in COUNTS]),
    "Decimal": objects([Decimal(int(count)) for count in COUNTS]),
    "Fraction": objects([Fraction(int(count), 2) for count in COUNTS]),
    "mixed objects": objects([True, 1.5, Decimal(2), Fraction(1, 2), *COUNTS[4:].tolist()]),
    "pandas": pd.Series(COUNTS),
    "pandas objects": pd.Series(COUNTS, dtype=object),
    "Int64": pd.Series(COUNTS, dtype="Int64"),
    "Float32": pd.Series(COUNTS, dtype="Float32"),
    "boolean": pd.Series(COUNTS > 0, dtype="boolean"),
    "Sparse[int]": pd.Series(COUNTS).astype(pd.SparseDtype(int, 0)),
    "Sparse[float]": pd.Series(COUNTS).astype("Sparse[float]"),
    "polars": pl.Series(COUNTS.tolist()),
    "polars float": pl.Series(COUNTS.tolist(), dtype=pl.Float32),
    "polars Decimal": pl.Series([Decimal(int(c)) for c in COUNTS], dtype=pl.Decimal(6, 2)),
    "polars Boolean": pl.Series((COUNTS > 0).tolist()),
}
OTHERS = {
    "text": objects(NAMES.tolist()),
    "text of numbers": objects([str(count) for count in COUNTS]),
    "text of decimals": objects([f"{count}.5" for count in COUNTS]),
    "text with a blank": objects([f" {count}" for count in COUNTS]),
    "text with an underscore": objects([f"{count}_1" for count in COUNTS]),
    "text of years": objects([f"2019_{count}" for count in COUNTS]),
    "text of digits elsewhere": objects([f"{count}٣" for count in COUNTS]),
    "text of infinities": objects(["inf"] * N),
    "bytes": objects([b"%d" % count for count in COUNTS]),
    "numpy text": COUNTS.astype(str),
    "numpy bytes": COUNTS.astype("S3"),
    "numpy text objects": objects(list(COUNTS.astype(str))),
    "list of text": COUNTS.astype(str).tolist(),
    "list of numbers and text": [*COUNTS[:-1].tolist(), "1"],
    "pandas string": pd.Series(COUNTS.astype(str), dtype="string"),
    "pandas text": pd.Series(NAMES),
    "category": pd.Series(NAMES, dtype="category"),
    "category of integers": pd.Series(COUNTS, dtype="category"),
    "category of text": pd.Series(COUNTS.astype(str), dtype="category"),
    "category with order": pd.Series(pd.Categorical(COUNTS, ordered=True)),
    "categories of ranges": pd.Series(pd.cut(COUNTS, 3)),
    "date": pd.Series(pd.to_datetime(DAYS)),
    "date with a zone": pd.Series(pd.to_datetime(DAYS)).dt.tz_localize("UTC"),
    "date objects": objects(DAYS),
    "Timestamp objects": objects([pd.Timestamp(day) for day in DAYS]),
    "numpy date": np.array(DAYS, dtype="M8[D]"),
    "numpy date objects": objects(list(np.array(DAYS, dtype="M8[D]"))),
    "no date": pd.Series([pd.NaT] * N, dtype="M8[ns]"),
    "time objects": objects([datetime.time(count) for count in COUNTS]),
    "duration": pd.Series(pd.to_timedelta(COUNTS, unit="D")),
    "duration objects": objects([datetime.timedelta(int(count)) for count in COUNTS]),
    "numpy duration": COUNTS.astype("m8[D]"),
    "numpy duration objects": objects(list(COUNTS.astype("m8[D]"))),
    "one duration among numbers": objects([*COUNTS[:-1].tolist(), np.timedelta64(1, "D")]),
    "period": pd.Series(pd.PeriodIndex(DAYS, freq="M")),
    "period objects": objects(list(pd.PeriodIndex(DAYS, freq="M"))),
    "interval": pd.Series(pd.IntervalIndex.from_breaks(range(N + 1))),
    "complex": COUNTS + 1j,
    "complex objects": objects((COUNTS + 1j).tolist()),
    "lists": objects([[float(count)] for count in COUNTS]),
    "dicts": objects([{"count": count} for count in COUNTS]),
    "arrays": objects([np.array([count, count]) for count in COUNTS]),
    "functions": objects([len] * N),
    "polars text": pl.Series(COUNTS.astype(str).tolist()),
    "polars Categorical": pl.Series(NAMES.tolist(), dtype=pl.Categorical),
    "polars Enum": pl.Series(COUNTS.astype(str).tolist(), dtype=pl.Enum(["0", "1", "2"])),
    "polars Date": pl.Series(DAYS),
    "polars Duration": pl.Series([datetime.timedelta(int(count)) for count in COUNTS]),
    "polars List": pl.Series([[float(count)] for count in COUNTS]),
    "polars Struct": pl.Series([{"count": float(count)} for count in COUNTS]),
}
if hasattr(np.dtypes, "StringDType"):
    OTHERS["numpy StringDType"] = COUNTS.astype(str).astype(np.dtypes.StringDType())
NO_TEXT = [
    name
    for name in OTHERS
    if any(word in name.lower() for word in ("date", "time", "duration", "period", "interval"))
    or name in ("lists", "dicts", "arrays", "functions", "polars List", "polars Struct")
]


def beside_ids(values):
    """A table with a column of ids and the values, in the likeness of the values."""
    if isinstance(values, pl.Series):
        return pl.DataFrame({"id": IDS}).with_columns(values.alias("z"))
    if isinstance(values, pd.Series):
        return pd.DataFrame({"id": IDS, "z": values})
    if isinstance(values, list):
        return [[label, value] for label, value in zip(IDS, values, strict=True)]
    table = np.empty((N, 2), dtype=object)
    table[:, 0], table[:, 1] = IDS, list(values)
    return table


def twice(values):
    """A table of two columns that are alike."""
    if isinstance(values, pl.Series):
        return pl.DataFrame([values.alias("s1"), values.alias("s2")])
    if isinstance(values, pd.Series):
        return pd.DataFrame({"s1": values, "s2": values})
    if isinstance(values, list):
        return [[value, value] for value in values]
    return np.column_stack([values, values])


def like(values, numbers):
    """Numbers in the container of the values."""
    if isinstance(values, pl.Series):
        return pl.Series(numbers.tolist())
    return pd.Series(numbers) if isinstance(values, pd.Series) else numbers


def model(X):
    return LMMRegressor(KINSHIP, sample_id="id" if hasattr(X, "columns") else 0, h=0.4)


def as_floats(values):
    return np.array([float(value) for value in values])


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_numbers(values):
    X, table = beside_ids(values), twice(values)
    expected = model([]).fit(beside_ids(as_floats(values)), Y)
    np.testing.assert_allclose(model(X).fit(X, Y).b_, expected.b_, rtol=1e-12)
    of_trait = model([]).fit(COLUMN_OF_IDS, as_floats(values))
    np.testing.assert_allclose(model([]).fit(COLUMN_OF_IDS, values).b_, of_trait.b_, rtol=1e-12)
    expected = vanraden(twice(as_floats(values)), IDS).matrix
    np.testing.assert_allclose(vanraden(table, IDS).matrix, expected, atol=1e-14)
    expected = GenotypeScaler().fit_transform(twice(as_floats(values)))
    np.testing.assert_allclose(GenotypeScaler().fit_transform(table), expected, atol=1e-14)
    assert MarkerFilter().fit(table).get_support().all()
    assert predictive_ability(values, as_floats(values)) == pytest.approx(1)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_number(name):
    values = OTHERS[name]
    X, kind = beside_ids(values), TypeError if name in NO_TEXT else ValueError
    column = r"Column 'z' of X" if hasattr(X, "columns") else r"Column 1 of X"
    with pytest.raises(kind, match=rf"{column} (cannot be used as numbers: row|holds dates)"):
        model(X).fit(X, Y)
    fitted = model(X).fit(beside_ids(like(values, COUNTS)), Y)
    with pytest.raises(kind, match=column):
        fitted.predict(X)
    for name in ("y", "y_true", "sample_weight"):
        message = rf"{name} must hold (real )?numbers, .*row \d+ (of column 0 )?is "
        with pytest.raises(ValueError, match=message):
            {
                "y": lambda: model([]).fit(COLUMN_OF_IDS, values),
                "y_true": lambda: predictive_ability(values, COUNTS),
                "sample_weight": lambda: predictive_ability(Y, COUNTS, sample_weight=values),
            }[name]()


@pytest.mark.parametrize("name", [name for name in OTHERS if name != "arrays"])
def test_genotypes_that_are_no_numbers(name):
    values = OTHERS[name]
    table, kind = twice(values), TypeError if name in NO_TEXT else ValueError
    with pytest.raises(ValueError, match=r"genotypes must be numbers, .*genotypes\[\d+, 0\] is "):
        vanraden(table, IDS)
    column = r"Column 's1' of X" if hasattr(table, "columns") else r"Column 0 of X"
    for transformer in (GenotypeScaler(), MarkerFilter()):
        with pytest.raises(kind, match=column):
            transformer.fit(table)
        transformer.fit(twice(like(values, COUNTS)))
        with pytest.raises(kind, match=column):
            transformer.transform(table)


def test_labels_of_pyarrow():
    pa = pytest.importorskip("pyarrow")
    types = {"int8": True, "float32": True, "bool": True, "string": False, "date32": False}
    for name, is_number in types.items():
        values = pa.array([0, 1, 1], "int32").cast(getattr(pa, name.replace("bool", "bool_"))())
        column = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([values])))
        assert (find_other(column) is None) == is_number
        assert (find_other(values) is None) == is_number
    dictionary = pa.array([0, 1, 1]).dictionary_encode()
    column = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([dictionary])))
    assert find_other(column).kind == find_other(dictionary).kind == "category"


def test_the_first_that_is_no_number_is_named():
    values = objects(["10.5", 3, None, "-", "9", "x", *range(6)])
    for y, place in ((values, "row 3"), (values[:, None], "row 3 of column 0")):
        with pytest.raises(ValueError, match=rf"y must hold numbers, but {place} is '-'\. Write"):
            model([]).fit(COLUMN_OF_IDS, y)
    frame = pd.DataFrame({"tail": range(N), "liver": values})
    with pytest.raises(ValueError, match="row 3 of column 'liver' is '-'"):
        model([]).fit(COLUMN_OF_IDS, frame)
    X = pd.DataFrame({"id": IDS, "liver": values})
    with pytest.raises(ValueError, match=r"Column 'liver' of X .* row 3 is '-'"):
        model(X).fit(X, Y)
    with pytest.raises(ValueError, match=r"genotypes\[3, 1\] is '-'"):
        vanraden(frame, IDS)


def test_numbers_as_text_are_no_missing_values():
    with pytest.raises(
        ValueError, match=r"row 0 is '0' \(text\)\. Convert it by astype\(float\)\.$"
    ):
        model([]).fit(COLUMN_OF_IDS, COUNTS.astype(str).astype(object))
    with pytest.raises(ValueError, match=r"row 0 is 'a'\. Convert it to numbers, such as"):
        model([]).fit(COLUMN_OF_IDS, NAMES)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, float("nan"), Decimal("nan")])
def test_missing_values_are_as_they_were(missing):
    values = objects([missing, *COUNTS[1:].tolist()])
    y = as_floats([np.nan, *COUNTS[1:]])
    lmm = model([]).set_params(missing_y="drop")
    expected = lmm.fit(COLUMN_OF_IDS, y).b_
    np.testing.assert_array_equal(lmm.fit(COLUMN_OF_IDS, values).b_, expected)
    table = np.column_stack([values, values])
    expected = vanraden(np.column_stack([y, y])[1:], IDS[1:]).matrix
    with pytest.raises(ValueError, match=r"individual 'i0' in row 0 of genotypes has no measured"):
        vanraden(table, IDS, missing="mean")
    np.testing.assert_array_equal(vanraden(table[1:], IDS[1:]).matrix, expected)


def test_a_kinship_of_text():
    frame = pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["a", "b"], columns=["a", "b"])
    text = frame.astype(str)
    with pytest.raises(
        ValueError, match=r"frame must hold numbers, but row 0 of column 'a' is '1"
    ):
        Kinship.from_dataframe(text)
    assert Kinship.from_dataframe(text.astype(float)).matrix[0, 1] == 0.5
    with pytest.raises(ValueError, match=r"row 0 of column 'b' is 1.0 \(categorical\)"):
        Kinship.from_dataframe(frame.assign(b=pd.Categorical([0.5, 1.0]))[::-1])
    assert len(Kinship.from_dataframe(frame.astype("Float64"))) == 2


@pytest.mark.parametrize(
    "values", [pd.Categorical([1, 0]), np.array([1, 0], "m8[s]"), ["1", "0"], [True, "b"]]
)
def test_parameters_are_numbers(values):
    lmm = model([]).fit(beside_ids(COUNTS), Y)
    with pytest.raises(ValueError, match="contrasts must be finite numbers"):
        wald_test(lmm, values)
    with pytest.raises(ValueError, match="weights must be one number for each"):
        weighted_sum([KINSHIP, KINSHIP], values)
    with pytest.raises(ValueError, match="h must be a number or an array of numbers"):
        LMMRegressor(KINSHIP, sample_id=0, h=values).fit(COLUMN_OF_IDS, np.column_stack([Y, Y]))
    with pytest.raises(ValueError, match="sample_weight must hold numbers"):
        lmm.score(beside_ids(COUNTS)[:2], Y[:2], sample_weight=values)


# What messages advise


def test_text_is_converted():
    """By astype(float), or cast in polars."""
    expected = model([]).fit(beside_ids(COUNTS / 2), Y).b_
    text = [f"{count / 2}" for count in COUNTS]
    frame, polars = pd.DataFrame({"id": IDS, "z": text}), pl.DataFrame({"id": IDS, "z": text})
    for X, how in (
        (frame, r"astype\(float\)"),
        (frame.astype({"z": "category"}), r"astype\(float\)"),
        (frame.assign(z=pd.Categorical(COUNTS / 2)), r"astype\(float\)"),
    ):
        with pytest.raises(ValueError, match=f"Convert it by {how} if it holds measurements"):
            model(X).fit(X, Y)
        converted = X.assign(z=X["z"].astype(float))
        np.testing.assert_allclose(model(X).fit(converted, Y).b_, expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"Convert it by cast\(pl.Float64\) if it holds"):
        model(polars).fit(polars, Y)
    converted = polars.with_columns(pl.col("z").cast(pl.Float64))
    np.testing.assert_allclose(model(polars).fit(converted, Y).b_, expected, rtol=1e-12)
    categories = polars.with_columns(pl.col("z").cast(pl.Categorical))
    with pytest.raises(ValueError, match=r"by cast\(pl.String\).cast\(pl.Float64\) if it holds"):
        model(polars).fit(categories, Y)
    converted = categories.with_columns(pl.col("z").cast(pl.String).cast(pl.Float64))
    np.testing.assert_allclose(model(polars).fit(converted, Y).b_, expected, rtol=1e-12)


@pytest.mark.parametrize("as_column", [pd.Series, pd.Categorical])
@pytest.mark.parametrize("levels", [["x", "y", "z"], ["1_1", "1_2", "2_1"], ["1", "2", "3"]])
def test_levels_are_encoded(as_column, levels):
    """By OneHotEncoder in a ColumnTransformer, which lets the ids through."""
    X = pd.DataFrame({"id": IDS, "z": as_column(np.array(levels)[COUNTS])})
    with pytest.raises(ValueError, match="OneHotEncoder in a ColumnTransformer"):
        model(X).fit(X, Y)
    encode = make_column_transformer(
        (OneHotEncoder(drop="first", sparse_output=False), ["z"]), remainder="passthrough"
    )
    pipeline = make_pipeline(encode, model([]).set_params(sample_id=-1)).fit(X, Y)
    dummies = pd.DataFrame({"id": IDS, "b": COUNTS == 1, "c": COUNTS == 2})
    expected = model(dummies).fit(dummies, Y)
    np.testing.assert_allclose(pipeline[-1].b_, expected.b_, rtol=1e-9)
    np.testing.assert_allclose(pipeline.predict(X), expected.predict(dummies), rtol=1e-9)


def test_levels_of_polars_are_encoded():
    X = pl.DataFrame({"id": IDS, "z": OTHERS["polars Enum"]})
    with pytest.raises(ValueError, match="OneHotEncoder in a ColumnTransformer"):
        model(X).fit(X, Y)
    encode = make_column_transformer(
        (OneHotEncoder(drop="first", sparse_output=False), ["z"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="polars")
    pipeline = make_pipeline(encode, model(X)).fit(X, Y)
    dummies = pd.DataFrame({"id": IDS, "b": COUNTS == 1, "c": COUNTS == 2})
    expected = model(dummies).fit(dummies, Y).predict(dummies)
    np.testing.assert_allclose(pipeline.predict(X), expected, rtol=1e-9)


def test_dates_are_counted():
    """As days since a start."""
    X = pd.DataFrame({"id": IDS, "born": OTHERS["date"]})
    with pytest.raises(TypeError, match="such as days since a start"):
        model(X).fit(X, Y)
    days = (X["born"] - pd.Timestamp("2020-01-01")).dt.days
    expected = model([]).fit(beside_ids(COUNTS), Y).b_
    np.testing.assert_allclose(model(X).fit(X.assign(born=days), Y).b_, expected, rtol=1e-12)


@pytest.mark.parametrize("code", ["-", ".", "NA", "x", "missing", "1_1"])
def test_a_code_in_a_trait_is_written_as_nan(code):
    text = pd.Series([code, *[f"{value}" for value in Y[1:]]])
    message = "Write nan where a value is missing .*, and convert the others by"
    with pytest.raises(ValueError, match=message):
        model([]).fit(COLUMN_OF_IDS, text)
    y = text.replace(code, np.nan).astype(float)
    found = model([]).set_params(missing_y="drop").fit(COLUMN_OF_IDS, y)
    expected = model([]).fit(COLUMN_OF_IDS[1:], Y[1:])
    np.testing.assert_allclose(found.b_, expected.b_, rtol=1e-12)


def test_genotypes_of_text_are_converted():
    text = twice(COUNTS).astype(str)
    with pytest.raises(ValueError, match=r"dtype <U.*\(text\)\. Convert it by astype\(float\)"):
        vanraden(text, IDS)
    expected = vanraden(twice(COUNTS), IDS).matrix
    np.testing.assert_allclose(vanraden(text.astype(float), IDS).matrix, expected, atol=1e-14)
    frame = pd.DataFrame(text, columns=["s1", "s2"]).assign(id=IDS)
    with pytest.raises(ValueError, match=r"genotypes\[0, 0\] is '0' \(text\)\. Convert it"):
        vanraden(frame, IDS)
    frame[["s1", "s2"]] = frame[["s1", "s2"]].astype(float)
    with pytest.raises(
        ValueError, match=r"genotypes\[0, 2\] is 'i0'\. Leave out columns of labels"
    ):
        vanraden(frame, IDS)
    found = vanraden(frame.drop(columns="id"), IDS).matrix
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_wide_tables_are_looked_at_by_their_types(monkeypatch):
    """Columns of numbers are not walked, objects once."""
    table = pd.DataFrame(np.zeros((3, 4)), dtype="Int64").assign(z=[True, False, True])
    monkeypatch.setattr(_numbers, "_first", None)
    monkeypatch.setattr(_numbers, "is_number", None)
    assert find_other(table) is None
    assert find_other(table.astype(object)) is None
    assert find_other(table.to_numpy(dtype=object)) is None


def test_a_long_value_is_cut():
    values = objects(["x" * 1000] * N)
    with pytest.raises(ValueError, match=r"row 0 is 'x{59}… ") as caught:
        model([]).fit(beside_ids(values), Y)
    assert len(str(caught.value)) < 300


def test_integers_too_large_for_a_float():
    values = objects([10**400, *range(1, N)])
    with pytest.raises(ValueError, match="Column 1 of X cannot be used as numbers"):
        model([]).fit(beside_ids(values), Y)
    with pytest.raises(ValueError, match="y must hold numbers: "):
        model([]).fit(COLUMN_OF_IDS, values)
    with pytest.raises(ValueError, match="genotypes must be numbers: "):
        vanraden(twice(values), IDS)


@pytest.mark.parametrize("written", ["01", " 1", "1E1", "1e1", "+1", "1.", ".5", "1.50", "1_1"])
def test_levels_that_numpy_would_not_have_written(written):
    """What column_stack makes of names and numbers is read; levels are not."""
    names = np.array([f"m{row}" for row in range(12)])
    lmm = LMMRegressor(Kinship(np.eye(12) + 0.2, names), sample_id=0, h=0.3)
    numbers = np.array([1.5, 2, 1e-7, 1e20, -3, 0.1, 7, 8, 9, 10, 11, 12])
    y = np.sin(np.arange(12))
    expected = lmm.fit(np.column_stack([names.astype(object), numbers]), y).coef_
    np.testing.assert_allclose(lmm.fit(np.column_stack([names, numbers]), y).coef_, expected)
    levels = np.array([written, *map(str, range(11))])
    with pytest.raises(ValueError, match="Column 1 of X cannot be used as numbers"):
        lmm.fit(np.column_stack([names, levels]), y)
