"""What messages advise, carried out: a table of cases for each room of the package."""

from . import (
    association,
    estimates,
    evaluation,
    fit,
    frames,
    genotypes,
    inference,
    kept,
    kernels,
    kinship,
    labels,
    likelihoods,
    marker_maps,
    order,
    pedigree,
    pictures_of_scans,
    plotting,
    relationship,
    samples,
    selection,
    shapes,
    tables,
    thresholds,
    written,
)
from .case import CASES

ROOMS = (
    *(association, estimates, evaluation, fit, frames, genotypes, inference, kept, kernels),
    *(kinship, labels, likelihoods, marker_maps, order, pedigree, pictures_of_scans),
    *(plotting, relationship, samples, selection, shapes, tables, thresholds, written),
)

__all__ = ["CASES", "ROOMS"]
