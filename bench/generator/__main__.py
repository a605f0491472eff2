"""The step-level engine on a CPU, as ratios and counters: `python -m bench.generator [--rounds 7] [--only mixed]`."""

import torch

from bench.chosen import Measurements, chosen, command
from bench.generator import memory, ready, speed, steps, waits, work
from bench.generator.reference import Reference
from bench.generator.rig import engine_models, models_dir, parameters
from bench.table import Row


async def rows(rounds: int, only: str) -> list[Row]:
    with models_dir() as directory:
        models, reference = engine_models(directory), Reference(directory)
        print(f"{parameters(models) / 1e6:.1f} M parameters in UNet and IdentityNet, {torch.get_num_threads()} threads")
        wanted: Measurements = {
            "mixed": lambda: speed.mixed_load(models, reference, rounds),
            "single": lambda: speed.single(models, reference, rounds),
            "ideal": lambda: speed.ideal(models, rounds),
            "step": lambda: steps.bookkeeping(models, rounds),
            "join": lambda: waits.joining(models, rounds),
            "leave": lambda: waits.leaving(models),
            "pack": lambda: work.pack(models),
            "saved": lambda: work.savings(models),
            "memory": lambda: memory.flat(directory),
            "ready": lambda: ready.ready(rounds),
        }
        return await chosen(wanted, only)


if __name__ == "__main__":
    command(__doc__, rows, "torch", "diffusers", rounds=7, set_threads=torch.set_num_threads)
