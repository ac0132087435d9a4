import pytest
from botocore.exceptions import ClientError

from tests.worker.strict_sqs import refused
from tests.worker.world import JOBS, World
from worker.queue import MessageGoneError


def test_a_message_that_ran_out_cannot_be_held(world: World):
    world.send()
    message = world.worker().receive()
    world.clock.now += 100
    with pytest.raises(MessageGoneError, match="MessageNotInflight"):
        message.hide(100)


def test_a_message_that_was_given_to_another_cannot_be_held_or_deleted(world: World):
    world.send()
    message = world.worker().receive()
    world.clock.now += 100
    world.worker("w2").receive()
    with pytest.raises(MessageGoneError, match="ReceiptHandleIsInvalid"):
        message.hide(100)
    message.delete()
    assert len(world.sqs.bodies(JOBS)) == 1


def test_a_message_cannot_be_held_beyond_twelve_hours_from_its_receive(world: World):
    world.send()
    message = world.worker().receive()
    with pytest.raises(MessageGoneError, match="InvalidParameterValue"):
        message.hide(12 * 3600 + 1)


def test_trouble_of_the_queue_is_not_taken_for_a_lost_message(world: World):
    world.send()
    message = world.worker().receive()
    world.sqs.failing["change_message_visibility"] = refused("RequestThrottled")
    with pytest.raises(ClientError):
        message.hide(100)


def test_a_message_tells_when_it_was_sent_and_how_often_it_was_received(world: World):
    world.send("body")
    world.clock.now += 5
    world.worker().receive()
    world.clock.now += 101
    message = world.worker().receive()
    assert (message.body, message.receive_count) == ("body", 2)
    assert world.clock.wall() - message.sent_at.timestamp() == pytest.approx(106, abs=0.01)
