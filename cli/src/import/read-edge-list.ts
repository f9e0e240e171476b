import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** An undirected friendship, or an arc: names as the file has them. */
export type Edge = readonly [string, string];

/**
 * Reads an edge list as SNAP and Network Repository give them: two names a line, apart by blanks, tabs or a comma; more columns
 * (weights, times) are ignored, lines that start with `#` or `%` are comments. Self-loops and repeated edges are left out.
 * Throws an Error with the line's number for anything else.
 */
export async function readEdgeList(file: string): Promise<Edge[]> {
  const edges = new Map<string, Edge>();
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    number += 1;
    const edge = parseLine(line, `${file}:${number}`);
    if (edge !== null && edge[0] !== edge[1]) edges.set(`${edge[0]} ${edge[1]}`, edge);
  }
  if (edges.size === 0) throw new Error(`${file} holds no edge.`);
  return [...edges.values()];
}

function parseLine(line: string, place: string): Edge | null {
  const text = line.trim();
  if (text === '' || text.startsWith('#') || text.startsWith('%')) return null;
  const [from, to] = text.split(/[\s,]+/);
  // Handles are made of them: u<name> must stay within 15 letters, digits and underscores.
  if (!from || !to || !NAME.test(from) || !NAME.test(to)) {
    throw new Error(`${place} is not an edge: expected two ids of letters and digits, got "${text.slice(0, 60)}".`);
  }
  return [from, to];
}

const NAME = /^\w{1,14}$/;
