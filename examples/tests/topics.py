"""Topics of a Kafka broker, by another client than the library's."""

import json

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 3


def create(broker, topic):
    """Makes a topic; the library makes none."""
    admin = AdminClient({"bootstrap.servers": broker})
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)


def messages(broker, topic):
    """Reads all that a topic has, those of a key in their order: keys, and values out of JSON."""
    settings = {"bootstrap.servers": broker, "group.id": "test", "enable.partition.eof": True}
    # else each fetch that finds nothing new waits for half a second
    consumer = Consumer({**settings, "fetch.wait.max.ms": 10})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    try:
        return list(until_the_end(consumer))
    finally:
        consumer.close()


def until_the_end(consumer):
    left = PARTITIONS
    while left:
        message = consumer.poll(30)
        assert message is not None, "the broker does not answer"
        if message.error() is None:
            yield message.key().decode(), json.loads(message.value())
        else:
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            left -= 1
