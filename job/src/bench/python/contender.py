"""What a contender of org.segmentser.bench.Contender does: questions in, numbers out."""

import sys
import time


def serve(answers):
    """Answers each line of standard input with the numbers that `answers` gives for its words."""
    for question in sys.stdin:
        numbers = answers(question.split())
        print("answer", *numbers, flush=True)


def bare_loop(run, batch, segments):
    """Seconds, and CPU seconds, of so many segments through `run`, batch by batch."""
    batches = -(-segments // batch)
    whole = segments / (batches * batch)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(batches):
        run(batch)
    return (time.perf_counter() - wall) * whole, (time.process_time() - cpu) * whole
