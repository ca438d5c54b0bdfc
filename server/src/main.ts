/** The server: reads the configuration, builds the layers, serves until it is told to stop. */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { AppserviceClient } from "./appservice/AppserviceClient.ts"
import { Appservices } from "./appservice/Appservices.ts"
import { Masquerade } from "./appservice/Masquerade.ts"
import { Networks } from "./appservice/Networks.ts"
import { Queries } from "./appservice/Queries.ts"
import { tellServices } from "./appservice/tellServices.ts"
import { AccountRegister } from "./admin/AccountRegister.ts"
import { AuditLog } from "./admin/AuditLog.ts"
import { adminHandlers } from "./admin/http.ts"
import { Accounts } from "./auth/Accounts.ts"
import { Interactive } from "./auth/Interactive.ts"
import { LoginTokens } from "./auth/LoginTokens.ts"
import { Moderation } from "./auth/Moderation.ts"
import { OpenIdTokens } from "./auth/OpenIdTokens.ts"
import { RegistrationTokens } from "./auth/RegistrationTokens.ts"
import { Rendezvous } from "./auth/Rendezvous.ts"
import { Sessions } from "./auth/Sessions.ts"
import { Bus } from "./bus/Bus.ts"
import { ApiKeys } from "./business/api/ApiKeys.ts"
import { BusinessConversations } from "./business/conversations/BusinessConversations.ts"
import { ConversationStore } from "./business/conversations/ConversationStore.ts"
import { Links } from "./business/conversations/Links.ts"
import { recordFollower } from "./business/conversations/RecordFollower.ts"
import { Customers } from "./business/customers/Customers.ts"
import { Exports } from "./business/export/Exports.ts"
import { Feed } from "./business/feed/Feed.ts"
import { Erasures } from "./business/erasure/Erasures.ts"
import { emptyRedacted } from "./business/retention/emptyRedacted.ts"
import { Holds } from "./business/retention/Holds.ts"
import { keepRetention } from "./business/retention/keepRetention.ts"
import { Removal } from "./business/retention/Removal.ts"
import { RetentionStore } from "./business/retention/RetentionStore.ts"
import { sendWebhooks } from "./business/webhooks/sendWebhooks.ts"
import { WebhookStore } from "./business/webhooks/WebhookStore.ts"
import { Audit } from "./business/audit/Audit.ts"
import { businessHandlers } from "./business/http.ts"
import { Records } from "./business/records/Records.ts"
import { mergeFollower } from "./business/customers/MergeFollower.ts"
import { RecordTypes } from "./business/types/RecordTypes.ts"
import { Levels } from "./business/roles/Levels.ts"
import { Roles } from "./business/roles/Roles.ts"
import { clientHandlers } from "./client/http.ts"
import { ServerConfig } from "./config.ts"
import { Conversations } from "./conversation/Conversations.ts"
import { DelayedEvents } from "./conversation/DelayedEvents.ts"
import { Placement } from "./conversation/Placement.ts"
import { Signing } from "./conversation/Signing.ts"
import { readCertificate } from "./federation/certificate.ts"
import { federationHandlers } from "./federation/http.ts"
import { serve } from "./http/HttpServer.ts"
import { Outgoing } from "./http/outgoing.ts"
import { webClient } from "./http/webClient.ts"
import { EventLog } from "./log/EventLog.ts"
import { LogReader } from "./log/LogReader.ts"
import { LogStream } from "./log/LogStream.ts"
import { EmailValidations } from "./mail/EmailValidations.ts"
import { Mail } from "./mail/Mail.ts"
import { Media } from "./media/Media.ts"
import { layerDisk } from "./media/MediaStoreDisk.ts"
import { Previews } from "./media/Previews.ts"
import { RemoteMedia } from "./media/RemoteMedia.ts"
import { Thumbnails } from "./media/Thumbnails.ts"
import { describing } from "./openApi.ts"
import { operations } from "./operations/http.ts"
import { Browsers } from "./oauth/Browsers.ts"
import { OAuth } from "./oauth/OAuth.ts"
import { OAuthRecords } from "./oauth/OAuthRecords.ts"
import { Upstream } from "./oauth/Upstream.ts"
import * as Logging from "./operations/logging.ts"
import { Metrics } from "./operations/Metrics.ts"
import { Badges } from "./push/Badges.ts"
import { EmailDigests } from "./push/EmailDigests.ts"
import { PushQueue } from "./push/PushQueue.ts"
import { PushSender } from "./push/PushSender.ts"
import { SearchIndex } from "./search/SearchIndex.ts"
import * as Database from "./store/Database.ts"
import { DelayedEventStore } from "./store/DelayedEventStore.ts"
import { DehydratedDevices } from "./store/DehydratedDevices.ts"
import { DeviceStore } from "./store/DeviceStore.ts"
import { Directory } from "./store/Directory.ts"
import { EventStore } from "./store/EventStore.ts"
import { FilterStore } from "./store/FilterStore.ts"
import { KeyBackupStore } from "./store/KeyBackupStore.ts"
import { KeyStore } from "./store/KeyStore.ts"
import { MembershipStore } from "./store/MembershipStore.ts"
import { ProfileStore } from "./store/ProfileStore.ts"
import { PusherStore } from "./store/PusherStore.ts"
import { RelationStore } from "./store/RelationStore.ts"
import { ReportStore } from "./store/ReportStore.ts"
import { SearchStore } from "./store/SearchStore.ts"
import { ThirdPartyIds } from "./store/ThirdPartyIds.ts"
import { AccountData } from "./sync/AccountData.ts"
import { DeviceLists } from "./sync/DeviceLists.ts"
import { DeviceViews } from "./sync/DeviceViews.ts"
import { ErasedUsers } from "./sync/ErasedUsers.ts"
import { Ephemeral } from "./sync/Ephemeral.ts"
import { RoomViews } from "./sync/RoomViews.ts"
import { AllRoomFacts } from "./sync/sliding/AllRoomFacts.ts"
import { Connections } from "./sync/sliding/Connections.ts"
import { SlidingSync } from "./sync/sliding/SlidingSync.ts"
import { Sync } from "./sync/Sync.ts"
import { UserViews } from "./sync/UserViews.ts"

const stores = Layer.mergeAll(
  EventStore.layer,
  FilterStore.layer,
  Directory.layer,
  MembershipStore.layer,
  RelationStore.layer,
  DeviceStore.layer,
  DehydratedDevices.layer,
  DelayedEventStore.layer,
  KeyStore.layer,
  KeyBackupStore.layer,
  ProfileStore.layer,
  PusherStore.layer,
  ReportStore.layer,
  SearchStore.layer,
  ThirdPartyIds.layer,
  AuditLog.layer,
)
const log = EventLog.layer.pipe(Layer.provideMerge(LogStream.layer), Layer.provideMerge(LogReader.layer))
const slidingSync = SlidingSync.layer.pipe(Layer.provide(Layer.mergeAll(AllRoomFacts.layer, Connections.layer)))
const reading = Layer.mergeAll(Sync.layer, slidingSync, AccountData.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(Ephemeral.layer, ErasedUsers.layer, DeviceViews.layer, DeviceLists.layer)),
  Layer.provideMerge(Layer.mergeAll(RoomViews.layer, UserViews.layer)),
)
const conversations = DelayedEvents.layer.pipe(
  Layer.provide(reading),
  Layer.provideMerge(Conversations.layer),
  Layer.provideMerge(Signing.layer),
  Layer.provideMerge(Placement.layerLocal),
)
const appservices = Layer.mergeAll(Masquerade.layer, Networks.layer, Queries.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(Appservices.layer, AppserviceClient.layer)),
)
const mail = EmailValidations.layer.pipe(Layer.provideMerge(Mail.layer))
const accounts = Layer.mergeAll(
  AccountRegister.layer,
  Interactive.layer,
  LoginTokens.layer,
  Moderation.layer,
  OpenIdTokens.layer,
  RegistrationTokens.layer,
  Rendezvous.layer,
  mail,
).pipe(Layer.provideMerge(Sessions.layer), Layer.provideMerge(Accounts.layer))
const oauth = Layer.mergeAll(OAuth.layer, Browsers.layer, Upstream.layer).pipe(Layer.provideMerge(OAuthRecords.layer))
const media = Layer.mergeAll(Previews.layer, Thumbnails.layer).pipe(
  Layer.provideMerge(Media.layer),
  Layer.provideMerge(layerDisk),
  Layer.provide(RemoteMedia.layerNone),
)

const business = Layer.mergeAll(emptyRedacted, keepRetention, recordFollower, mergeFollower, sendWebhooks).pipe(
  Layer.provideMerge(Layer.mergeAll(Erasures.layer, Exports.layer)),
  Layer.provideMerge(Layer.mergeAll(Links.layer, Levels.layer, Audit.layer, Removal.layer)),
  Layer.provideMerge(BusinessConversations.layer),
  Layer.provideMerge(
    Layer.mergeAll(
      ConversationStore.layer,
      Customers.layer,
      Records.layer,
      RecordTypes.layer,
      ApiKeys.layer,
      Feed.layer,
      Holds.layer,
      RetentionStore.layer,
      WebhookStore.layer,
    ),
  ),
)

const push = Layer.mergeAll(PushSender.layer, EmailDigests.layer).pipe(
  Layer.provide(Layer.mergeAll(PushQueue.layer, Badges.layer)),
)

const bus = Layer.unwrap(
  Effect.gen(function* () {
    const { natsUrl } = yield* ServerConfig
    if (natsUrl === undefined) return Bus.layerInProcess
    const { layerNats } = yield* Effect.promise(() => import("./bus/BusNats.ts"))
    return layerNats({ url: natsUrl })
  }),
)

/** Every service, the database lowest: what stands on it is closed first. */
const services = Layer.mergeAll(tellServices, push).pipe(
  Layer.provideMerge(oauth),
  Layer.provideMerge(business),
  Layer.provideMerge(Layer.mergeAll(reading, conversations, SearchIndex.layer, media, appservices)),
  Layer.provideMerge(accounts),
  Layer.provideMerge(log),
  Layer.provideMerge(stores),
  Layer.provideMerge(Roles.layer),
  Layer.provideMerge(Layer.mergeAll(Metrics.layer, Outgoing.layer, bus)),
  Layer.provideMerge(Database.layer),
)

const http = Layer.effectDiscard(
  Effect.gen(function* () {
    const config = yield* ServerConfig
    const web = config.webDir === undefined ? () => false : webClient(config.webDir)
    const operated = yield* operations
    const { answer: authorised } = yield* OAuth
    const handlers = [...clientHandlers, ...adminHandlers, ...businessHandlers]
    const { federation, bindHost: host } = config
    if (federation !== undefined) {
      const certificate = yield* readCertificate(federation.certificate)
      const listen = { host, port: federation.port, setting: "FEDERATION_PORT", certificate }
      yield* serve(federationHandlers, listen, () => false)
    }
    yield* serve(
      [...handlers, ...federationHandlers, describing(handlers)],
      { host, port: config.clientPort, setting: "CLIENT_PORT" },
      (request, response) => operated(request, response) || authorised(request, response) || web(request, response),
    )
    yield* Effect.sync(() => process.stdout.write("READY\n"))
  }),
)

const server = Layer.unwrap(
  Effect.map(ServerConfig, ({ logLevel }) =>
    http.pipe(Layer.provide(services), Layer.provide(Logging.layer(logLevel))),
  ),
).pipe(Layer.provide(ServerConfig.layer(process.env)))

/** What an operator can mend is said in one sentence; anything else is ours, and shown whole. */
const explained = Layer.launch(server).pipe(
  Effect.catch((error) =>
    Effect.sync(() => {
      process.stderr.write(`biz1: ${error.message}\n`)
      process.exitCode = 1
    }),
  ),
)

// Killing npm, or what it started, leaves this behind: nobody would stop it, and the port would stay taken.
if (process.env["END_WITH_PARENT"] === "on") {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), 200).unref()
}

NodeRuntime.runMain(explained)
