/** What happened to a conversation, as a sentence. */
import type { Change, Person } from "../client/model.ts"
import { t } from "../i18n/t.ts"

export const changeText = (change: Change, sender: Person): string => {
  const who = sender.name
  switch (change.kind) {
    case "created":
      return t("changeCreated", { who })
    case "joined":
      return t("changeJoined", { who })
    case "left":
      return t("changeLeft", { who })
    case "declined":
      return t("changeDeclined", { who })
    case "avatar":
      return t("changeAvatar", { who })
    case "encrypted":
      return t("changeEncrypted", { who })
    case "profile":
      return t("changeProfile", { who })
    case "other":
      return t("changeOther", { who })
    case "invited":
      return t("changeInvited", { who, target: change.target.name })
    case "removed":
      return t("changeRemoved", { who, target: change.target.name })
    case "banned":
      return t("changeBanned", { who, target: change.target.name })
    case "unbanned":
      return t("changeUnbanned", { who, target: change.target.name })
    case "renamed":
      return t("changeRenamed", { who, name: change.name })
    case "topic":
      return t("changeTopic", { who, topic: change.topic })
    case "displayName":
      return t("changeDisplayName", { before: change.before || who, after: change.after || who })
  }
}
