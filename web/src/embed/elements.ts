/** `elements.js`: nothing but a door, so that its parts may be cached for ever and exist once, whatever its address. */
export * from "./embed.ts";
