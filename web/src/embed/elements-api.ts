/** `elements-api.js`: what a program needs that feeds the elements itself. Apart from `elements.js`, which stays small. */
// Of all modules the first, as the build begins here.
import "./order.ts";

export { ApiClient, ApiError } from "../internal/api-client.ts";
export { setStrings } from "../internal/languages.ts";
export { type SchedulingApi, connectApi, platformApi } from "../internal/scheduling-api.ts";
export { english } from "../internal/strings.ts";
export { cardFromBooking } from "../internal/types.ts";
