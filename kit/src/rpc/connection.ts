/** Room for the largest answers of bulk calls; a message beyond it fails on either side. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** What both ends agree on. A peer that does not answer pings is given up, and with it the calls that wait for it. */
const BOTH_ENDS = {
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 3_000,
};

export const SERVER_OPTIONS = {
  ...BOTH_ENDS,
  // Clients connect anew from time to time, and so find instances that have come since.
  'grpc.max_connection_age_ms': 5 * 60_000,
  'grpc.max_connection_age_grace_ms': 30_000,
};

/**
 * Calls go round all addresses that the target resolves to; one that keeps failing is left out for a while, if others are left.
 * grpc-js does no health checking of its own accord (gRFC A17): an instance that stops tells its clients by GOAWAY instead.
 */
const LOAD_BALANCING = {
  outlier_detection: {
    interval: { seconds: 5, nanos: 0 },
    base_ejection_time: { seconds: 10, nanos: 0 },
    max_ejection_time: { seconds: 60, nanos: 0 },
    max_ejection_percent: 50,
    failure_percentage_ejection: { threshold: 80, minimum_hosts: 2, request_volume: 10, enforcement_percentage: 100 },
    child_policy: [{ round_robin: {} }],
  },
};

export const CLIENT_OPTIONS = {
  ...BOTH_ENDS,
  'grpc.keepalive_permit_without_calls': 1,
  // Retries are ours: each is signed anew. What never left is sent elsewhere by grpc-js all the same.
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [LOAD_BALANCING], methodConfig: [] }),
  'grpc.service_config_disable_resolution': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 5_000,
};
