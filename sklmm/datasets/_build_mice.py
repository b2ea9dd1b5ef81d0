"""Make mice.npz from the example files of Debian's package gemma-doc.

    apt-get install gemma-doc
    pip install 'sklmm[io]'
    python _build_mice.py /usr/share/doc/gemma/example mice.npz

The genotypes are stored as two bits each, marker by marker.
"""

import argparse
import gzip
import shutil
import tempfile
from pathlib import Path

import numpy as np
from bed_reader import open_bed

NAME = "mouse_hs1940"
CD8, MCH = 0, 5


def read_genotypes(folder: Path) -> tuple[np.ndarray, dict]:
    """Counts of the first allele of the bim file, and the columns of its fam and bim."""
    with tempfile.TemporaryDirectory() as unpacked:
        for suffix in ("bed", "bim", "fam"):
            target = Path(unpacked) / f"{NAME}.{suffix}"
            with gzip.open(folder / f"{NAME}.{suffix}.gz") as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file)
        with open_bed(Path(unpacked) / f"{NAME}.bed", count_A1=True) as bed:
            genotypes = bed.read(dtype="int8")
            return genotypes, bed.properties


def read_traits(folder: Path) -> np.ndarray:
    """CD8 and MCH, NaN where not measured."""
    with gzip.open(folder / f"{NAME}.pheno.txt.gz", "rt") as file:
        return np.genfromtxt(file, missing_values="NA", usecols=(CD8, MCH))


def pack(genotypes: np.ndarray) -> np.ndarray:
    """Four genotypes in a byte, the first in the lowest bits, along the last axis."""
    padding = -genotypes.shape[-1] % 4
    padded = np.pad(genotypes.astype(np.uint8), ((0, 0), (0, padding)))
    places = [padded[:, place::4] << (2 * place) for place in range(4)]
    return np.bitwise_or.reduce(places)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the example files of gemma-doc")
    parser.add_argument("output", type=Path, help="the npz file to write")
    arguments = parser.parse_args()

    genotypes, properties = read_genotypes(arguments.folder)
    if not np.isin(genotypes, (0, 1, 2)).all():
        raise ValueError("the genotypes were expected to be complete")
    np.savez_compressed(
        arguments.output,
        packed_genotypes=pack(genotypes.T),
        ids=properties["iid"].astype(str),
        sex=np.array(["unknown", "male", "female"])[properties["sex"]],
        father=properties["father"].astype(str),
        mother=properties["mother"].astype(str),
        snps=properties["sid"].astype(str),
        chromosome=properties["chromosome"].astype(np.int8),
        position=properties["bp_position"].astype(np.int32),
        traits=read_traits(arguments.folder),
    )


if __name__ == "__main__":
    main()
