/** Every operation of the Client-Server API that is served. */
import * as accountModeration from "./accountModeration.ts"
import * as accountData from "./accountData.ts"
import { changePassword, checkUsernameAvailability, deactivateAccount, registrationTokenValidity } from "./account.ts"
import * as appservice from "./appservice.ts"
import * as calls from "./calls.ts"
import { createRoom } from "./createRoom.ts"
import * as crossSigning from "./crossSigning.ts"
import * as dehydratedDevice from "./dehydratedDevice.ts"
import {
  getDelayedEvent,
  getDelayedEvents,
  manageDelayedEvent,
  scheduleDelayedEvent,
  updateDelayedEvent,
} from "./delayedEvents.ts"
import * as devices from "./devices.ts"
import * as directory from "./directory.ts"
import { getVersions } from "./getVersions.ts"
import * as history from "./history.ts"
import * as identity from "./identity.ts"
import { joinRoom, joinRoomById } from "./joinRoom.ts"
import * as keyBackup from "./keyBackup.ts"
import { claimKeys, getKeysChanges, queryKeys, uploadKeys } from "./keys.ts"
import { login } from "./login.ts"
import * as media from "./media.ts"
import * as membership from "./membership.ts"
import * as oauth from "./oauth.ts"
import { getNotifications } from "./notifications.ts"
import * as peeking from "./peeking.ts"
import * as presence from "./presence.ts"
import * as profile from "./profile.ts"
import * as pushers from "./pushers.ts"
import * as pushRules from "./pushRules.ts"
import * as receipts from "./receipts.ts"
import * as relations from "./relations.ts"
import { redactEvent } from "./redactEvent.ts"
import { register } from "./register.ts"
import * as rendezvous from "./rendezvous.ts"
import * as reports from "./reports.ts"
import * as roomPreviews from "./roomPreviews.ts"
import * as roomState from "./roomState.ts"
import { search } from "./search.ts"
import { sendMessage } from "./sendMessage.ts"
import { sendToDevice } from "./sendToDevice.ts"
import * as server from "./server.ts"
import * as session from "./session.ts"
import { setRoomState, setRoomStateWithKey } from "./setRoomStateWithKey.ts"
import * as slidingSync from "./slidingSync.ts"
import * as sso from "./sso.ts"
import { sync } from "./sync.ts"
import { upgradeRoom } from "./upgradeRoom.ts"
import * as tags from "./tags.ts"
import * as thirdParty from "./thirdParty.ts"
import * as urlPreview from "./urlPreview.ts"
import * as thirdPartyIds from "./thirdPartyIds.ts"
import * as unauthenticatedMedia from "./unauthenticatedMedia.ts"
import { confirmEmail, showEmailConfirmation } from "../mail/confirmation.ts"
import { showUnsubscribe, unsubscribe } from "../mail/unsubscribe.ts"
import * as oauthClients from "../oauth/clients.ts"
import { oauthPages } from "../oauth/pages/all.ts"

export const clientHandlers = [
  ...Object.values(accountData),
  ...Object.values(accountModeration),
  ...Object.values(appservice),
  ...Object.values(calls),
  ...Object.values(crossSigning),
  ...Object.values(dehydratedDevice),
  ...Object.values(devices),
  ...Object.values(directory),
  ...Object.values(history),
  ...Object.values(identity),
  ...Object.values(keyBackup),
  ...Object.values(media),
  ...Object.values(membership),
  ...Object.values(oauth),
  ...Object.values(oauthClients),
  ...oauthPages,
  ...Object.values(peeking),
  ...Object.values(presence),
  ...Object.values(profile),
  ...Object.values(pushers),
  ...Object.values(pushRules),
  ...Object.values(receipts),
  ...Object.values(relations),
  ...Object.values(rendezvous),
  ...Object.values(reports),
  ...Object.values(roomPreviews),
  ...Object.values(roomState),
  ...Object.values(server),
  ...Object.values(session),
  ...Object.values(slidingSync),
  ...Object.values(sso),
  ...Object.values(tags),
  ...Object.values(thirdParty),
  ...Object.values(thirdPartyIds),
  ...Object.values(unauthenticatedMedia),
  ...Object.values(urlPreview),
  changePassword,
  checkUsernameAvailability,
  claimKeys,
  confirmEmail,
  showUnsubscribe,
  unsubscribe,
  createRoom,
  deactivateAccount,
  getDelayedEvent,
  getDelayedEvents,
  getKeysChanges,
  getNotifications,
  getVersions,
  joinRoom,
  joinRoomById,
  login,
  manageDelayedEvent,
  queryKeys,
  redactEvent,
  register,
  registrationTokenValidity,
  scheduleDelayedEvent,
  search,
  sendMessage,
  sendToDevice,
  setRoomState,
  setRoomStateWithKey,
  showEmailConfirmation,
  sync,
  updateDelayedEvent,
  upgradeRoom,
  uploadKeys,
]
