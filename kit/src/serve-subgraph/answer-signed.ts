import { bulkhead, isBulkheadRejectedError } from 'cockatiel';
import type { Request, Response } from 'express';
import { OperationTypeNode } from 'graphql';
import { decodeCall } from '../call.ts';
import { StarlingError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { takeOnce, verify, type SigningKeys } from '../signing.ts';
import type { NonceStore } from '../signing/nonces.ts';
import { kindOf } from '../subgraph/documents.ts';
import { executeInSubgraph, type SubgraphResponse } from '../subgraph/execute-in-subgraph.ts';
import type { Subgraph } from '../subgraph/port.ts';
import { collectPositions, WROTE_HEADER } from '../written-positions.ts';
import { CALL_HEADER, decodeRequest, EXECUTE, SIGNATURE_HEADER } from './wire.ts';

export type AnswerOptions = {
  subgraph: Subgraph;
  keys: SigningKeys;
  nonces: NonceStore;
  maxRunning: number;
  logger: Logger;
};

type Handler = (request: Request, response: Response) => Promise<void>;

/** Runs what a signed body asks for. Rejects with StarlingError for what is not run at all: the rest is GraphQL's to say. */
export function answerSigned(options: AnswerOptions): Handler {
  const places = bulkhead(options.maxRunning);
  return async (request, response) => {
    const run = () => verifyAndRun(request, response, options);
    const answer = await places.execute(run).catch((error: unknown) => {
      throw isBulkheadRejectedError(error) ? overloaded(options.subgraph.name) : error;
    });
    response.type('json').send(JSON.stringify(answer));
  };
}

async function verifyAndRun(
  request: Request,
  response: Response,
  { subgraph, keys, nonces, logger }: AnswerOptions,
): Promise<SubgraphResponse> {
  const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const frame = request.get(CALL_HEADER) ?? '';
  const verified = verify(
    { audience: subgraph.name, method: EXECUTE, frame, body },
    request.get(SIGNATURE_HEADER),
    keys,
  );
  const { call, written } = collectPositions(decodeCall(frame));
  const operation = decodeRequest(body.toString('utf8'));
  if (kindOf(subgraph.schema, operation) === OperationTypeNode.MUTATION) await takeOnce(verified, nonces);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answer = await executeInSubgraph(subgraph, operation, { ...call, signal: gone.signal }, { logger });
  const wrote = written();
  if (wrote !== null) response.setHeader(WROTE_HEADER, wrote);
  return answer;
}

function overloaded(name: string): StarlingError {
  return new StarlingError('UNAVAILABLE', `The subgraph ${name} has too much to do; try again`);
}
