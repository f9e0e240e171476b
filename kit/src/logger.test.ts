import { expect, test } from 'vitest';
import { createLogger, loggerOfCall } from './logger.ts';
import { inNewTrace, startTracing } from './telemetry/tracing.ts';

function captured(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    name: 'test',
    level,
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { lines, logger };
}

test('secrets are redacted wherever they usually stand', () => {
  const { lines, logger } = captured();
  const secrets = {
    password: 'hunter2',
    refreshToken: 'hunter2',
    email: 'hunter2',
    authorization: 'hunter2',
    databaseUrl: 'hunter2',
  };
  logger.info({ ...secrets, input: secrets, request: { headers: { ...secrets, 'set-cookie': 'hunter2' } } }, 'x');
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]).toMatchObject({ password: '[redacted]', request: { headers: { 'set-cookie': '[redacted]' } } });
});

test('a call’s lines carry its request id, and errors their causes', () => {
  const { lines, logger } = captured();
  const error = new Error('outer', { cause: new Error('inner') });
  loggerOfCall(logger, { requestId: 'r1' }).error({ error }, 'failed');
  expect(lines[0]).toMatchObject({
    name: 'test',
    requestId: 'r1',
    msg: 'failed',
    error: { message: 'outer', cause: { message: 'inner' } },
  });
});

test('what is below the level is not written', () => {
  const { lines, logger } = captured('error');
  logger.info('x');
  expect(lines).toEqual([]);
});

test('a line says which process wrote it, and in which trace', async () => {
  const { lines, logger } = captured();
  const tracing = await startTracing({
    ...{ service: 'test', namespace: 'test', endpoint: 'http://127.0.0.1:1', sampleRatio: 0 },
  });
  await inNewTrace('work', {}, async () => logger.info('within'));
  await tracing.shutdown();
  logger.info('without');
  const process = { name: 'test', pid: expect.any(Number), hostname: expect.any(String) };
  const hex = (length: number) => expect.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
  expect(lines[0]).toMatchObject({ ...process, trace_id: hex(32), span_id: hex(16) });
  expect(lines[1]).not.toHaveProperty('trace_id');
});
