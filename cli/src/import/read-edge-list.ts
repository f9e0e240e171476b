import { open, type FileHandle } from 'node:fs/promises';
import { handleKey } from '@starling/domain/profile.ts';
import { GRAPH_ID_MAX } from './handles.ts';

/** An undirected friendship, or an arc: names as the file has them. */
export type Edge = readonly [string, string];

/**
 * Reads an edge list as SNAP and Network Repository give them: two names a line, apart by blanks, tabs or a comma; more columns
 * (weights, times) are ignored, lines that start with `#` or `%` are comments, and so is a first line that names its columns.
 * Self-loops and repeated edges are left out. Names must do as handles.
 * Throws an Error with a plain message, and the line's number if one is at fault.
 */
export async function readEdgeList(file: string): Promise<Edge[]> {
  const handle = await openList(file);
  try {
    return await readEdges(handle, file);
  } finally {
    await handle.close();
  }
}

async function openList(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`There is no file ${file}.`, { cause });
    throw new Error(`${file} cannot be read: ${code ?? String(cause)}.`, { cause });
  }
  throw new Error(`${file} is not a file.`);
}

async function readEdges(handle: FileHandle, file: string): Promise<Edge[]> {
  const edges = new Map<string, Edge>();
  const spellings = new Map<string, string>();
  let number = 0;
  let isFirst = true;
  for await (const line of handle.readLines()) {
    number += 1;
    const text = line.trim();
    if (text === '' || text.startsWith('#') || text.startsWith('%')) continue;
    const columns = text.split(SEPARATOR);
    if (isFirst && isHeader(columns)) continue;
    isFirst = false;
    const edge = parseEdge(columns, `Line ${number} of ${file}`);
    for (const name of edge) checkSpelling(spellings, name, `Line ${number} of ${file}`);
    if (edge[0] !== edge[1]) edges.set(edge.join(' '), edge);
  }
  if (edges.size === 0) throw new Error(`${file} holds no edge.`);
  return [...edges.values()];
}

const SEPARATOR = /\s*,\s*|\s+/;
const NAME = /^\w+$/;
const SHOWN = 40;

function parseEdge([from, to]: readonly string[], place: string): Edge {
  for (const name of [from, to]) {
    if (!name || !NAME.test(name)) {
      const found = name ? JSON.stringify(name.slice(0, SHOWN)) : 'nothing';
      throw new Error(`${place} is no edge: expected two ids of letters, digits and underscores, found ${found}.`);
    }
    if (name.length > GRAPH_ID_MAX)
      throw new Error(`${place} has an id of ${name.length} characters; handles have room for ${GRAPH_ID_MAX}.`);
  }
  return [from ?? '', to ?? ''];
}

/** Handles are the same whatever their case, so two ids that differ in nothing else would be one person. */
function checkSpelling(spellings: Map<string, string>, name: string, place: string): void {
  const key = handleKey(name);
  const known = spellings.get(key) ?? name;
  if (known !== name) throw new Error(`${place} has the id ${name}, which differs from ${known} in case only.`);
  spellings.set(key, known);
}

const HEADERS = /^["']?(id|node|source|target|from|to|src|dst|user|follower|followee)(_?(id|[0-9ab]))?["']?$/i;

function isHeader([from = '', to = '']: readonly string[]): boolean {
  return HEADERS.test(from) && HEADERS.test(to);
}
