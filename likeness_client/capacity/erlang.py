"""Queues that have a formula: what the simulation is checked against, and where the search for a fleet begins.

Load is in erlangs: servers that would be busy all the time. It is below the number of servers, or the queue has no end.
"""

from math import ceil, exp


def erlang_c(servers: int, load: float) -> float:
    """Probability that who comes has to wait. M/M/c: arrivals at random, exponential service, one queue."""
    if load >= servers:
        return 1.0
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def wait_exceeds(servers: int, load: float, service_s: float, wait_s: float) -> float:
    """Probability of waiting longer than that."""
    if load >= servers:
        return 1.0
    return erlang_c(servers, load) * exp(-(servers - load) * wait_s / service_s)


def mean_wait_s(servers: int, load: float, service_s: float) -> float:
    return erlang_c(servers, load) * service_s / (servers - load)


def servers_for(load: float, service_s: float, wait_s: float, share: float) -> int:
    """The fewest with which no more than that share waits longer than `wait_s`."""
    servers = max(1, ceil(load))
    while wait_exceeds(servers, load, service_s, wait_s) > share:
        servers += 1
    return servers


def pollaczek_khinchine_s(load: float, service_s: float, variation: float) -> float:
    """Mean wait of M/G/1. `variation`: of the service time, standard deviation by mean; 0 is M/D/1."""
    return load * service_s * (1 + variation**2) / (2 * (1 - load))
