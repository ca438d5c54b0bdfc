/** Which state a room's part of an answer holds. Proposal: MSC4186, "RequiredStateRequest". */
import type { DeployedConfig, RequiredState } from "@biz1/protocol/client/slidingSync"
import type { UserId } from "@biz1/protocol/ids"

interface Element {
  readonly type?: string
  readonly state_key?: string
}

/** In the accepted form; the deployed one is turned into it. */
export interface Required {
  readonly include: ReadonlyArray<Element>
  readonly exclude: ReadonlyArray<Element>
  readonly lazyMembers: boolean
}

const covers = (elements: ReadonlyArray<Element>, type: string, stateKey: string) =>
  elements.some(
    (element) =>
      (element.type === undefined || element.type === type) &&
      (element.state_key === undefined || element.state_key === stateKey),
  )

/** Lazy members are told apart by the caller: who they are depends on the timeline. */
export const requires = ({ include, exclude }: Required, type: string, stateKey: string): boolean =>
  covers(include, type, stateKey) && !covers(exclude, type, stateKey)

export const acceptedRequired = ({
  include = [],
  exclude = [],
  lazy_members: lazyMembers = false,
}: RequiredState): Required => ({ include, exclude, lazyMembers })

/** Pairs of type and state key: `*` for any, `$ME` for the user, `$LAZY` for lazy members. */
export const deployedRequired = (pairs: NonNullable<DeployedConfig["required_state"]>, userId: UserId): Required => ({
  include: pairs
    .filter(([, stateKey]) => stateKey !== "$LAZY")
    .map(([type, stateKey]) => ({
      ...(type === "*" ? {} : { type }),
      ...(stateKey === "*" ? {} : { state_key: stateKey === "$ME" ? userId : stateKey }),
    })),
  exclude: [],
  lazyMembers: pairs.some(([, stateKey]) => stateKey === "$LAZY"),
})
