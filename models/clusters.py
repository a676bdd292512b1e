"""Groups what is alike: agglomerative clustering with average linkage, for some thousand things at most."""

from __future__ import annotations

import numpy as np

from runtime.kinds import Doubles, Floats


def clusters(similar: Floats | Doubles, threshold: float) -> list[list[int]]:
    """Returns groups of indices, the largest first.

    Args:
        similar: [N, N], symmetric; -inf for two that cannot be one, which then no two groups with them can be.
        threshold: mean similarity from which two groups become one; the most similar two are joined first.
    """
    links = np.array(similar, np.float64)
    np.fill_diagonal(links, -np.inf)
    groups = {index: [index] for index in range(len(links))}
    while len(groups) > 1:
        one, other = np.unravel_index(int(links.argmax()), links.shape)
        if links[one, other] < threshold:
            break
        joined = groups[int(one)] + groups.pop(int(other))
        share = len(groups[int(one)]) / len(joined)
        links[one] = links[:, one] = share * links[one] + (1 - share) * links[other]
        links[one, one] = -np.inf
        links[other] = links[:, other] = -np.inf
        groups[int(one)] = joined
    return sorted((sorted(group) for group in groups.values()), key=lambda group: (-len(group), group))
