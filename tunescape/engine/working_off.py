"""Lanes work off a queue of jobs: when a lane's network ends, its result is written down and the next job takes it.

A network does not notice which lane it is in, when it began, or what its neighbours do.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.bundle import bundle
from tunescape.engine.early_stopping import judge
from tunescape.engine.grouping import group_lanes
from tunescape.engine.jit import entrance, kernel
from tunescape.engine.measuring import copy_numbers, evaluate_part, measure_shots, take_shot
from tunescape.engine.state import ACTIVATION, IS_STREAM, SHUFFLES, UPDATE, WAITS, WEIGHTED
from tunescape.engine.training import WORK, train_batch


@kernel
def _load_job(shape, state, queue, lane, job):
    """Put a network into a lane."""
    lanes = shape.n_lanes
    state.job[lane], state.step[lane], state.point[lane] = job, queue.first_step[job], queue.points_at[job]
    state.seeds[lane], state.n_rows[lane] = queue.seeds[job], queue.n_rows[job]
    for i in range(queue.codes.shape[1]):
        state.codes[i * lanes + lane] = queue.codes[job, i]
    for i in range(queue.numbers.shape[1]):
        state.numbers[i * lanes + lane] = queue.numbers[job, i]
    for i in range(queue.keep_scale.shape[1]):
        state.keep_scale[i * lanes + lane] = queue.keep_scale[job, i]
        state.drop_below[i * lanes + lane] = queue.drop_below[job, i]
    for p in range(queue.weights.shape[1]):
        state.weights[p * lanes + lane] = queue.weights[job, p]
        state.first[p * lanes + lane] = queue.accumulator[job]
        state.second[p * lanes + lane] = 0.0
    for p in range(len(state.running) // lanes):
        state.running[p * lanes + lane] = queue.running[job, p]
    own_rows = queue.rows.shape[0] > 0
    for i in range(queue.n_rows[job]):
        state.rows[i * lanes + lane] = queue.rows[job, i] if own_rows else np.uint32(i)
    state.powers[lane], state.powers[lanes + lane] = 1.0, 1.0
    state.position[lane], state.epoch[lane] = queue.n_rows[job], -1  # the first batch begins an epoch
    if queue.first_step[job] > 0:
        _load_course(shape, state, queue, lane, job)
    state.running_loss[lane], state.running_rows[lane] = 0.0, 0.0
    state.best[lane], state.waited[lane], state.kept_from[lane] = np.inf, 0, -1


@kernel
def _load_course(shape, state, queue, lane, job):
    """Put what a network that goes on needs beside its weights into a lane."""
    lanes = shape.n_lanes
    for p in range(queue.first.shape[1]):
        state.first[p * lanes + lane] = queue.first[job, p]
        state.second[p * lanes + lane] = queue.second[job, p]
    state.powers[lane], state.powers[lanes + lane] = queue.powers[job, 0], queue.powers[job, 1]
    state.position[lane], state.epoch[lane] = queue.position[job], queue.epoch[job]


@kernel
def _save_job(shape, state, queue, lane, job):
    """Write down what became of the network of a lane."""
    lanes = shape.n_lanes
    for p in range(queue.weights.shape[1]):
        queue.weights[job, p] = state.weights[p * lanes + lane]
    for p in range(len(state.running) // lanes):
        queue.running[job, p] = state.running[p * lanes + lane]
    for p in range(queue.first.shape[1]):
        queue.first[job, p] = state.first[p * lanes + lane]
        queue.second[job, p] = state.second[p * lanes + lane]
    if queue.first.shape[1] > 0:
        for i in range(queue.n_rows[job]):
            queue.rows[job, i] = state.rows[i * lanes + lane]
        queue.powers[job, 0], queue.powers[job, 1] = state.powers[lane], state.powers[lanes + lane]
        queue.position[job], queue.epoch[job] = state.position[lane], state.epoch[lane]


@kernel
def _fill(shape, state, shots, queue, data, rule):
    """Give free lanes the next jobs; return the steps of jobs that need none, because they had diverged before."""
    settled = 0
    for lane in range(shape.n_lanes):
        while state.job[lane] < 0 and queue.next[0] < len(queue.seeds):
            job = queue.next[0]
            queue.next[0] += 1
            if queue.stopped_at[job] >= 0:
                settled += queue.n_steps[job] - queue.first_step[job]
                continue
            _load_job(shape, state, queue, lane, job)
            _shoot_if_due(shape, state, shots, queue, data, lane)
            if state.step[lane] >= queue.n_steps[job]:
                if rule.is_on == 1:
                    take_shot(shape, state, shots, queue, data, lane, queue.measured.shape[2] - 1)
                _save_job(shape, state, queue, lane, job)
                state.job[lane] = -1
    _group(shape, state, queue, data)
    return settled


@kernel
def _group(shape, state, queue, data):
    """Note which activations and optimisers the lanes have, and whether they all see the same rows."""
    group_lanes(state.codes, np.int64(ACTIVATION), shape.n_lanes, state.job, state.activations, state.activation_masks)
    group_lanes(state.codes, np.int64(UPDATE), shape.n_lanes, state.job, state.updates, state.update_masks)
    lead = np.int64(-1)
    same = shape.codes[IS_STREAM] == 0 and shape.codes[WEIGHTED] == 0 and queue.rows.shape[0] == 0
    ordered = data.order.shape[0] > 0 or shape.codes[SHUFFLES] == 0
    for lane in range(shape.n_lanes):
        if state.job[lane] >= 0:
            if lead < 0:
                lead = lane
            same &= ordered or state.seeds[lane] == state.seeds[lead]
            same &= state.position[lane] == state.position[lead] and state.epoch[lane] == state.epoch[lead]
    state.lead[0] = lead if same else -1


@kernel
def _shoot_if_due(shape, state, shots, queue, data, lane):
    """Have the network of a lane measured where that is due at its step."""
    job, point = state.job[lane], state.point[lane]
    while point < queue.points_at[job + 1] and queue.points[point] <= state.step[lane]:
        if queue.points[point] == state.step[lane]:
            take_shot(shape, state, shots, queue, data, lane, queue.columns[point])
        point += 1
    state.point[lane] = point


@kernel
def _ends_epoch(shape, state, lane, begun):
    """Whether the steps of a lane's network since `begun` are whole epochs of its own rows."""
    return (state.step[lane] - begun) % ((state.n_rows[lane] + shape.batch - 1) // shape.batch) == 0


@kernel
def _look(shape, state, shots, queue, data, rule):
    """Early stopping: judge the lanes that are at the end of an epoch."""
    lanes = shape.n_lanes
    due = False
    for lane in range(lanes):
        due |= state.job[lane] >= 0 and _ends_epoch(shape, state, lane, np.int64(0))
    if not due:
        return
    if rule.monitor < 2:
        for lane in range(lanes):
            copy_numbers(state.numbers, lane, state.watched, lane, lanes)
        evaluate_part(shape, state, data, 1 - rule.monitor, state.weights, state.running, state.activations,
                      state.activation_masks, state.watched, shots.loss, shots.correct)  # fmt: skip
    for lane in range(lanes):
        if state.job[lane] < 0 or not _ends_epoch(shape, state, lane, np.int64(0)):
            continue
        value = shots.loss[lane]
        if rule.monitor == 2:
            rows = state.running_rows[lane]
            value = state.running_loss[lane] / rows if rows > 0.0 else 0.0
            state.running_loss[lane], state.running_rows[lane] = 0.0, 0.0
        is_best, stops = judge(rule, state.best, state.waited, lane, value)
        if (rule.restores == 1 and is_best) or (rule.restores == 0 and stops):
            _copy_lane(state.weights, state.running, state.kept, lanes, lane, False)
            state.kept_from[lane] = state.step[lane]
        if stops:
            queue.ended_at[state.job[lane]] = state.step[lane]


@kernel
def _copy_lane(weights, running, kept, n_lanes, lane, back):
    """Keep the parameters and running statistics of a lane, or put them back."""
    n = len(weights)
    for at in range(lane, len(kept), n_lanes):
        if at < n:
            if back:
                weights[at] = kept[at]
            else:
                kept[at] = weights[at]
        elif back:
            running[at - n] = kept[at]
        else:
            kept[at] = running[at - n]


@kernel
def _after_step(shape, state, shots, queue, data, rule):
    """Retire networks that diverged, have measured what is due, write down those that end; return steps settled."""
    lanes, settled, any_free = shape.n_lanes, 0, False
    for lane in range(lanes):
        job = state.job[lane]
        if job < 0:
            continue
        settled += 1
        if state.scalars[WORK * lanes + lane] != 0.0:  # NaN
            queue.stopped_at[job] = state.step[lane]
            settled += queue.n_steps[job] - state.step[lane]
            _save_job(shape, state, queue, lane, job)
            state.job[lane] = -1
            any_free = True
    if rule.is_on == 1:
        _look(shape, state, shots, queue, data, rule)
    for lane in range(lanes):
        job = state.job[lane]
        if job < 0:
            continue
        if queue.points_at[job + 1] > state.point[lane]:
            _shoot_if_due(shape, state, shots, queue, data, lane)
        if state.step[lane] >= queue.n_steps[job] or queue.ended_at[job] >= 0:
            settled += queue.n_steps[job] - state.step[lane]
            if rule.is_on == 1:
                if queue.ended_at[job] >= 0 or (rule.restores == 1 and state.kept_from[lane] >= 0):
                    _copy_lane(state.weights, state.running, state.kept, lanes, lane, True)
                take_shot(shape, state, shots, queue, data, lane, queue.measured.shape[2] - 1)
            _save_job(shape, state, queue, lane, job)
            state.job[lane] = -1
            any_free = True
    if any_free:
        _group(shape, state, queue, data)
    return settled


@kernel
def _may_begin(shape, state, queue):
    """Whether a free lane may take a job: at once, or, where it must wait, when the others are as far in an epoch."""
    free = False
    for lane in range(shape.n_lanes):
        if state.job[lane] < 0:
            free = True
        elif shape.codes[WAITS] == 1 and not _ends_epoch(shape, state, lane, queue.first_step[queue.next[0]]):
            return False
    return free


@entrance
def work_off(shape, state, shots, queue, data, rule, most):
    """Let the lanes work off a queue of jobs for `most` steps, or to its end.

    Args:
        shape: What the lanes share.
        state: Changed in place; lanes that are at work go on.
        shots: Changed in place.
        queue: Its jobs are taken in order, and what became of them is written down.
        data: What the networks learn.
        rule: Early stopping.
        most: Steps.

    Returns:
        Steps of jobs that were made or, for jobs that ended early, need not be made.
    """
    return _work_off(bundle(shape), bundle(state), bundle(shots), bundle(queue), bundle(data), rule, most)


@kernel
def _work_off(shape, state, shots, queue, data, rule, most):
    settled = 0
    for _ in range(most):
        if queue.next[0] < len(queue.seeds) and _may_begin(shape, state, queue):
            settled += _fill(shape, state, shots, queue, data, rule)
        if state.activations[0] == 0:
            break
        train_batch(shape, state, data)
        settled += _after_step(shape, state, shots, queue, data, rule)
    if state.activations[0] == 0 and queue.next[0] == len(queue.seeds):
        measure_shots(shape, state, shots, queue, data)
    return settled
