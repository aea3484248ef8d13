import { Axios } from 'axios';
import { exchange, type WireAnswer, type WireRequest } from './wire.ts';

/** Without axios' own defaults, which it would merge into each request; the adapter is given with each. */
const http = new Axios({});

/** Sends one request. Throws only WireFailure. */
export async function sendByAxios(request: WireRequest): Promise<WireAnswer> {
  const { data, status, statusText } = await http.request<WireAnswer>({
    method: request.method,
    url: request.origin.href + request.path,
    adapter: async (config) => {
      const answer = await exchange(request);
      return { data: answer, status: answer.status, statusText: answer.reason, headers: {}, config };
    },
  });
  return { ...data, status, reason: statusText };
}
