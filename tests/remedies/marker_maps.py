"""Where the markers of a scan are."""

import numpy as np
import pandas as pd

from sklmm.association._sources import open_source

from .case import NAMES, Case, case
from .genotypes import MARKERS, G

CHROMOSOMES, POSITIONS = [1, 1, 1, 2, 2, 2], np.array([10, 20, 30, 10, 20, 30])
PLACES = pd.DataFrame({"chromosome": CHROMOSOMES, "position": POSITIONS}, index=MARKERS)


def placed(**given):
    found = open_source(G, NAMES, **{"names": MARKERS, **given})
    chromosomes = CHROMOSOMES if found.chromosomes is None else found.chromosomes
    positions = POSITIONS if found.positions is None else found.positions
    return np.column_stack([chromosomes, positions]).astype(float)


@case
def places_that_are_given_twice():
    return Case(
        lambda: placed(marker_map=PLACES, positions=POSITIONS),
        "positions and marker_map are both given. Give one of them.",
        {
            "map": lambda: placed(marker_map=PLACES),
            "positions": lambda: placed(chromosomes=CHROMOSOMES, positions=POSITIONS),
        },
        placed,
    )


@case
def names_in_an_index_alone():
    positions = PLACES["position"].iloc[::-1]
    return Case(
        lambda: placed(names=None, positions=positions),
        "positions has an index of names, 'rs5', 'rs4', 'rs3', …, but the markers of genotypes "
        "have none. Give their names by names=, or use positions.to_numpy() if it is in the order "
        "of the markers.",
        {
            "names": lambda: placed(positions=positions),
            "order": lambda: placed(names=None, positions=PLACES["position"].to_numpy()),
        },
        placed,
    )


@case
def a_map_of_markers_without_names():
    return Case(
        lambda: placed(names=None, marker_map=PLACES.iloc[::-1]),
        "marker_map is joined by the names of the markers, and those of genotypes have none. Give "
        "them by names=.",
        {"names": lambda: placed(marker_map=PLACES.iloc[::-1])},
        placed,
    )


@case
def a_marker_that_a_map_lacks():
    unplaced = pd.DataFrame({"chromosome": [0], "position": [0]}, index=["rs5"])

    def meant():
        places = placed()
        places[5] = 0
        return places

    return Case(
        lambda: placed(marker_map=PLACES.drop("rs5")),
        "marker_map lacks the marker 'rs5' of genotypes. Add what is missing there (where a place "
        "is unknown, give them chromosome 0 and position 0, as PLINK does).",
        {"add": lambda: placed(marker_map=pd.concat([PLACES.drop("rs5"), unplaced]))},
        meant,
    )


@case
def positions_of_markers_with_other_names():
    positions = PLACES["position"].rename(str.upper)
    return Case(
        lambda: placed(positions=positions),
        "positions lacks the marker 'rs0' (and 5 more) of genotypes. 'rs0' nearly matches 'RS0': "
        "write both in the same way. Add what is missing there (where a place is unknown, give "
        "them chromosome 0 and position 0, as PLINK does), or use positions.to_numpy() if it is "
        "in their order.",
        {
            "same": lambda: placed(positions=positions.rename(str.lower)),
            "order": lambda: placed(positions=positions.to_numpy()),
        },
        placed,
    )


@case
def a_marker_that_a_map_has_twice():
    twice = pd.concat([PLACES, PLACES.iloc[[2]]])
    return Case(
        lambda: placed(marker_map=twice),
        "marker_map has the marker 'rs2' more than once. Keep one of its rows.",
        {"keep": lambda: placed(marker_map=twice[~twice.index.duplicated()])},
        placed,
    )


@case
def positions_with_two_axes():
    positions = POSITIONS[:, None]
    return Case(
        lambda: placed(positions=positions),
        "positions must have one axis, got shape (6, 1). Use numpy.ravel(positions).",
        {"ravel": lambda: placed(positions=np.ravel(positions))},
        placed,
    )


@case
def a_position_that_is_unknown():
    positions = np.where(np.arange(6) == 4, np.nan, POSITIONS)

    def meant():
        places = placed()
        places[4, 1] = 0
        return places

    def without():
        names = np.delete(MARKERS, 4)
        found = open_source(
            np.delete(G, 4, axis=1), NAMES, names=names, positions=np.delete(positions, 4)
        )
        return np.insert(found.positions, 4, 0)

    return Case(
        lambda: placed(positions=positions)[:, 1],
        "positions has nan for marker 4. Leave out markers whose place is unknown, or give them "
        "chromosome 0 and position 0, as PLINK does.",
        {
            "give": lambda: placed(positions=np.nan_to_num(positions))[:, 1],
            "leave out": without,
        },
        lambda: meant()[:, 1],
    )


@case
def too_few_chromosomes():
    return Case(
        lambda: placed(chromosomes=CHROMOSOMES[:5]),
        "chromosomes must have one element for each of the 6 markers of genotypes, got 5. Give "
        "all of them, in the order of the markers, or a pandas Series whose index has their "
        "names.",
        {
            "give": lambda: placed(chromosomes=CHROMOSOMES),
            "Series": lambda: placed(chromosomes=PLACES["chromosome"].iloc[::-1]),
        },
        placed,
    )


@case
def a_map_that_is_a_dict():
    table = {"name": MARKERS, "chromosome": CHROMOSOMES, "position": POSITIONS}
    return Case(
        lambda: placed(marker_map=table),
        "marker_map must be a data frame with names of markers, chromosomes and positions, got "
        "dict. Convert it, such as by pandas.DataFrame or collect(), or use chromosomes= and "
        "positions=.",
        {
            "convert": lambda: placed(marker_map=pd.DataFrame(table)),
            "use": lambda: placed(chromosomes=CHROMOSOMES, positions=POSITIONS),
        },
        placed,
    )


@case
def a_map_whose_names_are_not_first():
    table = pd.DataFrame({"chromosome": CHROMOSOMES, "name": MARKERS, "position": POSITIONS})
    return Case(
        lambda: placed(marker_map=table),
        "marker_map has 'chromosome' in its first column, where names of markers are due. Put "
        "them into the first column, or into the index of a pandas data frame.",
        {
            "first": lambda: placed(marker_map=table[["name", "chromosome", "position"]]),
            "index": lambda: placed(marker_map=table.set_index("name")),
        },
        placed,
    )


@case
def a_map_with_other_titles():
    table = PLACES.rename(columns={"position": "Mb"})
    return Case(
        lambda: placed(marker_map=table),
        "marker_map has no columns that are called 'position' (or 'pos', 'bp', 'ps'), among "
        "['chromosome', 'Mb']. Rename its columns, so that one is 'position'.",
        {"rename": lambda: placed(marker_map=table.rename(columns={"Mb": "position"}))},
        placed,
    )
