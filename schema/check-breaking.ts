import { Supergraph } from '@apollo/federation-internals';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import type { GraphQLSchema } from 'graphql';
import { execFileSync } from 'node:child_process';
import { compose } from './compose.ts';

const ALLOWED = /^BREAKING CHANGE:/m;

/** What a change of the schema means to clients that were written for the old one. */
export type SchemaChanges = { breaking: string[]; dangerous: string[]; safe: number };

/** Compares what clients see of two supergraphs. */
export async function compareSupergraphs(oldSdl: string, newSdl: string): Promise<SchemaChanges> {
  const changes = await diff(apiSchemaOf(oldSdl), apiSchemaOf(newSdl));
  const messagesOf = (level: CriticalityLevel) =>
    changes.filter((change) => change.criticality.level === level).map((change) => change.message);
  return {
    breaking: messagesOf(CriticalityLevel.Breaking),
    dangerous: messagesOf(CriticalityLevel.Dangerous),
    safe: messagesOf(CriticalityLevel.NonBreaking).length,
  };
}

/** The schema that clients see, without the joins and links of federation. */
export function apiSchemaOf(supergraphSdl: string): GraphQLSchema {
  return Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema();
}

/** What is not committed is compared with the last commit; what is, with the one before. */
async function main(): Promise<void> {
  const { supergraphSdl } = compose();
  const isCommitted = committedAt('HEAD') === supergraphSdl;
  const base = isCommitted ? 'HEAD~1' : 'HEAD';
  const oldSdl = committedAt(base);
  if (oldSdl === null) {
    console.log(`No supergraph to compare with at ${base}.`);
    return;
  }
  const { breaking, dangerous, safe } = await compareSupergraphs(oldSdl, supergraphSdl);
  for (const message of dangerous) console.log(`dangerous: ${message}`);
  for (const message of breaking) console.error(`breaking: ${message}`);
  console.log(`Against ${base}: ${breaking.length} breaking, ${dangerous.length} dangerous, ${safe} safe changes.`);
  const isAllowed = process.argv.includes('--allow') || (isCommitted && ALLOWED.test(git('log', '-1', '--format=%B')));
  if (breaking.length === 0 || isAllowed) return;
  console.error('Keep the old field and deprecate it, or say why in a commit message line `BREAKING CHANGE: …`.');
  process.exitCode = 1;
}

function committedAt(revision: string): string | null {
  try {
    return git('show', `${revision}:schema/supergraph.graphql`);
  } catch {
    return null; // no such commit, no such file in it, or no repository at all
  }
}

function git(...parameters: string[]): string {
  return execFileSync('git', parameters, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

if (import.meta.main) await main();
