"""Measured numbers as sentences: against a target, and against other results."""

import numpy as np


def spread(values):
    """Median, smallest and largest; a single value as it is."""
    if np.size(values) == 1:
        return f"{np.squeeze(values):.3g}"
    return f"{np.median(values):.3g} ({np.min(values):.3g}-{np.max(values):.3g})"


def at_most(target, values):
    """The spread, and whether its median meets the target."""
    is_met = np.median(values) <= target
    return f"{spread(values)}, target at most {target:g}: {'met' if is_met else 'MISSED'}"


def differences(found, expected, attributes):
    """Of fitted estimators, in each attribute: the largest, relative to the largest value."""
    return ", ".join(
        f"{name} {relative_difference(getattr(found, name), getattr(expected, name)):.0e}"
        for name in attributes
    )


def relative_difference(found, expected):
    return np.max(np.abs(found - expected)) / np.max(np.abs(expected))
