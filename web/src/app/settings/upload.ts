/** Files sent as the body of a request, with how far they have come: the one thing that fetch does not tell. */
import { ApiError } from "../../internal/api-client.ts";

const TIMEOUT_MS = 60_000;

/** PUT a file; `told` hears the part that has left, 0 to 1. Resolves to the parsed body; throws `ApiError`. */
export function putFile<T>(path: string, file: Blob, told: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (code: string, detail: string) => reject(new ApiError(0, { code, detail }));
    request.open("PUT", path);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.timeout = TIMEOUT_MS;
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) told(loaded / total);
    };
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status < 300) resolve(body as T);
      else reject(new ApiError(request.status, body ?? {}, request.getResponseHeader("X-Request-Id") ?? ""));
    };
    request.onerror = () =>
      navigator.onLine ? fail("network", "The server could not be reached.") : fail("offline", "You are offline.");
    request.ontimeout = () => fail("timeout", "The server took too long to answer.");
    request.send(file);
  });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's page: the status says enough.
    return undefined;
  }
}
