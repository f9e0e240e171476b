import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { FIRST_QUERY } from './first-query.ts';

const http = new URL('/graphql', location.href);
const ws = new URL(http);
ws.protocol = http.protocol === 'https:' ? 'wss:' : 'ws:';

/** What the headers editor holds goes along with every request, and with `connection_init` of a subscription. */
const fetcher = createGraphiQLFetcher({ url: http.href, subscriptionUrl: ws.href });

const container = document.getElementById('graphiql');
if (!container) throw new Error('index.html has no #graphiql');
createRoot(container).render(
  createElement(GraphiQL, {
    fetcher,
    defaultQuery: FIRST_QUERY,
    defaultHeaders: '{\n  "Authorization": ""\n}',
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: true,
  }),
);
