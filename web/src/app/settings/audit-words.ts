/** What the audit log's actions are called in plain words. */

const WORDS: Record<string, string> = {
  "api_key.issued": "API key made",
  "api_key.revoked": "API key taken back",
  "booking_page.changed": "Booking page changed",
  "booking_page.created": "Booking page made",
  "booking_page.deleted": "Booking page removed",
  "booking_page.left": "Host left a booking page",
  "calendar_conflict.resolved": "Conflict with a calendar decided",
  "calendar_connection.changed": "Calendar connection changed",
  "calendar_connection.created": "Calendar connected",
  "calendar_connection.policy_changed": "Rules of a calendar changed",
  "calendar_connection.removed": "Calendar disconnected",
  "calendar_edit.applied": "Change in a calendar taken over",
  "calendar_edit.asked": "Change in a calendar put to a person",
  "calendar_edit.cancelled": "Meeting deleted in a calendar, cancelled",
  "calendar_edit.kept_there": "Own wording kept in a calendar",
  "calendar_edit.proposed": "Move in a calendar proposed",
  "calendar_edit.put_back": "Change in a calendar put back",
  "calendar_feed.created": "Feed of a calendar made",
  "calendar_feed.renewed": "Feed of a calendar given a new address",
  "calendar_feed.revoked": "Feed of a calendar revoked",
  "calendar.created": "Calendar made by an application",
  "client.authorization_ended": "Application no longer acts for a person",
  "client.authorized": "Application allowed to act for a person",
  "client.changed": "Application changed",
  "client.created": "Application registered",
  "client.delegated": "Application obtained access under its service account",
  "client.removed": "Application removed",
  "client.secret_rotated": "Application given a new secret",
  "client.service_account_ended": "Application no longer acts for the organisation",
  "invitation.accepted": "Invitation accepted",
  "invitation.created": "Invited",
  "invitation.revoked": "Invitation withdrawn",
  "member.created": "Account made",
  "member.reinstated": "Account restored",
  "member.role_changed": "Role changed",
  "member.suspended": "Account suspended",
  "password.changed": "Password changed",
  "resource.changed": "Room changed",
  "resource.created": "Room added",
  "resource.retired": "Room retired",
  "session.refused": "Sign-in refused",
  "session.revoked": "Session ended",
  "session.started": "Signed in",
  "sessions.ended": "Signed out everywhere",
  "token.issued": "Personal token made",
  "token.revoked": "Token taken back",
  "webhook.created": "Webhook made",
  "webhook.removed": "Webhook removed",
};

/** "Signed in" for `session.started`; an action that has no words yet is read from its code. */
export function actionWords(action: string): string {
  const known = WORDS[action];
  if (known !== undefined) return known;
  const words = action.replaceAll(/[._]/gu, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
