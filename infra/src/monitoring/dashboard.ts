import { DEPENDENCY_ROWS } from './dependency-rows.ts';
import { DOOR_ROWS } from './door-rows.ts';
import { INNER_ROWS } from './inner-rows.ts';
import type { Panel, Row } from './panels.ts';

export const DASHBOARD_FILE = new URL('../../grafana/starling.json', import.meta.url);

const WIDTH = 24;
const PANELS_A_LINE = 3;
const PANEL = { w: WIDTH / PANELS_A_LINE, h: 8 };
const SOURCE = { type: 'prometheus', uid: '${source}' };

/** The dashboard as Grafana imports it. */
export function renderDashboard(): string {
  const dashboard = {
    uid: 'starling',
    title: 'Starling',
    tags: ['starling'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [sourceVariable(), labelVariable('job', 'up'), labelVariable('instance', 'up{job=~"$job"}')] },
    panels: placed([...DOOR_ROWS, ...DEPENDENCY_ROWS, ...INNER_ROWS]),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function sourceVariable() {
  return { name: 'source', label: 'Source', type: 'datasource', query: 'prometheus' };
}

function labelVariable(name: string, series: string) {
  const query = `label_values(${series}, ${name})`;
  const all = { includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  return { name, type: 'query', datasource: SOURCE, query, definition: query, refresh: 2, ...all };
}

function placed(rows: readonly Row[]): object[] {
  let id = 0;
  let y = 0;
  return rows.flatMap(({ title, panels }) => {
    const heading = { id: (id += 1), type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: WIDTH, h: 1 } };
    y += 1;
    const below = panels.map((panel, index) => {
      const x = (index % PANELS_A_LINE) * PANEL.w;
      const gridPos = { x, y: y + Math.floor(index / PANELS_A_LINE) * PANEL.h, ...PANEL };
      return { id: (id += 1), ...graph(panel), gridPos };
    });
    y += Math.ceil(panels.length / PANELS_A_LINE) * PANEL.h;
    return [heading, ...below];
  });
}

function graph({ title, description, unit, queries }: Panel) {
  return {
    type: 'timeseries',
    title,
    description,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }, overrides: [] },
    options: { legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
