/** `/v1` with an element token: what is sent, and how refusals are told. */
import { expect, test } from "vitest";
import { ApiError } from "../src/internal/api-client.ts";
import { V1Client } from "../src/internal/v1-client.ts";

interface Sent {
  url: URL;
  init: RequestInit;
}

function clientThat(answers: (sent: Sent) => Response, sent: Sent[] = []): V1Client {
  return new V1Client({
    baseUrl: "https://convene.example.com/",
    elementToken: "ele&1",
    element: "SlotPicker",
    fetch: async (url, init) => {
      const one = { url: new URL(String(url)), init: init ?? {} };
      sent.push(one);
      return answers(one);
    },
  });
}

test("the token goes into the address, the name into a header, and nothing else says who asks", async () => {
  const sent: Sent[] = [];
  await clientThat(() => Response.json({ available_slots: [] }), sent).post("/availability", { max_results: 1 });
  const { url, init } = sent[0]!;
  expect(url.origin + url.pathname).toBe("https://convene.example.com/v1/availability");
  expect(url.searchParams.get("et")).toBe("ele&1");
  const headers = new Headers(init.headers);
  expect(headers.get("Cronofy-Element")).toBe("convene, SlotPicker");
  expect(headers.has("Authorization")).toBe(false);
  expect(init.credentials).toBe("omit");
  expect(JSON.parse(String(init.body))).toEqual({ max_results: 1 });
});

test("a refusal of fields names each of them", async () => {
  const refusal = { errors: { "participants.0.members": [{ key: "errors.required", description: "must be specified" }] } };
  const error = await clientThat(() => Response.json(refusal, { status: 422 })).post("/availability", {}).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 422, code: "invalid", fields: { "participants.0.members": "must be specified" } });
});

test("a refused token says why", async () => {
  const refusal = { error: "invalid_token", error_description: "This element token was made for pages of another origin." };
  const error = await clientThat(() => Response.json(refusal, { status: 401 })).get("/availability_rules/default").catch((e: unknown) => e);
  expect(error).toMatchObject({ status: 401, code: "invalid_token", detail: refusal.error_description });
});
