"""Real tensors: what a block does to numbers, and not only to shapes.

Comes in: a spec and a seed, a picture, a job. Goes out: frozen values of plain numbers and packed maps; no module and
no tensor leaves this room. May import: ``spec``, ``modules``, ``trace``, ``models``, torch, and Pillow for pictures.

    pixel, refusal          one pixel of a block; what a library says of an impossible sum
    picture, weights,       a picture on its way through a block: what every operation gives
    record, signal
    digits, family,         the experiments: networks on digits; blocks taken out; gradients along a line, and block by
    lesion, shatter,        block; training
    gradients, training
    jobs, runs, local       what takes longer than a second: a queue in front of one process that works
    process, worker, work   that process, from its parent's end and from its own; what can be asked of it
    redis_queue, redis_store, redis_worker, plain    one queue for many processes, its workers, and what they send
    noted                   what the log has of a run
"""
