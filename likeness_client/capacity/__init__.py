"""How many GPUs, how long people wait, what it costs: the system of deploy/ in simulated time."""
