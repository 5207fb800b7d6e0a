// Reads calendar objects with ical.js. Standard input: a JSON list of base64 texts.
// Standard output: a JSON list of what it understood; instants are seconds since 1970 UTC.
import ICAL from "ical.js";
import { readFileSync } from "node:fs";

function understood(text) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent");
  const event = events[0];
  const value = (name) => event.getFirstPropertyValue(name);
  const instant = (name) => value(name).toUnixTime();
  const person = (name) => {
    const found = event.getFirstProperty(name);
    return [found.getParameter("cn"), found.getFirstValue()];
  };
  return {
    method: calendar.getFirstPropertyValue("method"),
    events: events.length,
    uid: value("uid"),
    sequence: value("sequence"),
    status: value("status"),
    summary: value("summary"),
    location: value("location") ?? "",
    description: value("description") ?? "",
    start: instant("dtstart"),
    end: instant("dtend"),
    stamp: instant("dtstamp"),
    organizer: person("organizer"),
    attendee: person("attendee"),
  };
}

const texts = JSON.parse(readFileSync(0, "utf8"));
const answers = texts.map((text) => understood(Buffer.from(text, "base64").toString("utf8")));
process.stdout.write(JSON.stringify(answers));
