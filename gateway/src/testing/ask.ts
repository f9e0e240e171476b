import { request as httpRequest } from 'node:http';

export type Told = {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: { code: string } & Record<string, unknown> }[];
};
export type Asked = { status: number; headers: Headers; body: Told };

/** One request over real HTTP. `body` is sent as JSON unless it is a text. */
export async function ask(
  url: string,
  body: object | string,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Asked> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: method === 'POST' ? (typeof body === 'string' ? body : JSON.stringify(body)) : null,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Told) };
}

/** The code of the only error. */
export function codeOf({ errors = [] }: Told): string | undefined {
  return errors.length === 1 ? errors[0]?.extensions.code : `${errors.length} errors`;
}

/** Status of a GET by a client whose headers fetch would not send. */
export function statusOf(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}
