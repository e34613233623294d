import { describe, expect, test, vi } from "vitest";
import { ApiClient, ApiError, newIdempotencyKey } from "../src/internal/api-client.ts";

type Reply = Response | Error;

function client(...replies: Reply[]) {
  const calls: { url: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const onUnauthenticated = vi.fn();
  const api = new ApiClient({
    fetch: (async (url: string, init: RequestInit) => {
      calls.push({ url, init });
      const reply = replies[Math.min(calls.length, replies.length) - 1];
      if (reply instanceof Error) throw reply;
      return reply?.clone();
    }) as typeof fetch,
    sleep: async (ms) => void waits.push(ms),
    onUnauthenticated,
  });
  return { api, calls, waits, onUnauthenticated };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });

async function failure(work: Promise<unknown>): Promise<ApiError> {
  return work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: ApiError) => error,
  );
}

describe("answers", () => {
  test("JSON comes back parsed, 204 as nothing", async () => {
    expect(await client(json(200, { ok: 1 })).api.get("/api/x")).toEqual({ ok: 1 });
    expect(await client(new Response(null, { status: 204 })).api.delete("/api/x")).toBeUndefined();
  });

  test("queries leave out what is not given", async () => {
    const { api, calls } = client(json(200, {}));
    await api.get("/api/x", { query: { a: "b c", none: undefined, nil: null, zero: 0 } });
    expect(calls[0]?.url).toBe("/api/x?a=b+c&zero=0");
  });

  test("writes carry their key and revision", async () => {
    const { api, calls } = client(json(201, {}));
    await api.post("/api/x", { a: 1 }, { idempotencyKey: "k", ifMatch: 3 });
    expect(calls[0]?.init).toMatchObject({ method: "POST", body: '{"a":1}', credentials: "same-origin" });
    expect(calls[0]?.init.headers).toMatchObject({ "Idempotency-Key": "k", "If-Match": '"3"' });
  });
});

describe("problems", () => {
  test("carry code, sentence, fields and extra members", async () => {
    const problem = {
      code: "slot_taken",
      detail: "Taken.",
      alternatives: [{ start: "a", end: "b" }],
      field: "start",
      errors: [{ field: "title", detail: "Too long." }],
    };
    const error = await failure(client(json(409, problem, { "X-Request-Id": "r1" })).api.post("/api/x"));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, code: "slot_taken", detail: "Taken.", requestId: "r1" });
    expect(error.fields).toEqual({ start: "Taken.", title: "Too long." });
    expect(error.problem["alternatives"]).toHaveLength(1);
  });

  test("a proxy's HTML page still gives a sentence", async () => {
    const error = await failure(client(new Response("<h1>Bad</h1>", { status: 400 })).api.get("/api/x"));
    expect(error).toMatchObject({ status: 400, code: "http_400", detail: "The server answered 400." });
  });

  test("Retry-After is passed on, 401 is reported", async () => {
    const limited = await failure(client(json(429, { code: "rate_limited" }, { "Retry-After": "7" })).api.get("/x"));
    expect(limited.retryAfterSeconds).toBe(7);
    const { api, onUnauthenticated } = client(json(401, { code: "unauthenticated" }));
    await failure(api.get("/x"));
    expect(onUnauthenticated).toHaveBeenCalledOnce();
  });
});

describe("retries", () => {
  const lost = new TypeError("fetch failed");

  test("a read is tried three times, with growing waits", async () => {
    const { api, calls, waits } = client(lost, lost, json(200, { ok: 1 }));
    expect(await api.get("/x")).toEqual({ ok: 1 });
    expect(calls).toHaveLength(3);
    expect(waits).toEqual([300, 1200]);
  });

  test("then it gives up as a network error", async () => {
    const { api, calls } = client(lost);
    expect(await failure(api.get("/x"))).toMatchObject({ status: 0, code: "network", isNetwork: true });
    expect(calls).toHaveLength(3);
  });

  test("a write without a key is tried once, with a key again under the same key", async () => {
    const without = client(lost);
    await failure(without.api.post("/x"));
    expect(without.calls).toHaveLength(1);
    const withKey = client(lost, json(201, {}));
    await withKey.api.post("/x", {}, { idempotencyKey: "k" });
    expect(withKey.calls.map((call) => (call.init.headers as Record<string, string>)["Idempotency-Key"])).toEqual(["k", "k"]);
  });

  test("refusals are not repeated", async () => {
    const { api, calls } = client(json(409, { code: "conflict" }));
    await failure(api.get("/x"));
    expect(calls).toHaveLength(1);
  });
});

test("keys are long and never the same", () => {
  const keys = Array.from({ length: 100 }, newIdempotencyKey);
  expect(new Set(keys).size).toBe(100);
  expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});
