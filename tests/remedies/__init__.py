"""What messages advise, carried out: a table of cases for each room of the package."""

from . import (
    association,
    estimates,
    evaluation,
    fit,
    frames,
    inference,
    kept,
    kernels,
    kinship,
    labels,
    likelihoods,
    order,
    pedigree,
    plotting,
    relationship,
    samples,
    tables,
    written,
)
from .case import CASES

ROOMS = (
    *(association, estimates, evaluation, fit, frames, inference, kept, kernels, kinship, labels),
    *(likelihoods, order, pedigree, plotting, relationship, samples, tables, written),
)

__all__ = ["CASES", "ROOMS"]
