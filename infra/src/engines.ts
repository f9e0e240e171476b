/** What Starling runs on: the one place that says which servers, and which versions of them. */

export const ENGINE_NAMES = ['postgres', 'redis', 'redis-cluster', 'kafka', 'elasticsearch', 'haproxy'] as const;

/** Servers of a kind; one may be several processes: brokers, the nodes of a cluster, a primary and its replica. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Fixed to the last digit: the Maven artifacts of the native servers, and the tags of their images. */
export const VERSIONS = {
  kafka: '4.1.0',
  elasticsearch: '9.2.0',
} as const;

/** What Debian packages; a native server of another major is refused, and an image of another major fails a test. */
export const MAJORS = { postgres: 15, redis: 7, haproxy: 2 } as const;

/** Java for each; the lowest that is installed and not below. */
export const JAVA_AT_LEAST = { kafka: 17, elasticsearch: 21 } as const;

/** What a Redis may hold before it throws out; beside it, it needs as much again in the worst case, while it rewrites its log. */
export const REDIS_MEMORY = '512mb';

/**
 * `list-max-listpack-size` of Redis: nodes of 16 kB, so that a timeline at its longest is one. Of two, the one that is trimmed keeps
 * its slack: 9.4 kB a timeline instead of 8.3.
 */
export const REDIS_LIST_NODES = -3;

/** Where the images come from; tests hold docker-compose.yml against them. */
export const IMAGES: Readonly<Record<EngineName, string>> = {
  postgres: `postgres:${MAJORS.postgres}-bookworm`,
  redis: `redis:${MAJORS.redis}.4-bookworm`,
  'redis-cluster': `redis:${MAJORS.redis}.4-bookworm`,
  kafka: `apache/kafka:${VERSIONS.kafka}`,
  elasticsearch: `docker.elastic.co/elasticsearch/elasticsearch:${VERSIONS.elasticsearch}`,
  haproxy: `haproxy:${MAJORS.haproxy}.8-bookworm`,
};

/** Maven artifacts of the native servers; what comes is checked against infra/maven-digests.json. */
export const MAVEN_ARTIFACTS = {
  kafka: [
    { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: VERSIONS.kafka },
    // Without a binding for its SLF4J 1.7, Kafka logs nothing.
    { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-slf4j-impl', version: '2.25.1' },
  ],
  elasticsearch: `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${VERSIONS.elasticsearch}:zip`,
} as const;
