/**
 * `/v1` from a page of any origin: the element token goes into the address (`?et=`), the element names itself in a header,
 * and no cookie is sent. Failures are `ApiError`s, whose `fields` come from `{"errors": {field: [{description}]}}`.
 */
import { ApiClient, ApiError, type RequestOptions } from "./api-client.ts";

export interface V1Options {
  /** Where Convene is, such as `https://convene.example.com`; empty for the page's own origin. */
  baseUrl: string;
  elementToken: string;
  /** The element's name, as servers log it: `SlotPicker`, `AvailabilityRules`. */
  element: string;
  fetch?: typeof fetch;
}

export class V1Client {
  #options: V1Options;
  #client: ApiClient;

  constructor(options: V1Options) {
    this.#options = options;
    this.#client = new ApiClient({
      baseUrl: options.baseUrl.replace(/\/+$/, ""),
      credentials: "omit",
      ...(options.fetch ? { fetch: options.fetch } : {}),
    });
  }

  get<T>(path: string, options?: RequestOptions): Promise<T> {
    return this.#call<T>("GET", path, options);
  }

  post<T>(path: string, body: unknown, options?: RequestOptions): Promise<T> {
    return this.#call<T>("POST", path, { ...options, body });
  }

  async #call<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    try {
      return await this.#client.request<T>(method, `/v1${path}`, {
        ...options,
        query: { ...options.query, et: this.#options.elementToken },
        headers: { "Cronofy-Element": `convene, ${this.#options.element}` },
      });
    } catch (error) {
      throw error instanceof ApiError ? inOurWords(error) : error;
    }
  }
}

interface FieldFault {
  key?: string;
  description?: string;
}

/** `/v1` has its own shapes of refusals; readers of `ApiError` need not know them. */
function inOurWords(error: ApiError): ApiError {
  const { errors, error: code, error_description: description } = error.problem;
  if (typeof errors === "object" && errors !== null && !Array.isArray(errors)) {
    const fields = Object.entries(errors as Record<string, FieldFault[]>).map(([field, faults]) => ({
      field,
      detail: faults.map((fault) => fault.description ?? "").join(" "),
    }));
    const detail = fields.map((fault) => fault.detail).join(" ");
    return new ApiError(error.status, { ...error.problem, code: "invalid", detail, errors: fields }, error.requestId);
  }
  if (typeof code !== "string") return error;
  return new ApiError(error.status, { ...error.problem, code, detail: description ?? code }, error.requestId);
}
