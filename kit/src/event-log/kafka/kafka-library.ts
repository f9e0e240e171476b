import kafkajs from 'kafkajs';

/** What Node does not find by name in this CommonJS package. */
export const { ConfigResourceTypes, ConfigSource, KafkaJSError, KafkaJSNonRetriableError, KafkaJSProtocolError } =
  kafkajs;
