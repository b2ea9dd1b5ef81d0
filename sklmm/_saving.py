"""What a saved model holds in place of arrays that lie in a file."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from ._kinship import Kinship


def without_memmaps(value: Any) -> Any:
    """The same with plain arrays, over the same memory, in place of memmaps.

    skops writes memmaps that it cannot read, and a reader may not have the file.
    """
    return _replace(value, {})


def _replace(value, done):
    if id(value) in done:
        return done[id(value)][1]
    done[id(value)] = value, value
    replaced = value
    if isinstance(value, np.memmap):
        replaced = np.asarray(value)
    elif type(value) in (list, tuple):
        items = [_replace(item, done) for item in value]
        replaced = value if _are_same(items, value) else type(value)(items)
    elif type(value) is dict:
        replaced = _replace_items(value, done)
    elif type(value).__module__.startswith("sklmm.") and not isinstance(value, type | Kinship):
        replaced = _replace_attributes(value, done)
    done[id(value)] = value, replaced
    return replaced


def _replace_items(items, done):
    replaced = {key: _replace(value, done) for key, value in items.items()}
    return items if _are_same(replaced.values(), items.values()) else replaced


def _replace_attributes(thing, done):
    attributes = getattr(thing, "__dict__", {})
    replaced = _replace_items(attributes, done)
    if replaced is attributes:
        return thing
    changed = copy(thing)
    changed.__dict__.update(replaced)
    return changed


def _are_same(these, those):
    return all(this is that for this, that in zip(these, those, strict=True))
