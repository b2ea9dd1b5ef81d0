"""GEMMA, a program for the command line: REML of the null model, from a kinship in a text file.

The time is that of the command, from the start of the process to the estimates in its log: reading
K as text is part of it, writing these files beforehand is not. The log has six digits, which
limits the agreement, and the likelihood has all constants. GEMMA centers K, which changes neither
the variances nor the restricted likelihood when there is an intercept. It writes BLUPs, too. Its
memory is that of the whole process, some 30 MB of which are there for any n.
"""

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from .interface import REML, Answer

PROGRAM = shutil.which("gemma")
if PROGRAM is None:
    raise ImportError("the command gemma is not on PATH (on Debian: apt install gemma)")


def _version():
    greeting = subprocess.run([PROGRAM], capture_output=True, text=True, check=False).stdout
    return re.search(r"GEMMA (\S+)", greeting)[1]


NAME, VERSION, QUESTION = "GEMMA", _version(), REML
TOLERANCE = Answer(h=1e-5, log_likelihood=1e-5)
NULL_MODEL = ["-lmm", "5"]


def prepare(K, y):
    folder = TemporaryDirectory()
    np.savetxt(Path(folder.name) / "K.txt", K, fmt="%.10g")  # as GEMMA writes its own
    np.savetxt(Path(folder.name) / "y.txt", y, fmt="%.17g")
    return (folder,)


def fit(folder):
    files = ["-k", "K.txt", "-p", "y.txt", "-outdir", ".", "-silence"]
    command = [PROGRAM, *NULL_MODEL, *files]
    subprocess.run(command, cwd=folder.name, check=True, capture_output=True)
    log = (Path(folder.name) / "result.log.txt").read_text()
    genetic, noise = _estimate("vg estimate", log), _estimate("ve estimate", log)
    return Answer(genetic / (genetic + noise), _estimate("REMLE log-likelihood", log))


def _estimate(name, log):
    return float(re.search(rf"^## {name} in the null model = *(\S+)", log, re.MULTILINE)[1])
