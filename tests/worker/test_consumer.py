from botocore.exceptions import EndpointConnectionError

from tests.worker.strict_sqs import refused
from tests.worker.world import JOBS, World
from worker.delivery import Delete, Disposition, GiveBack, Leave, Message


def hidden_for(world: World) -> float:
    [message] = world.sqs.queues[JOBS]
    return message.visible_at - world.clock.wall()


def answering(world: World, disposition: Disposition) -> None:
    """One turn of a loop whose processor answers so."""
    worker = world.worker()
    worker.consumer._process = lambda _message: disposition
    assert worker.work_once()


def test_a_message_that_is_done_with_is_deleted(world: World):
    world.send()
    answering(world, Delete())
    assert world.sqs.bodies(JOBS) == []


def test_a_message_that_is_given_back_is_hidden_for_as_long_as_was_said(world: World):
    world.send()
    answering(world, GiveBack(7))
    assert hidden_for(world) == 7


def test_a_message_that_is_anothers_is_not_touched(world: World):
    world.send()
    answering(world, Leave())
    assert hidden_for(world) == 100


def test_a_message_that_cannot_be_settled_does_not_end_the_loop(world: World):
    world.send()
    world.sqs.failing["delete_message"] = refused("InternalError")
    answering(world, Delete())
    world.sqs.failing = {"change_message_visibility": refused("ReceiptHandleIsInvalid")}
    world.clock.now += 101
    answering(world, GiveBack(7))
    assert hidden_for(world) == 100


def test_what_an_open_poll_brings_after_the_tasks_end_was_requested_goes_back_unprocessed(world: World):
    world.send()
    worker = world.worker()
    receive = worker.queue.receive

    def receive_while_told_to_end():
        worker.drain.begin()
        return receive()

    worker.queue.receive = receive_while_told_to_end
    worker.consumer.run()
    assert hidden_for(world) == 0
    assert worker.renderer.rendered == 0


def test_no_message_is_received_after_the_tasks_end_was_requested(world: World):
    world.send()
    worker = world.worker()
    worker.drain.begin()
    worker.consumer.run()
    assert world.sqs.queues[JOBS][0].receive_count == 0


def test_polling_resumes_after_the_queue_was_away(world: World):
    world.send()
    worker = world.worker()
    worker.drain.wait = lambda seconds: bool(world.sqs.failing.clear())
    world.sqs.failing["receive_message"] = EndpointConnectionError(endpoint_url="https://sqs.example")

    def process(_message: Message) -> Disposition:
        worker.drain.begin()
        return Delete()

    worker.consumer._process = process
    worker.consumer.run()
    assert world.sqs.bodies(JOBS) == []


def test_a_blocked_deployment_gives_the_message_back_and_pauses_polling(world: World):
    world.send()
    worker = world.worker()
    worker.protection.allowed = False
    waited: list[float] = []
    worker.drain.wait = lambda seconds: bool(waited.append(seconds))
    assert worker.work_once()
    assert hidden_for(world) == 0
    assert waited == [60.0]
