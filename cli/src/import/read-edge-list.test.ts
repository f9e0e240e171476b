import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEdgeList, type Edge } from './read-edge-list.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starling-edges-'));
});
afterAll(() => rm(folder, { recursive: true }));

const TWO: Edge[] = [
  ['1', '2'],
  ['2', '3'],
];

test.each([
  ['blanks', '1 2\n2 3\n'],
  ['tabs', '1\t2\n2\t3\n'],
  ['several blanks, also around', '  1   2  \n2 \t 3'],
  ['commas', '1,2\n2,3\n'],
  ['commas and blanks', '1, 2\n2 ,3\n'],
  ['Windows line ends', '1 2\r\n2 3\r\n'],
  ['a byte order mark', '\uFEFF1 2\n2 3\n'],
  ['a byte order mark before a comment', '\uFEFF# Nodes: 3\n1 2\n2 3\n'],
  ['comments of SNAP', '# Undirected graph: ../../data/x.txt\n# FromNodeId\tToNodeId\n1\t2\n2\t3\n'],
  ['comments of Network Repository', '% sym unweighted\n% 2 3 3\n1 2\n2 3\n'],
  ['weights and times', '1 2 0.5 1082040961\n2 3 1e-3 1082155839\n'],
  ['empty lines', '\n1 2\n\n\n2 3\n\n'],
  ['a header', 'node_1,node_2\n1,2\n2,3\n'],
  ['another header', 'source,target,weight\n1,2,1\n2,3,1\n'],
  ['self-loops', '1 1\n1 2\n2 3\n3 3\n'],
  ['repeated edges', '1 2\n2 3\n1 2\n1 2\n'],
])('an edge list with %s', async (_what, content) => {
  expect(await read(content)).toEqual(TWO);
});

test('both directions of an edge are two arcs', async () => {
  expect(await read('1 2\n2 1\n')).toEqual([
    ['1', '2'],
    ['2', '1'],
  ]);
});

test('names may be letters and underscores, as long as a handle leaves room for them', async () => {
  expect(await read('ada_l bob\nabcdefghijklmn 1')).toEqual([
    ['ada_l', 'bob'],
    ['abcdefghijklmn', '1'],
  ]);
});

test.each([
  [
    'one id alone',
    '1 2\n3\n',
    'Line 2 of FILE is no edge: expected two ids of letters, digits and underscores, found nothing.',
  ],
  [
    'an empty column',
    '1,2\n1,,2\n',
    'Line 2 of FILE is no edge: expected two ids of letters, digits and underscores, found nothing.',
  ],
  [
    'no first column',
    '# x\n\n,2\n',
    'Line 3 of FILE is no edge: expected two ids of letters, digits and underscores, found nothing.',
  ],
  [
    'a negative id',
    '1 2\n1 -2\n',
    'Line 2 of FILE is no edge: expected two ids of letters, digits and underscores, found "-2".',
  ],
  [
    'prose',
    'Dear “reader”, hello!\n',
    'Line 1 of FILE is no edge: expected two ids of letters, digits and underscores, found "“reader”".',
  ],
  [
    'letters beyond ASCII',
    '1 é\n',
    'Line 1 of FILE is no edge: expected two ids of letters, digits and underscores, found "é".',
  ],
  [
    'a header in the middle',
    '1,2\nid_1,id_-2\n',
    'Line 2 of FILE is no edge: expected two ids of letters, digits and underscores, found "id_-2".',
  ],
  [
    'an id that no handle has room for',
    '1 2\n1 123456789012345\n',
    'Line 2 of FILE has an id of 15 characters; handles have room for 14.',
  ],
  [
    'ids that differ in case only',
    'ada bob\nAda carl\n',
    'Line 2 of FILE has the id Ada, which differs from ada in case only.',
  ],
  ['nothing', '', 'FILE holds no edge.'],
  ['comments alone', '# nothing\n% at all\n', 'FILE holds no edge.'],
  ['self-loops alone', '1 1\n2 2\n', 'FILE holds no edge.'],
  ['a header alone', 'source,target\n', 'FILE holds no edge.'],
])('a file with %s is refused with its place', async (_what, content, message) => {
  const file = await write(content);
  await expect(readEdgeList(file)).rejects.toThrow(new Error(message.replaceAll('FILE', file)));
});

test('bytes that are no text are refused without printing them all', async () => {
  const file = await write(Buffer.from(Array.from({ length: 5_000 }, (_, index) => 128 + (index % 100))));
  const error = await readEdgeList(file).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message.replaceAll(file, '').length).toBeLessThan(200);
});

test('a file that is not there, or is none, is said to be so', async () => {
  const missing = join(folder, 'missing.edges');
  await expect(readEdgeList(missing)).rejects.toThrow(`There is no file ${missing}.`);
  await expect(readEdgeList(folder)).rejects.toThrow(`${folder} is not a file.`);
  const beneath = join(await write('1 2'), 'beneath.edges');
  await expect(readEdgeList(beneath)).rejects.toThrow(`${beneath} cannot be read: ENOTDIR.`);
});

let files = 0;

async function write(content: string | Buffer): Promise<string> {
  const file = join(folder, `${(files += 1)}.edges`);
  await writeFile(file, content);
  return file;
}

async function read(content: string): Promise<Edge[]> {
  return readEdgeList(await write(content));
}
