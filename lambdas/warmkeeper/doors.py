"""Which way the rule of `/previews` should point: a pure function of what was read and what was decided.

To the workers only once one of them is healthy; to the api Lambda before the fleet goes to zero. A rule or a target
group that could not be read leaves the rule as it is, but on the way to zero: there, pointing it to the api Lambda is
right whatever it says now.
"""

from fleet.doors import Door
from lambdas.warmkeeper.snapshot import Front, Service


def door_to_point_to(front: Front, service: Service | None, desired: int) -> Door | None:
    """The door that the rule must be pointed to, now that `desired` tasks were decided; None: leave it.

    `Door.API` for a fleet that goes to zero has to be carried out before the count is set.
    """
    if service is None:
        return None
    if desired == 0:
        awake = service.desired > 0
        return Door.API if front.door is not Door.API and (awake or front.workers is not None) else None
    if front.healthy is None or front.workers is None:
        return None
    if front.healthy > 0:
        return Door.WORKERS if front.door is not Door.WORKERS else None
    # Nobody is there at all (every task died, or a fleet woke while its last ones left): the api Lambda can say so.
    return Door.API if service.running == 0 and front.door is not Door.API else None
