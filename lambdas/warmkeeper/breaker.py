"""Whether a fleet that should work gets anywhere; one that does not is cut down to one task until it does.

ECS restarts a task that crashes after it started at once and for ever, and says nowhere how often. What can be seen is:
nothing runs; or fewer run than should, and more messages are in flight than workers run (the dead leave theirs hidden);
or work waits and nobody takes any. A reading like that is *fruitless* unless the load fell below the least of the
spell, for then a job ended, or more run than ever in it, for then ECS still launches (500 tasks a minute of a service
at most, so that 5,000 take ten minutes; queue and service are not counted in the same instant). Ten minutes of nothing
but fruitless readings trip the breaker: long enough for a slow pull of a large image. A fleet whose workers are whole
is never fruitless, however long its renders take; one that gets only part of its capacity is not either, as long as the
part works. Without capacity at all for ten minutes it trips as well, which costs nothing: the one task it still asks
for is the probe.

It is reset by progress: the load falls, or the workers are whole and busy (or idle without work) for three minutes; by
`wake` and `resume`; and by sleep.
"""

from fleet.state import Breaker
from lambdas.warmkeeper.snapshot import Queue, Service

FRUITLESS_MINUTES = 10
SOUND_MINUTES = 3


def watch(breaker: Breaker, queue: Queue | None, service: Service, now: float, minute_seconds: float) -> Breaker:
    """The breaker after one more reading; an unreadable queue proves nothing either way."""
    if service.desired == 0:
        return Breaker()
    if queue is None:
        return breaker
    if breaker.tripped_at is not None:
        return _recover(breaker, queue, service, now, minute_seconds)
    return _suspect(breaker, queue, service, now, minute_seconds)


def _suspect(breaker: Breaker, queue: Queue, service: Service, now: float, minute_seconds: float) -> Breaker:
    if not _fruitless(queue, service):
        return Breaker()
    since, grown = breaker.fruitless_since, service.running > breaker.most_running
    if since is None or since > now or grown or queue.load < breaker.least_load:
        return Breaker(fruitless_since=now, least_load=queue.load, most_running=service.running)
    if now - since >= FRUITLESS_MINUTES * minute_seconds:
        return Breaker(tripped_at=now, least_load=queue.load)
    return breaker


def _recover(breaker: Breaker, queue: Queue, service: Service, now: float, minute_seconds: float) -> Breaker:
    if queue.load < breaker.least_load:
        return Breaker()
    if not _sound(queue, service):
        return Breaker(tripped_at=breaker.tripped_at, least_load=breaker.least_load)
    since = now if breaker.sound_since is None else min(breaker.sound_since, now)
    if now - since >= SOUND_MINUTES * minute_seconds:
        return Breaker()
    return Breaker(tripped_at=breaker.tripped_at, least_load=breaker.least_load, sound_since=since)


def _fruitless(queue: Queue, service: Service) -> bool:
    orphans = service.running < service.desired and queue.in_flight > service.running
    idle_hands = queue.visible > 0 and queue.in_flight == 0
    return service.running == 0 or orphans or idle_hands


def _sound(queue: Queue, service: Service) -> bool:
    whole = service.running >= service.desired and queue.in_flight <= service.running
    return whole and (queue.in_flight > 0 or queue.visible == 0)
