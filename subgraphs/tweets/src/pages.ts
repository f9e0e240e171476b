import type { Id } from '@starling/domain/ids.ts';
import type { ReadRouter } from '@starling/kit/postgres/read-router.ts';
import type { CallContext } from '@starling/kit/principal.ts';
import {
  readBookmarks,
  readLikers,
  readReplies,
  readRetweeters,
  type Place,
  type Retweeter,
} from './store/read-pages.ts';

/** Lists of which somebody sees a page. They may lag by a moment, except behind what the viewer has done. */
export type Pages = {
  readReplies(query: Parameters<typeof readReplies>[1]): Promise<Id[]>;
  readLikers(query: Parameters<typeof readLikers>[1]): Promise<Place[]>;
  readBookmarks(query: Parameters<typeof readBookmarks>[1]): Promise<Place[]>;
  readRetweeters(query: Parameters<typeof readRetweeters>[1]): Promise<Retweeter[]>;
};

export function createPages({ read }: Pick<ReadRouter, 'read'>, call: Pick<CallContext, 'consistency'>): Pages {
  return {
    readReplies: (query) => read(call, (db) => readReplies(db, query)),
    readLikers: (query) => read(call, (db) => readLikers(db, query)),
    readBookmarks: (query) => read(call, (db) => readBookmarks(db, query)),
    readRetweeters: (query) => read(call, (db) => readRetweeters(db, query)),
  };
}
