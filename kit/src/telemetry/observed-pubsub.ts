import { mapIterator } from '../map-iterator.ts';
import type { Message, PubSub } from '../pubsub/port.ts';
import { noteTrace } from './event-trace.ts';
import * as metrics from './metrics.ts';
import { inSpan, isTracing, traceHeaders } from './tracing.ts';

/** Before the payload of a message that was published within a trace. No payload of ours begins like this. */
const MARK = '\u001ftraceparent:';
const END = '\u001f';

/** The same push, counted, with the trace of its publisher riding along. */
export function observedPubSub<Push extends PubSub>(pubsub: Push): Push {
  return {
    ...pubsub,
    publish(channels: readonly string[], payload: string) {
      metrics.messagesPublished.inc();
      if (!isTracing()) return pubsub.publish(channels, payload);
      const attributes = { 'messaging.batch.message_count': channels.length };
      const send = () => pubsub.publish(channels, withTrace(payload));
      return inSpan('announce', attributes, send, { kind: 'producer' });
    },
    async subscribe(channels: readonly string[], options?: { maxBuffered?: number }) {
      const messages = await pubsub.subscribe(channels, options);
      return { ...mapIterator(messages, { map: opened }), listenTo: (next) => messages.listenTo(next) };
    },
  };
}

function withTrace(payload: string): string {
  const { traceparent } = traceHeaders();
  return traceparent === undefined ? payload : `${MARK}${traceparent}${END}${payload}`;
}

function opened(message: Message): Message {
  if (message.dropped > 0) metrics.messagesDropped.inc(message.dropped);
  if (!message.payload.startsWith(MARK)) return message;
  const end = message.payload.indexOf(END, MARK.length);
  noteTrace({ traceparent: message.payload.slice(MARK.length, end) });
  return { ...message, payload: message.payload.slice(end + 1) };
}
