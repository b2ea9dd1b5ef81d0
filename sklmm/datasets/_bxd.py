"""The BXD lines of mice, from the files that GEMMA comes with."""

from __future__ import annotations

from os import PathLike

import numpy as np
from sklearn.utils import Bunch

from ..io._files import as_path
from ..io._lines import read_lines

DEBIAN = "/usr/share/doc/gemma/example"


def load_bxd(folder: str | PathLike = DEBIAN) -> Bunch:
    """Load the BXD recombinant inbred lines of mice, which GEMMA has as an example [1]_.

    Lines from a cross of C57BL/6J and DBA/2J: nearly every marker of a line is of one parent or
    the other. They are not shipped here: `apt install gemma-doc` puts the files on Debian and
    Ubuntu, and GEMMA's sources have them in the folder `example`.

    ================  =========================================
    Lines                                                   198
    Markers           7320: 0, 1 or 0.5, none missing
    Trait             one, measured in 67 lines
    ================  =========================================

    Parameters
    ----------
    folder : str or path, default="/usr/share/doc/gemma/example"
        Where BXD_geno.txt.gz, BXD_snps.txt.gz and BXD_pheno.txt are.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        data : ndarray of shape (198, 7320), float64
            Share of one parent's allele at each marker; twice this is an allele count.
        target : ndarray of shape (198,)
            NaN where not measured.
        ids : ndarray of shape (198,)
            "line001" and so on, in the order of the files, which do not name the lines.
        feature_names, chromosome, position : ndarray of shape (7320,)
            Position in base pairs.

    Raises
    ------
    FileNotFoundError
        If a file is not in the folder.
    ValueError
        If the files do not fit together.

    References
    ----------
    .. [1] Zhou & Stephens (2012). Genome-wide efficient mixed-model analysis for association
       studies. Nature Genetics 44, 821-824.
    """
    genotypes = _read(folder, "BXD_geno.txt.gz", ",")
    places = _read(folder, "BXD_snps.txt.gz", None)
    trait = _read(folder, "BXD_pheno.txt", None)
    place_of = {name: (chromosome, position) for name, position, chromosome in places}
    names = [fields[0] for fields in genotypes]
    unknown = [name for name in names if name not in place_of]
    if unknown:
        raise ValueError(f"BXD_snps.txt.gz in {folder} lacks the marker {unknown[0]!r}.")
    data = _as_numbers([fields[3:] for fields in genotypes]).T
    if len(data) != len(trait):
        raise ValueError(
            f"In {folder} BXD_geno.txt.gz has {len(data)} lines of mice, but BXD_pheno.txt "
            f"{len(trait)}."
        )
    return Bunch(
        data=np.ascontiguousarray(data),
        target=_as_numbers([fields[0] for fields in trait]),
        ids=np.array([f"line{number:03d}" for number in range(1, len(data) + 1)]),
        feature_names=np.array(names),
        chromosome=np.array([place_of[name][0] for name in names]),
        position=np.array([place_of[name][1] for name in names], dtype=int),
    )


def _read(folder, name, separator):
    """The fields of each line of a file."""
    path = as_path(folder, "folder") / name
    if not path.exists():
        raise FileNotFoundError(
            f"There is no {path}. On Debian and Ubuntu: apt install gemma-doc; or give the folder "
            "with the examples of GEMMA's sources."
        )
    return [[field.strip() for field in line.split(separator)] for line in read_lines(path)]


def _as_numbers(texts):
    texts = np.array(texts)
    return np.where(texts == "NA", "nan", texts).astype(float)
