"""Read and write the files of other programs, with the labels of the individuals."""

from .csv import read_csv, write_csv
from .gcta import read_grm, write_grm
from .plink import read_plink, write_plink
from .rel import read_rel, write_rel
from .tables import join_tables
from .text import read_text, write_text

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
