/**
 * JSON over fetch: problem details (RFC 9457) become `ApiError`, reads are retried when the network fails.
 *
 * Writes are retried only when they carry an `Idempotency-Key`, because then a second try cannot act twice.
 */

/** What went wrong, in words a person can read (`detail`) and a code a program can test (`code`). */
export class ApiError extends Error {
  /** HTTP status, or 0 when no answer arrived (`code` is then `offline`, `network` or `timeout`). */
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Field name to sentence, from the problem's `field` and `errors`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The whole problem document, for extra members such as `alternatives` or `revision`. */
  readonly problem: Readonly<Record<string, unknown>>;
  /** A reference for support, when the server gave one. */
  readonly requestId: string;

  constructor(status: number, problem: Record<string, unknown>, requestId = "") {
    const detail = text(problem["detail"]) || text(problem["title"]) || `The server answered ${status}.`;
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = text(problem["code"]) || `http_${status}`;
    this.detail = detail;
    this.fields = fieldErrors(problem, detail);
    this.problem = problem;
    this.requestId = requestId;
  }

  /** True when no answer arrived: the request may or may not have been carried out. */
  get isNetwork(): boolean {
    return this.status === 0;
  }

  /** Seconds to wait before another try, when the server said so. */
  get retryAfterSeconds(): number | null {
    const value = this.problem["retry_after_seconds"];
    return typeof value === "number" ? value : null;
  }
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  /** Makes a write safe to repeat; see `newIdempotencyKey`. */
  idempotencyKey?: string;
  /** The revision that the change is based on; a newer one answers 412 `stale`. */
  ifMatch?: number | string;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** For a write that changes nothing, or nothing twice: tried again when the network fails. */
  mayRepeat?: boolean;
}

export interface ApiClientOptions {
  /** Put before every path; `""` for the page's own origin. */
  baseUrl?: string;
  /** A personal token, for pages that reach us by a path of their own server; our own pages use the session cookie. */
  token?: () => string | null;
  /** Whether cookies go along; without it, those of the page's origin, and of `baseUrl`'s where one is given. */
  credentials?: RequestCredentials;
  fetch?: typeof fetch;
  /** Waits between tries; replaced in tests. */
  sleep?: (ms: number) => Promise<void>;
  /** Called for each 401, so that the app can show the sign-in page. */
  onUnauthenticated?: () => void;
}

const RETRY_DELAYS_MS = [300, 1200];
const RETRYABLE_STATUS = new Set([502, 503, 504]);
const TIMEOUT_MS = 20_000;

export class ApiClient {
  #options: ApiClientOptions;

  constructor(options: ApiClientOptions = {}) {
    this.#options = options;
  }

  get<T>(path: string, options?: RequestOptions): Promise<T> {
    return this.request<T>("GET", path, options);
  }
  post<T>(path: string, body?: unknown, options?: RequestOptions): Promise<T> {
    return this.request<T>("POST", path, { ...options, body: body ?? {} });
  }
  put<T>(path: string, body: unknown, options?: RequestOptions): Promise<T> {
    return this.request<T>("PUT", path, { ...options, body });
  }
  patch<T>(path: string, body: unknown, options?: RequestOptions): Promise<T> {
    return this.request<T>("PATCH", path, { ...options, body });
  }
  delete<T = void>(path: string, options?: RequestOptions): Promise<T> {
    return this.request<T>("DELETE", path, options);
  }

  /** One call with its retries. Resolves to the parsed body (undefined for 204); throws `ApiError`. */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const repeatable = method === "GET" || options.mayRepeat === true || options.idempotencyKey !== undefined;
    const sleep = this.#options.sleep ?? wait;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once<T>(method, path, options);
      } catch (error) {
        const delay = RETRY_DELAYS_MS[attempt];
        if (!repeatable || delay === undefined || !isTransient(error)) throw error;
        if (options.signal?.aborted) throw error;
        await sleep(delay);
      }
    }
  }

  async #once<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    let response: Response;
    try {
      response = await (this.#options.fetch ?? fetch)(this.#url(path, options.query), {
        method,
        headers: this.#headers(options),
        body: options.body === undefined ? null : JSON.stringify(options.body),
        credentials: this.#options.credentials ?? (this.#options.baseUrl ? "include" : "same-origin"),
        signal,
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw networkError(timeout.aborted);
    }
    return this.#read<T>(response);
  }

  async #read<T>(response: Response): Promise<T> {
    if (response.status === 204) return undefined as T;
    const parsed = await readJson(response);
    if (response.ok) return parsed as T;
    if (response.status === 401) this.#options.onUnauthenticated?.();
    const problem = isRecord(parsed) ? parsed : {};
    const retryAfter = Number(response.headers.get("Retry-After"));
    if (retryAfter > 0 && problem["retry_after_seconds"] === undefined) {
      problem["retry_after_seconds"] = retryAfter;
    }
    throw new ApiError(response.status, problem, response.headers.get("X-Request-Id") ?? "");
  }

  #url(path: string, query: RequestOptions["query"]): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== null && value !== undefined) search.set(name, String(value));
    }
    const suffix = search.size > 0 ? `?${search}` : "";
    return `${this.#options.baseUrl ?? ""}${path}${suffix}`;
  }

  #headers(options: RequestOptions): Record<string, string> {
    const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
    if (options.ifMatch !== undefined) headers["If-Match"] = `"${options.ifMatch}"`;
    const token = this.#options.token?.();
    if (token) headers["Authorization"] = `Bearer ${token}`;
    return headers;
  }
}

/** The client for our own pages: same origin, session cookie. */
export const api = new ApiClient();

/** A fresh key for one intended write; keep it for every retry of that same write. */
export function newIdempotencyKey(): string {
  // randomUUID exists only in secure contexts; getRandomValues exists everywhere.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Any thrown value as an `ApiError`, so that one screen can show every failure. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError(0, { code: "unexpected", detail });
}

function networkError(timedOut: boolean): ApiError {
  if (typeof navigator !== "undefined" && navigator.onLine === false) {
    return new ApiError(0, { code: "offline", detail: "You are offline." });
  }
  return timedOut
    ? new ApiError(0, { code: "timeout", detail: "The server took too long to answer." })
    : new ApiError(0, { code: "network", detail: "The server could not be reached." });
}

function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.isNetwork || RETRYABLE_STATUS.has(error.status));
}

async function readJson(response: Response): Promise<unknown> {
  const body = await response.text();
  if (!body) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    // A proxy's HTML page: the status says enough.
    return undefined;
  }
}

function fieldErrors(problem: Record<string, unknown>, detail: string): Record<string, string> {
  const fields: Record<string, string> = {};
  if (typeof problem["field"] === "string") fields[problem["field"]] = detail;
  for (const error of Array.isArray(problem["errors"]) ? problem["errors"] : []) {
    if (isRecord(error) && typeof error["field"] === "string") fields[error["field"]] = text(error["detail"]);
  }
  return fields;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
