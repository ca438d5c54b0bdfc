/**
 * Who listens to what. Plain subjects are found at once; patterns are a tree over their tokens, so that a lookup costs
 * what the subject is long, not how many patterns there are.
 */
interface Node<A> {
  readonly children: Map<string, Node<A>>
  /** Patterns that end here. */
  readonly here: Set<A>
  /** Patterns that go on with `>`: one token or more must follow. */
  readonly below: Set<A>
}

const emptyNode = <A>(): Node<A> => ({ children: new Map(), here: new Set(), below: new Set() })
const isEmpty = <A>(node: Node<A>) => node.children.size === 0 && node.here.size === 0 && node.below.size === 0

export class SubjectMap<A> {
  private readonly exact = new Map<string, Set<A>>()
  private readonly root: Node<A> = emptyNode()

  add(pattern: string, value: A): void {
    const tokens = pattern.split(".")
    if (!tokens.some((token) => token === "*" || token === ">")) {
      const values = this.exact.get(pattern)
      if (values) values.add(value)
      else this.exact.set(pattern, new Set([value]))
      return
    }
    let node = this.root
    for (const token of tokens) {
      if (token === ">") return void node.below.add(value)
      let child = node.children.get(token)
      if (!child) node.children.set(token, (child = emptyNode()))
      node = child
    }
    node.here.add(value)
  }

  delete(pattern: string, value: A): void {
    const values = this.exact.get(pattern)
    if (values) {
      values.delete(value)
      if (values.size === 0) this.exact.delete(pattern)
    } else prune(this.root, pattern.split("."), 0, value)
  }

  /** Hands every value whose pattern matches to `visit`: once for each pattern that it was added under. */
  match(subject: string, visit: (value: A) => void): void {
    this.exact.get(subject)?.forEach(visit)
    if (!isEmpty(this.root)) walk(this.root, subject.split("."), 0, visit)
  }
}

const walk = <A>(node: Node<A>, tokens: ReadonlyArray<string>, index: number, visit: (value: A) => void): void => {
  if (index === tokens.length) return node.here.forEach(visit)
  node.below.forEach(visit)
  const literal = node.children.get(tokens[index]!)
  if (literal) walk(literal, tokens, index + 1, visit)
  const any = node.children.get("*")
  if (any) walk(any, tokens, index + 1, visit)
}

const prune = <A>(node: Node<A>, tokens: ReadonlyArray<string>, index: number, value: A): void => {
  const token = tokens[index]
  if (token === undefined) return void node.here.delete(value)
  if (token === ">") return void node.below.delete(value)
  const child = node.children.get(token)
  if (!child) return
  prune(child, tokens, index + 1, value)
  if (isEmpty(child)) node.children.delete(token)
}
