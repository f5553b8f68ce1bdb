// Asks the API. Whoever has no valid key is led to the login.

const PATIENCE_MS = 8000;

export class Refusal extends Error {
  constructor(status, body) {
    super(body.detail?.error?.message ?? body.detail ?? `The server answered ${status}.`);
    this.status = status;
  }
}

export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value != null && value !== ""));
  const answer = await fetch(query.size ? `${path}?${query}` : path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const body = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, body);
  return body;
}
