"""What is said of labels that a kinship lacks, where it has others of the same individuals."""

import numpy as np
import pytest

from sklmm import Kinship


@pytest.mark.parametrize(
    ("ids", "label", "message"),
    [
        (["L007", "L008"], "L007_L007", "'L007', which is the last part of 'L007_L007'"),
        (["L007", "L008"], "F1:L007", "'L007', which is the last part of 'F1:L007'"),
        (["L007", "L008"], "L-007", "'L007', which has other separators than 'L-007'"),
        (["f_L007", "f_L008"], "l007", "'f_L007', whose last part is 'l007'"),
    ],
)
def test_the_kinship_of_the_same_in_other_words(ids, label, message):
    with pytest.raises(KeyError, match=f"none of these labels, but {message}: write both in the"):
        Kinship(np.eye(2), ids).rows([label, "x"])


@pytest.mark.parametrize("label", ["L007_x", "L0071", "_", "é", 7, ("F", "x")])
def test_the_kinship_of_others_with_similar_labels(label):
    with pytest.raises(KeyError, match="It has none of these labels, and seems to be the kinship"):
        Kinship(np.eye(2), ["L007", "L008"]).rows([label, "x"])
