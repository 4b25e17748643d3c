"""Lanes that differ in a choice (activation, optimiser): which choices are there, and which lanes each rules."""

from __future__ import annotations

from tunescape.engine.jit import kernel


@kernel
def group_lanes(codes, at, n_lanes, busy, groups, masks):
    """List the distinct codes of the lanes at work, and the lanes that have each.

    Args:
        codes: Codes of the lanes, flat (n_kinds * n_lanes,).
        at: Which kind of code.
        n_lanes: Lanes.
        busy: Not negative where a lane is at work, (n_lanes,).
        groups: Written: number of distinct codes, then the codes, ascending, (1 + n_lanes,).
        masks: Written: for each of them 1 in its lanes and 0 elsewhere, flat (n_lanes * n_lanes,).
    """
    n = 0
    for lane in range(n_lanes):
        code, k = codes[at * n_lanes + lane], n
        while k > 0 and groups[k] > code:
            k -= 1
        if busy[lane] < 0 or (k > 0 and groups[k] == code):
            continue
        for i in range(n, k, -1):
            groups[i + 1] = groups[i]
        groups[k + 1] = code
        n += 1
    groups[0] = n
    for g in range(n):
        for lane in range(n_lanes):
            same = busy[lane] >= 0 and codes[at * n_lanes + lane] == groups[1 + g]
            masks[g * n_lanes + lane] = 1 if same else 0
