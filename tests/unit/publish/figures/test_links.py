"""Which links of a weight matrix are drawn."""

import pandas as pd

from nianjian.publish.figures import links


def test_the_heaviest_links_are_kept_and_islands_left_out():
    frame = pd.DataFrame(
        {
            "city": [1, 1, 1, 2, 3],
            "neighbour": [4, 3, 2, 1, 3],
            "weight": [0.25, 0.5, 0.25, 1.0, 0.0],
        }
    )
    found = links.strongest(frame, 2)
    assert found[["city", "neighbour"]].to_numpy().tolist() == [[1, 3], [1, 2], [2, 1]]
    assert len(links.strongest(frame, 9)) == 4
