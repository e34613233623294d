import { expect, test } from "vitest";
import { actionWords } from "./audit-words.ts";

test("known actions have plain words, new ones are read from their code", () => {
  expect(actionWords("session.started")).toBe("Signed in");
  expect(actionWords("api_key.issued")).toBe("API key made");
  expect(actionWords("room_plan.sent_away")).toBe("Room plan sent away");
});
