"""Read and write the files of other programs, with the labels of the individuals."""

from ._csv import read_csv, write_csv
from ._gcta import read_grm, write_grm
from ._plink import read_plink, write_plink
from ._rel import read_rel, write_rel
from ._tables import join_tables
from ._text import read_text, write_text

__all__ = [
    "join_tables",
    "read_csv",
    "read_grm",
    "read_plink",
    "read_rel",
    "read_text",
    "write_csv",
    "write_grm",
    "write_plink",
    "write_rel",
    "write_text",
]
