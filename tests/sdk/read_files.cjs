// Reads calendar files with ical.js, a list of texts on standard input, and prints what it understood of each.
"use strict";

const ICAL = require("ical.js");

const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const read = (text) => {
  const parsed = ICAL.parse(text);
  // One calendar, or several one after the other.
  const calendars = typeof parsed[0] === "string" ? [parsed] : parsed;
  return calendars.flatMap((one) => {
    const calendar = new ICAL.Component(one);
    for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
    return calendar.getAllSubcomponents("vevent").map((part) => {
      const event = new ICAL.Event(part);
      const time = (at) => (at.isDate ? at.toString() : at.toUnixTime());
      return {
        uid: event.uid,
        title: event.summary,
        start: time(event.startDate),
        end: time(event.endDate),
        details: event.description ?? "",
        place: event.location ?? "",
        sequence: event.sequence,
      };
    });
  });
};
process.stdout.write(JSON.stringify(texts.map(read)));
