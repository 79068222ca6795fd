import type { proto } from 'baileys';
import type { InboundContent } from '../network/index.ts';
import { type Bounds, countOf, nameCharsMax, numberIn, present, textCharsMax, timeTextOf, wholeOf } from './bounds.ts';

const latitudeMax = 90;
const longitudeMax = 180;
const circleDegrees = 360;
const farMax = 1e9;

const positionOf = (message: proto.Message.ILocationMessage | proto.Message.ILiveLocationMessage) => ({
  latitude: numberIn(message.degreesLatitude, -latitudeMax, latitudeMax),
  longitude: numberIn(message.degreesLongitude, -longitudeMax, longitudeMax),
  accuracyMeters: countOf(message.accuracyInMeters),
});

export function locationOf(message: proto.Message.ILocationMessage, bounds: Bounds): InboundContent {
  if (message.isLive === true) return liveLocationOf(message, bounds);
  return present({
    type: 'location' as const,
    ...positionOf(message),
    name: bounds.text(message.name, nameCharsMax),
    address: bounds.text(message.address, nameCharsMax),
    url: bounds.text(message.url, nameCharsMax),
    comment: bounds.text(message.comment, textCharsMax),
  });
}

export function liveLocationOf(message: proto.Message.ILiveLocationMessage, bounds: Bounds): InboundContent {
  return present({
    type: 'live_location' as const,
    ...positionOf(message),
    speedMetersPerSecond: numberIn(message.speedInMps, 0, farMax),
    headingDegrees: numberIn(message.degreesClockwiseFromMagneticNorth, 0, circleDegrees),
    caption: bounds.text(message.caption, textCharsMax),
    sequence: wholeOf(message.sequenceNumber),
  });
}

export function eventOf(message: proto.Message.IEventMessage, bounds: Bounds): InboundContent {
  const { location } = message;
  const place = location && {
    latitude: numberIn(location.degreesLatitude, -latitudeMax, latitudeMax),
    longitude: numberIn(location.degreesLongitude, -longitudeMax, longitudeMax),
    name: bounds.text(location.name, nameCharsMax),
    address: bounds.text(location.address, nameCharsMax),
  };
  return {
    type: 'event',
    event: present({
      name: bounds.text(message.name, nameCharsMax) ?? '',
      description: bounds.text(message.description, textCharsMax),
      location: place ? present(place) : undefined,
      joinLink: bounds.text(message.joinLink, nameCharsMax),
      startsAt: secondsTextOf(message.startTime),
      endsAt: secondsTextOf(message.endTime),
      cancelled: message.isCanceled === true,
      extraGuestsAllowed: message.extraGuestsAllowed === true,
    }),
  };
}

export function groupInviteOf(message: proto.Message.IGroupInviteMessage, bounds: Bounds): InboundContent {
  return present({
    type: 'group_invite' as const,
    invite: present({
      code: bounds.text(message.inviteCode, nameCharsMax),
      groupName: bounds.text(message.groupName, nameCharsMax),
      expiresAt: secondsTextOf(message.inviteExpiration),
    }),
    caption: bounds.text(message.caption, textCharsMax),
  });
}

/** The protobuf counts such times in seconds. */
export function secondsTextOf(value: unknown): string | undefined {
  const seconds = wholeOf(value);
  return timeTextOf(seconds === undefined ? undefined : seconds * 1000);
}
